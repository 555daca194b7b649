"""The integrand along one latent axis. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.explain.figures.style import laid_out
from explorer.explain.needle import Needle
from explorer.numbers import latent_name
from explorer.palette import ACCENT


def along_axis(found: Needle) -> go.Figure:
    """log p(x|z) above, and what the integral sees, p(x|z) as a share of its peak, below."""
    is_there = np.isfinite(found.log_px_z)
    t, value = found.t[is_there], found.log_px_z[is_there]
    peak = value.max(initial=-np.inf)
    figure = go.Figure(
        [
            _line(t, value, "log p(x|z)", "%{y:.2f} nats", "dot"),
            _line(
                t, np.exp(value - peak) if len(value) else value, "p(x|z) over its peak", "%{y:.3g}", "solid"
            ),
        ]
    )
    figure.data[1].update(yaxis="y2", fill="tozeroy")
    figure.update_xaxes(
        title_text=f"{latent_name(found.axis)} from the mean of q, in prior deviations", nticks=7
    )
    figure.update_yaxes(nticks=5)
    right = {
        "overlaying": "y",
        "side": "right",
        "range": [0, 1.05],
        "tickvals": [0, 0.5, 1],
        "showgrid": False,
    }
    return laid_out(figure, height=260, yaxis={"title": {"text": "nats"}}, yaxis2=right)


def _line(t: np.ndarray, y: np.ndarray, name: str, hover: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=t,
        y=y,
        mode="lines",
        name=name,
        line={"color": ACCENT, "width": 2, "dash": dash},
        hovertemplate=f"%{{x:.2f}}: {hover}<extra></extra>",
    )
