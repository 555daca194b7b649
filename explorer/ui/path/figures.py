"""Plotly figures of a path: quantities along it as small multiples over the same t."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.show.palette import ACCENT, QUIET
from explorer.ui.widgets.figure_style import MARGIN


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
