"""An example in [0, 1] as a small image, enlarged without smoothing, inside the page that shows it."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

SIDE = 168


def data_uri(values: np.ndarray) -> str:
    """(C, H, W) with one or three channels as the `src` of an image element."""
    levels = np.round(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, round(SIDE / max(levels.shape[:2])))
    picture = Image.fromarray(levels[..., :3] if levels.shape[2] >= 3 else levels[..., 0])
    picture = picture.resize((levels.shape[1] * factor, levels.shape[0] * factor), Image.Resampling.NEAREST)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
