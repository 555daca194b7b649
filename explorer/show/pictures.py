"""Arrays in [0, 1] as pictures: PNG and GIF bytes, enlarged without smoothing."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image


def image(x: np.ndarray, size: int) -> Image.Image:
    """One example (C, H, W) in [0, 1], its longer side enlarged to about `size` pixels by a whole factor.

    A vector (D,) becomes one row of grey bars.
    """
    x = x[None, None] if x.ndim == 1 else x
    levels = np.round(np.clip(np.nan_to_num(x), 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, round(size / max(levels.shape[:2])))
    picture = Image.fromarray(levels[..., :3] if levels.shape[2] >= 3 else levels[..., 0])
    return picture.resize((levels.shape[1] * factor, levels.shape[0] * factor), Image.Resampling.NEAREST)


def png(x: np.ndarray, size: int) -> bytes:
    """One example as PNG."""
    return _bytes(image(x, size), "PNG")


def strip_png(frames: np.ndarray, size: int, gap: int = 4) -> bytes:
    """Frames (n, C, H, W) side by side on a transparent ground."""
    pictures = [image(frame, size) for frame in frames]
    width, height = pictures[0].size
    sheet = Image.new("RGBA", (len(pictures) * (width + gap) - gap, height))
    for i, picture in enumerate(pictures):
        sheet.paste(picture.convert("RGBA"), (i * (width + gap), 0))
    return _bytes(sheet, "PNG")


def gif(frames: np.ndarray, size: int, milliseconds: int = 80) -> bytes:
    """Frames (n, C, H, W) there and back, for ever."""
    pictures = [image(frame, size) for frame in frames]
    loop = pictures + pictures[-2:0:-1]
    out = io.BytesIO()
    loop[0].save(out, "GIF", save_all=True, append_images=loop[1:], duration=milliseconds, loop=0)
    return out.getvalue()


def data_uri(x: np.ndarray, size: int) -> str:
    """One example as the `src` of an image element."""
    return uri(png(x, size))


def uri(content: bytes, kind: str = "png") -> str:
    """The bytes of a PNG or GIF as the `src` of an image element."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _bytes(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()
