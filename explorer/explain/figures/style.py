"""What the figures of the argument share: the form that plotly.js takes, margins, legend, bands and levels.

A figure is plotly.js's own JSON with arrays in it, not an object of plotly's: to check nine of them on the way would
cost more than all numbers of the page. The tests have them checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from explorer.explain.typesetting.blocks import Figure

Trace = dict[str, Any]

HEIGHT = 300
DRAWS_AXIS: Mapping[str, Any] = {"type": "log", "dtick": 1, "tickformat": ",d"}
_MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
_LEGEND: Mapping[str, Any] = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"}


def figure(
    traces: Sequence[Trace],
    x: tuple[str, Mapping[str, Any]],
    y: tuple[str, Mapping[str, Any]],
    height: int = HEIGHT,
    **layout: Any,
) -> Figure:
    """With the shared margins and legend; the theme is the reader's.

    Args:
        traces: what is drawn, the first below.
        x, y: an axis's title, and what else is said of it.
        height: pixels.
        layout: over what is shared.
    """
    shared = {"height": height, "margin": _MARGIN, "legend": _LEGEND, "xaxis": axis(*x), "yaxis": axis(*y)}
    return {"data": list(traces), "layout": {**shared, **layout}}


def axis(title: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """An axis with its title."""
    return {"title": {"text": title}, **given}


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> Trace:
    """The ground between two lines."""
    return {
        "type": "scatter",
        "x": np.concatenate([x, x[::-1]]),
        "y": np.concatenate([high, low[::-1]]),
        "mode": "lines",
        "fill": "toself",
        "fillcolor": faint(colour),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def level(ends: tuple[float, float], value: float, name: str, colour: str, dash: str = "solid") -> Trace:
    """A value across the whole figure."""
    return {
        "type": "scatter",
        "x": list(ends),
        "y": [value, value],
        "mode": "lines",
        "name": name,
        "line": {"color": colour, "width": 1.5, "dash": dash},
        "hovertemplate": f"{name} %{{y:.2f}} nats<extra></extra>",
    }


def faint(colour: str, share: float = 0.18) -> str:
    """A "#rrggbb" colour as a ground for what lies over it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
