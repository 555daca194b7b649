"""Many small pictures side by side: images as they are, vectors as lines on one scale.

A vector (D,) is drawn as the line through (i, x_i), i = 1 .. D, over the same range of values in every picture of a
set, so that lines can be compared.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from explorer.show import pictures
from explorer.show.palette import ACCENT, QUIET

Picture = Image.Image

_MARGIN = 0.06
# Drawn this much larger and then reduced: Pillow's own lines have steps.
_FINER = 3


def pictures_of(x: np.ndarray, size: int) -> list[Picture]:
    """A picture of about `size` pixels for each of x (n, *shape), n >= 1."""
    if x[0].ndim != 1:
        return [pictures.image(one, size) for one in x]
    values = np.nan_to_num(x.astype(np.float64))
    low, high = float(values.min()), float(values.max())
    return [line(one, low, high, size) for one in values]


def line(x: np.ndarray, low: float, high: float, size: int) -> Picture:
    """A vector (D,) as a line over the values from `low` to `high`, on a transparent square; zero is a thin line."""
    side = size * _FINER
    picture = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(picture)

    def height(value: np.ndarray) -> np.ndarray:
        share = (value - low) / (high - low) if high > low else np.full_like(value, 0.5)
        return side * (1 - _MARGIN - (1 - 2 * _MARGIN) * share)

    if low < 0 < high:
        zero = float(height(np.zeros(1))[0])
        pen.line([(0, zero), (side, zero)], fill=QUIET, width=_FINER)
    places = np.linspace(_MARGIN, 1 - _MARGIN, len(x)) * side if len(x) > 1 else np.array([side / 2])
    points = list(zip(places.tolist(), height(np.asarray(x, np.float64)).tolist(), strict=True))
    pen.line(points, fill=ACCENT, width=2 * _FINER, joint="curve")
    for across, up in points if len(points) < 12 else []:
        pen.circle((across, up), 2 * _FINER, fill=ACCENT)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def sheet(rows: list[list[Picture]]) -> Picture:
    """Pictures of one size edge to edge, the first row on top."""
    first = rows[0][0]
    width, height = first.size
    whole = Image.new(first.mode, (width * len(rows[0]), height * len(rows)))
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            whole.paste(picture, (c * width, r * height))
    return whole


def png(picture: Picture) -> bytes:
    """A picture as PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
