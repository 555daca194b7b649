"""Plotly figures of the inspector. Pure: arrays in, a figure out; colours are the theme's and our own."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.bounds import Curve, Reliability
from explorer.show.numbers import Units
from explorer.show.palette import ACCENT, QUIET, TRUSTED
from explorer.ui.example.stored_score import Score
from explorer.ui.widgets.figure_style import MARGIN, faint


def bound_curve(encoder: Curve, prior: Curve, stored: Score, units: Units) -> go.Figure:
    """L_K against K above, the naive prior estimate on an axis of its own below; bands of one standard error.

    The trusted log p(x) is the line that L_K rises to, with its 95% interval as a band; the ELBO is the line below.
    """
    titles = ("L<sub>K</sub>, draws from q(z|x)", "naive, draws from p(z)")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.14, subplot_titles=titles)
    figure.update_annotations(x=0, xanchor="left", font_size=12)
    for row, (curve, colour) in enumerate(((encoder, ACCENT), (prior, QUIET)), start=1):
        figure.add_traces(_banded(curve, colour, units), rows=row, cols=1)
    figure.add_traces(_levels(encoder.n_samples, stored, units), rows=1, cols=1)
    figure.update_xaxes(type="log", dtick=1, tickformat=",d")
    figure.update_xaxes(title_text="K, draws", row=2, col=1)
    figure.update_yaxes(nticks=4)
    legend = {"orientation": "h", "x": 0, "y": 1.12, "yanchor": "bottom"}
    return figure.update_layout(height=320, legend=legend, margin={**MARGIN, "t": 56})


def _levels(n_samples: np.ndarray, stored: Score, units: Units) -> list[go.Scatter]:
    """The trusted log p(x) over its interval, and the ELBO, from the first K to the last."""
    ends = [n_samples[0], n_samples[-1]]
    is_doubted = stored.verdict is Reliability.UNRELIABLE
    low, high = units.convert(stored.log_px_low_nats), units.convert(stored.log_px_high_nats)
    band = go.Scatter(
        x=[*ends, *ends[::-1]],
        y=[low, low, high, high],
        mode="lines",
        fill="toself",
        fillcolor=faint(TRUSTED),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    name = "log p(x), not trusted" if is_doubted else "log p(x)"
    shown = (
        (name, stored.log_px_nats, stored.log_px_se, TRUSTED, "dash" if is_doubted else "solid"),
        ("ELBO", stored.elbo_nats, stored.elbo_se, QUIET, "dot"),
    )
    return [band, *(_level(ends, *each, units) for each in shown)]


def _level(
    ends: list[int], name: str, nats: float, se: float, colour: str, dash: str, units: Units
) -> go.Scatter:
    return go.Scatter(
        x=ends,
        y=[units.convert(nats)] * 2,
        name=name,
        mode="lines",
        line={"color": colour, "width": 1.5, "dash": dash},
        hovertemplate=f"{name} {units.text(nats, se)}<extra></extra>",
    )


def _banded(curve: Curve, colour: str, units: Units) -> list[go.Scatter]:
    value = np.array([units.convert(v) for v in curve.log_px_nats])
    error = np.array([units.convert(v) for v in np.nan_to_num(curve.log_px_se)])
    k = curve.n_samples
    band = go.Scatter(
        x=np.concatenate([k, k[::-1]]),
        y=np.concatenate([value + error, (value - error)[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=faint(colour),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    text = [units.text(v, e) for v, e in zip(curve.log_px_nats, curve.log_px_se, strict=True)]
    line = go.Scatter(
        x=k,
        y=value,
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 5},
        text=text,
        showlegend=False,
        hovertemplate="K = %{x:,}<br>%{text}<extra></extra>",
    )
    return [band, line]
