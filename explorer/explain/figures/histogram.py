"""One set of log-weights and its two averages: Jensen's inequality as a distance. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.explain.figures.style import laid_out
from explorer.numbers import number
from explorer.palette import ACCENT, QUIET, TRUSTED

N_BINS = 60
# The share of draws at each end that is left out of the bins where it would press all others flat.
_LEFT_OUT = 0.005
_FLAT = 1e-7


def log_weights(log_w: np.ndarray, mean_log: float | None, log_mean: float | None) -> go.Figure:
    """The histogram of the finite log-weights with the mean of log w and the log of the mean of w marked."""
    finite = log_w[np.isfinite(log_w)]
    figure = go.Figure(_bars(finite, [m for m in (mean_log, log_mean) if m is not None]))
    if mean_log is not None:
        _mark(figure, mean_log, "mean of log w", ACCENT)
    if log_mean is not None:
        _mark(figure, log_mean, "log of mean w", TRUSTED)
    if mean_log is not None and log_mean is not None:
        _distance(figure, mean_log, log_mean)
    figure.update_xaxes(title_text="log w, nats", nticks=6)
    figure.update_yaxes(title_text="draws", nticks=4)
    return laid_out(figure, bargap=0.04).update_layout(margin_t=36)


def _bars(finite: np.ndarray, marks: list[float]) -> go.Bar:
    if not len(finite):
        return go.Bar(x=[], y=[], showlegend=False)
    low, high = np.quantile(finite, [_LEFT_OUT, 1.0])
    low, high = min([low, *marks]), max([high, *marks])
    # Weights that are equal but for rounding fall into one bin, not into sixty of its last digits.
    if not high - low > _FLAT * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(np.clip(finite, low, high), N_BINS, (low, high))
    return go.Bar(
        x=0.5 * (edges[1:] + edges[:-1]),
        y=counts,
        marker={"color": QUIET},
        showlegend=False,
        hovertemplate="log w near %{x:.1f} nats: %{y:,} draws<extra></extra>",
    )


def _mark(figure: go.Figure, at: float, name: str, colour: str) -> None:
    """An upright line with an entry in the legend."""
    figure.add_shape(
        type="line", x0=at, x1=at, y0=0, y1=1, yref="y domain", line={"color": colour, "width": 2}
    )
    line = {"color": colour, "width": 2}
    figure.add_trace(go.Scatter(x=[None], y=[None], mode="lines", name=name, line=line))


def _distance(figure: go.Figure, mean_log: float, log_mean: float) -> None:
    figure.add_annotation(
        x=0.5 * (mean_log + log_mean),
        y=0.97,
        yref="y domain",
        text=f"gap {number(log_mean - mean_log)} nats",
        showarrow=False,
        yanchor="top",
        bgcolor="rgba(128,128,128,0.25)",
        borderpad=3,
    )
