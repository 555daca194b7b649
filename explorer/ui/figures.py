"""Plotly figures of the pages. Pure: arrays in, a figure out; colours come from the theme and the palette."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.bounds import Curve
from explorer.ui.numbers import Units, latent_name
from explorer.ui.palette import ACCENT, QUIET, SEQUENTIAL, robust_limits

# Streamlit's theme is applied at display; these are what it leaves to the figure.
_MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}


def bound_curve(encoder: Curve, prior: Curve, elbo_nats: float, units: Units) -> go.Figure:
    """L_K against K above, the naive prior estimate on an axis of its own below; bands of one standard error."""
    titles = ("L<sub>K</sub>, draws from q(z|x)", "naive, draws from p(z)")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.16, subplot_titles=titles)
    for row, (curve, colour) in enumerate(((encoder, ACCENT), (prior, QUIET)), start=1):
        for trace in _banded(curve, colour, units):
            figure.add_trace(trace, row=row, col=1)
    figure.add_hline(units.convert(elbo_nats), line={"dash": "dot", "width": 1, "color": QUIET}, row=1, col=1)
    k = encoder.n_samples
    figure.add_annotation(
        x=np.log10(k[-1]),
        y=units.convert(elbo_nats),
        text="ELBO",
        showarrow=False,
        yshift=8,
        xanchor="right",
        font={"size": 11},
        row=1,
        col=1,
    )
    figure.update_xaxes(type="log", dtick=1, tickformat=",d")
    figure.update_xaxes(title_text="K, draws", row=2, col=1)
    figure.update_annotations(font_size=12)
    figure.update_yaxes(nticks=4)
    return figure.update_layout(height=300, showlegend=False, margin=_MARGIN)


def _banded(curve: Curve, colour: str, units: Units) -> list[go.Scatter]:
    value = np.array([units.convert(v) for v in curve.log_px_nats])
    error = np.array([units.convert(v) for v in np.nan_to_num(curve.log_px_se)])
    k = curve.n_samples
    band = go.Scatter(
        x=np.concatenate([k, k[::-1]]),
        y=np.concatenate([value + error, (value - error)[::-1]]),
        fill="toself",
        fillcolor=_faint(colour),
        line={"width": 0},
        hoverinfo="skip",
    )
    text = [units.text(v, e) for v, e in zip(curve.log_px_nats, curve.log_px_se, strict=True)]
    line = go.Scatter(
        x=k,
        y=value,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 5},
        text=text,
        hovertemplate="K = %{x:,}<br>%{text}<extra></extra>",
    )
    return [band, line]


def kl_bars(kl_by_dim_nats: np.ndarray, units: Units) -> go.Figure:
    """KL by latent dimension (d,), largest first."""
    order = np.argsort(-kl_by_dim_nats)
    values = [units.convert(v) for v in kl_by_dim_nats[order]]
    names = [latent_name(int(i)) for i in order]
    bar = go.Bar(x=names, y=values, marker={"color": ACCENT}, hovertemplate="%{x}: %{y:.3f}<extra></extra>")
    layout = {"height": 150, "margin": _MARGIN, "bargap": 0.25, "yaxis": {"nticks": 3}}
    return go.Figure(bar).update_layout(**layout).update_xaxes(type="category", tickangle=0)


def profile(t: np.ndarray, values: np.ndarray, at: float) -> go.Figure:
    """A quantity along a path, t in [0, 1], with the place of the slider marked."""
    line = go.Scatter(
        x=t,
        y=values,
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 5},
        hovertemplate="t = %{x:.2f}<br>%{y:.2f}<extra></extra>",
    )
    figure = go.Figure(line).add_vline(at, line={"width": 1, "color": QUIET})
    figure.update_xaxes(title_text="t", nticks=5)
    figure.update_yaxes(nticks=4)
    return figure.update_layout(height=150, margin={**_MARGIN, "t": 8})


def histogram(values: np.ndarray, title: str) -> go.Figure:
    """Distribution of a score over examples; the axis spans robust limits, the ends collect what lies beyond."""
    low, high = robust_limits(values)
    clipped = np.clip(values[np.isfinite(values)], low, high)
    counts, edges = np.histogram(clipped, bins=48, range=(low, high))
    bar = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": ACCENT},
        hovertemplate="%{x:.2f}: %{y:,}<extra></extra>",
    )
    figure = go.Figure(bar).update_layout(height=320, margin=_MARGIN, bargap=0.03)
    figure.update_yaxes(title_text="examples")
    return figure.update_xaxes(title_text=title)


def elbo_against_log_px(
    elbo: np.ndarray, log_px: np.ndarray, gap: np.ndarray, ids: np.ndarray, names: Sequence[str], unit: str
) -> go.Figure:
    """A point an example, coloured by gap; the diagonal is a bound with no gap."""
    low, high = robust_limits(gap)
    order = np.argsort(gap)  # the loosest last, on top
    points = go.Scattergl(
        x=log_px[order],
        y=elbo[order],
        mode="markers",
        customdata=ids[order],
        text=[escape(names[i]) for i in order],
        marker={
            "size": 5,
            "opacity": 0.7,
            "color": gap[order],
            "cmin": low,
            "cmax": high,
            "colorscale": [list(stop) for stop in SEQUENTIAL],
            "colorbar": {"title": f"gap, {unit}", "thickness": 10},
        },
        hovertemplate="example %{customdata} · %{text}<br>log p(x) %{x:.2f}<br>ELBO %{y:.2f}<extra></extra>",
    )
    ends = [float(np.nanmin(elbo)), float(np.nanmax(log_px))]
    line = go.Scatter(
        x=ends, y=ends, mode="lines", line={"color": QUIET, "width": 1, "dash": "dot"}, hoverinfo="skip"
    )
    figure = go.Figure([points, line]).update_layout(height=320, margin=_MARGIN, showlegend=False)
    figure.update_xaxes(title_text=f"log p(x), importance-sampled, {unit}")
    return figure.update_yaxes(title_text=f"ELBO, {unit}")


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
