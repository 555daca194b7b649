"""The figures of the argument, one kind a file, and all of them as a browser is given them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from explorer.explain.typesetting.blocks import Chapter


def figures(steps: Iterable[Chapter]) -> dict[str, Any]:
    """Every figure of the chapters by its key, as JSON for plotly.js: data and layout, without a theme."""
    return {key: as_json(chart.figure) for step in steps for key, chart in step.charts.items()}


def as_json(value: Any) -> Any:
    """The same with every array in plotly.js's packed form: its numbers' type, and their bytes in base64."""
    if isinstance(value, np.ndarray):
        return _packed(value)
    if isinstance(value, Mapping):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return value.item() if isinstance(value, np.generic) else value


def _packed(array: np.ndarray) -> dict[str, str]:
    # A browser has no arrays of 64-bit whole numbers but those of another kind of number.
    kind = "f4" if array.dtype == np.float32 else "f8"
    packed = {"dtype": kind, "bdata": base64.b64encode(array.astype(f"<{kind}").tobytes()).decode()}
    return packed if array.ndim == 1 else {**packed, "shape": ", ".join(map(str, array.shape))}
