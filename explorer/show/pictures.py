"""Examples as pictures: images enlarged without smoothing, vectors as lines or bars; PNG and GIF bytes of them.

A set of pictures can be compared: images are in [0, 1], and vectors are drawn over one range of values.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from explorer.datasets.features import Features
from explorer.show.sparkline import sparklines

Picture = Image.Image

# What a film of vectors is drawn on: a GIF has no half-transparent edges.
_GROUND = "white"
_APART = 8


def pictures_of(x: np.ndarray, size: int, features: Features | None = None) -> list[Picture]:
    """A picture of about `size` pixels for each of x (n, *shape), n >= 1, all of one size.

    Args:
        x: images (n, C, H, W) in [0, 1], or vectors (n, D).
        size: of the longer side.
        features: what is known of a vector's places.
    """
    if x.ndim == 4:
        return [image(one, size) for one in x]
    return sparklines(x.reshape(len(x), -1), size, features)


def image(x: np.ndarray, size: int) -> Picture:
    """One image (C, H, W) in [0, 1], its longer side enlarged to about `size` pixels by a whole factor."""
    levels = np.round(np.clip(np.nan_to_num(x), 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, round(size / max(levels.shape[:2])))
    picture = Image.fromarray(levels[..., :3] if levels.shape[2] >= 3 else levels[..., 0])
    return picture.resize((levels.shape[1] * factor, levels.shape[0] * factor), Image.Resampling.NEAREST)


def png(picture: Picture) -> bytes:
    """A picture as PNG."""
    return _bytes(picture, "PNG")


def strip_png(pictures: Sequence[Picture], gap: int = 4) -> bytes:
    """Pictures of one size side by side on a transparent ground."""
    width, height = pictures[0].size
    strip = Image.new("RGBA", (len(pictures) * (width + gap) - gap, height))
    for i, picture in enumerate(pictures):
        strip.paste(picture.convert("RGBA"), (i * (width + gap), 0))
    return png(strip)


def sheet(rows: Sequence[Sequence[Picture]]) -> Picture:
    """Pictures of one size, the first row on top: images edge to edge, vectors apart, as their lines would run on."""
    first = rows[0][0]
    gap = _APART if first.mode == "RGBA" else 0
    width, height = (side + gap for side in first.size)
    whole = Image.new(first.mode, (width * len(rows[0]) - gap, height * len(rows) - gap))
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            whole.paste(picture, (c * width, r * height))
    return whole


def gif(pictures: Sequence[Picture], milliseconds: int = 80) -> bytes:
    """Pictures of one size there and back, for ever."""
    opaque = [_opaque(picture) for picture in pictures]
    loop = opaque + opaque[-2:0:-1]
    out = io.BytesIO()
    loop[0].save(out, "GIF", save_all=True, append_images=loop[1:], duration=milliseconds, loop=0)
    return out.getvalue()


def tag(picture: Picture, alt: str) -> str:
    """A picture as an image element; the style sheets smooth lines and bars, and no image."""
    kind = " class='lx-vector'" if picture.mode == "RGBA" else ""
    return f"<img{kind} src='{uri(png(picture))}' alt='{escape(alt)}'>"


def uri(content: bytes, kind: str = "png") -> str:
    """The bytes of a PNG or GIF as the `src` of an image element."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _opaque(picture: Picture) -> Picture:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, _GROUND)
    ground.paste(picture, mask=picture)
    return ground


def _bytes(picture: Picture, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()
