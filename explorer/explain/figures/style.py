"""What the figures of the argument share: margins, legend, and bands under lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
LEGEND: dict[str, Any] = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"}
HEIGHT = 300
DRAWS_AXIS: dict[str, Any] = {"type": "log", "dtick": 1, "tickformat": ",d"}


def laid_out(figure: go.Figure, height: int = HEIGHT, **layout: Any) -> go.Figure:
    """With the shared margins and legend; the theme is the reader's."""
    return figure.update_layout(height=height, margin=MARGIN, legend=LEGEND, **layout)


def band(x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> go.Scatter:
    """The ground between two lines."""
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=faint(colour),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )


def level(ends: tuple[float, float], value: float, name: str, colour: str, dash: str = "solid") -> go.Scatter:
    """A value across the whole figure."""
    return go.Scatter(
        x=list(ends),
        y=[value, value],
        mode="lines",
        name=name,
        line={"color": colour, "width": 1.5, "dash": dash},
        hovertemplate=f"{name} %{{y:.2f}} nats<extra></extra>",
    )


def faint(colour: str) -> str:
    """A "#rrggbb" colour as a ground for what lies over it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
