"""Plotly figures of the inspector and the path. Pure: arrays in, a figure out; colours are the theme's and our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.bounds import Curve, Reliability
from explorer.show.numbers import Units, latent_name
from explorer.show.palette import ACCENT, QUIET, TRUSTED
from explorer.ui.score import Score

# Streamlit's theme is applied at display; these are what it leaves to the figure.
MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}


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


def kl_bars(kl_by_dim_nats: np.ndarray, units: Units) -> go.Figure:
    """KL by latent dimension (d,), largest first."""
    order = np.argsort(-kl_by_dim_nats)
    values = [units.convert(v) for v in kl_by_dim_nats[order]]
    names = [latent_name(int(i)) for i in order]
    bar = go.Bar(x=names, y=values, marker={"color": ACCENT}, hovertemplate="%{x}: %{y:.3f}<extra></extra>")
    layout = {"height": 140, "margin": {**MARGIN, "t": 8}, "bargap": 0.25, "yaxis": {"nticks": 3}}
    return go.Figure(bar).update_layout(**layout).update_xaxes(type="category", tickangle=0)


@dataclass(frozen=True, eq=False)
class Profile:
    """A quantity along a path: values at t in [0, 1], and levels that it is read against."""

    title: str
    t: np.ndarray
    values: np.ndarray
    levels: tuple[float, ...] = ()


def profiles(shown: Sequence[Profile], at: float) -> go.Figure:
    """Quantities along one path, two a row over the same t, with the place of the slider marked in each."""
    n_rows = (len(shown) + 1) // 2
    titles = [profile.title for profile in shown]
    figure = make_subplots(
        rows=n_rows, cols=2, shared_xaxes=True, vertical_spacing=0.2, subplot_titles=titles
    )
    figure.update_annotations(font_size=12)
    # All at once: plotly checks the whole figure at every change of it.
    figure.add_traces([_profile(profile, i) for i, profile in enumerate(shown)])
    figure.update_xaxes(range=[-0.03, 1.03], nticks=5)
    figure.update_yaxes(nticks=4)
    marks = [line for i, profile in enumerate(shown) for line in _marks(profile, i, at)]
    return figure.update_layout(height=120 * n_rows + 40, margin=MARGIN, showlegend=False, shapes=marks)


def _profile(profile: Profile, i: int) -> go.Scatter:
    return go.Scatter(
        x=profile.t,
        y=profile.values,
        xaxis=_axis("x", i),
        yaxis=_axis("y", i),
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 5},
        hovertemplate="t = %{x:.2f}<br>%{y:.2f}<extra></extra>",
    )


def _marks(profile: Profile, i: int, at: float) -> list[dict[str, Any]]:
    """The slider's place, and the levels but those that the values do not come near: they would press them flat."""
    near = [level for level in profile.levels if level <= 1.2 * profile.values.max()]
    x, y = _axis("x", i), _axis("y", i)
    line = {"width": 1, "color": QUIET}
    upright = {"xref": x, "yref": f"{y} domain", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}
    across = {"xref": f"{x} domain", "yref": y, "x0": 0, "x1": 1, "line": {**line, "dash": "dot"}}
    return [upright, *({**across, "y0": level, "y1": level} for level in near)]


def _axis(letter: str, i: int) -> str:
    """plotly's name of an axis of the i-th small multiple."""
    return letter if i == 0 else f"{letter}{i + 1}"


def faint(colour: str) -> str:
    """A "#rrggbb" colour as a ground for what lies over it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
