"""A code that is an image: q's mean and its rate at each place, a tile a channel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from explorer.show import pictures
from explorer.show.numbers import Units, number
from explorer.show.pictures import Picture

_TILE_PIXELS = 64
MOST_CHANNELS = 16


def html(mean: np.ndarray, kl_nats: np.ndarray, shape: Sequence[int], units: Units) -> str:
    """Two rows of tiles; nothing where codes are no images.

    Args:
        mean: of q, (d,).
        kl_nats: KL[q || p] by dimension, (d,).
        shape: (C, H, W) with C H W = d, or (d,).
        units: of the rate.
    """
    if len(shape) != 3:
        return ""
    n_channels, height, width = shape
    furthest, highest = float(np.abs(mean).max()), float(kl_nats.max())
    left_out = f"; the first {MOST_CHANNELS} are shown" if n_channels > MOST_CHANNELS else ""
    rows = (
        (
            "mean",
            (mean / (2 * furthest or 1) + 0.5),
            f"mean of q, {number(-furthest)} black to {number(furthest)} white",
        ),
        ("KL", kl_nats / (highest or 1), f"KL, 0 black to {units.text(highest)} {units.name} white"),
    )
    head = f"Code: {n_channels} × {height} × {width}{left_out}"
    return f"<p class='lx-caption'>{head}</p>" + "".join(
        f"<div class='lx-code'>{_tiles(values.reshape(shape), name)}</div><p class='lx-caption'>{escape(said)}</p>"
        for name, values, said in rows
    )


def _tiles(values: np.ndarray, name: str) -> str:
    found = pictures.pictures_of(values[:MOST_CHANNELS, None], _TILE_PIXELS)
    return "".join(_tile(picture, f"{name} of channel {i + 1}") for i, picture in enumerate(found))


def _tile(picture: Picture, name: str) -> str:
    return f"<span title='{escape(name)}'>{pictures.tag(picture, name)}</span>"
