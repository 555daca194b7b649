"""Plotly figures over many examples; what is not trusted is hollow in each. Pure: arrays in, a figure out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.show.palette import ACCENT, QUIET, SEQUENTIAL, robust_limits
from explorer.ui.widgets.figure_style import MARGIN

N_BINS = 48
HEIGHT = 330
_LEGEND = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1.0, "yanchor": "bottom"}
# The rim keeps both ends of the colour scale in sight on a light and on a dark ground.
_LOOKS = {
    True: {"size": 6, "symbol": "circle", "line": {"color": QUIET, "width": 0.6}},
    False: {"size": 9, "symbol": "circle-open", "line": {"width": 2}},
}
# Whether the model is calibrated or not: what stands beside the figures says that.
_TRUSTED, _DOUBTED = "without a warning", "not trusted"


@dataclass(frozen=True)
class ExamplePoints:
    """Examples as a figure shows them, arrays (N,), in the unit of `unit`.

    Attributes:
        shortfall: how far the papers' protocol lies below log p(x).
        is_trusted: False draws an example hollow.
    """

    ids: np.ndarray
    names: Sequence[str]
    elbo: np.ndarray
    log_px: np.ndarray
    gap: np.ndarray
    shortfall: np.ndarray
    is_trusted: np.ndarray
    unit: str


@dataclass(frozen=True, eq=False)
class GapCounts:
    """How many examples lie in each bin of the gap.

    Attributes:
        edges: (n_bins + 1,), in the unit of `unit`.
        trusted, doubted: (n_bins,), by whether the estimate can be trusted.
    """

    edges: np.ndarray
    trusted: np.ndarray
    doubted: np.ndarray
    unit: str


def histogram(gaps: GapCounts) -> go.Figure:
    """Distribution of the gap; the ends collect what lies beyond the edges."""
    figure = go.Figure()
    for counts, is_trusted in ((gaps.trusted, True), (gaps.doubted, False)):
        if counts.any() or is_trusted:
            figure.add_trace(_bars(counts, gaps.edges, is_trusted))
    figure.update_layout(height=HEIGHT, margin=MARGIN, bargap=0.03, barmode="stack", legend=_LEGEND)
    figure.update_layout(showlegend=bool(gaps.doubted.any()))
    few = (gaps.trusted + gaps.doubted).max() < 5
    figure.update_yaxes(title_text="examples", dtick=1 if few else None)  # there are no parts of examples
    title = f"gap, {gaps.unit}; ends at the 2% and 98% quantiles"
    return figure.update_xaxes(title_text=title)


def _bars(counts: np.ndarray, edges: np.ndarray, is_trusted: bool) -> go.Bar:
    hollow = {"color": "rgba(0,0,0,0)", "line": {"color": ACCENT, "width": 1.2}}
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        name=_TRUSTED if is_trusted else _DOUBTED,
        marker={"color": ACCENT} if is_trusted else hollow,
        hovertemplate="%{x:.2f}: %{y:,}<extra>%{fullData.name}</extra>",
    )


def gap_against_log_px(points: ExamplePoints) -> go.Figure:
    """A point an example: how loose the bound is against how probable the example; the line is a bound with no gap."""
    figure = _scatter(points, points.gap, "gap %{y:.2f}")
    figure.add_hline(0, line={"color": QUIET, "width": 1, "dash": "dot"})
    return figure.update_yaxes(title_text=f"gap, {points.unit}")


def elbo_against_log_px(points: ExamplePoints) -> go.Figure:
    """A point an example; the diagonal is a bound with no gap."""
    figure = _scatter(points, points.elbo, "ELBO %{y:.2f}")
    finite = np.concatenate([v[np.isfinite(v)] for v in (points.elbo, points.log_px)])
    if len(finite):
        ends = [float(finite.min()), float(finite.max())]
        line = {"color": QUIET, "width": 1, "dash": "dot"}
        figure.add_trace(
            go.Scatter(x=ends, y=ends, mode="lines", line=line, hoverinfo="skip", showlegend=False)
        )
    return figure.update_yaxes(title_text=f"ELBO, {points.unit}")


def _scatter(points: ExamplePoints, y: np.ndarray, hover: str) -> go.Figure:
    """Coloured by what the papers' protocol misses, the most on top."""
    is_placed = np.isfinite(points.log_px) & np.isfinite(y)
    order = np.argsort(np.nan_to_num(points.shortfall))
    figure = go.Figure()
    for is_trusted in (True, False):
        rows = order[(is_placed & (points.is_trusted == is_trusted))[order]]
        if len(rows) or is_trusted:
            figure.add_trace(_markers(points, y, rows, is_trusted, hover))
            figure.add_trace(_key(is_trusted))
    low, high = robust_limits(points.shortfall)
    scale = {
        "cmin": low,
        "cmax": high,
        "colorscale": [list(stop) for stop in SEQUENTIAL],
        "colorbar": {"title": f"papers' protocol<br>misses, {points.unit}", "thickness": 10},
    }
    figure.update_layout(height=HEIGHT, margin=MARGIN, coloraxis=scale, legend=_LEGEND)
    figure.update_layout(showlegend=not points.is_trusted.all())
    return figure.update_xaxes(title_text=f"log p(x), {points.unit}")


def _markers(
    points: ExamplePoints, y: np.ndarray, rows: np.ndarray, is_trusted: bool, hover: str
) -> go.Scattergl:
    return go.Scattergl(
        x=points.log_px[rows],
        y=y[rows],
        mode="markers",
        name=_TRUSTED if is_trusted else _DOUBTED,
        showlegend=False,
        customdata=points.ids[rows],
        text=[escape(points.names[i]) for i in rows],
        marker={**_LOOKS[is_trusted], "color": points.shortfall[rows], "coloraxis": "coloraxis"},
        hovertemplate=f"example %{{customdata}} · %{{text}}<br>log p(x) %{{x:.2f}}<br>{hover}"
        "<extra>%{fullData.name}</extra>",
    )


def _key(is_trusted: bool) -> go.Scatter:
    """The legend's mark: the points' own would have the colour of the first of them."""
    name = _TRUSTED if is_trusted else _DOUBTED
    return go.Scatter(
        x=[None], y=[None], mode="markers", name=name, marker={**_LOOKS[is_trusted], "color": QUIET}
    )
