"""Gaps: every example by how loose its bound is, with the figures that say how far to trust that.

The figures are of the examples that are selected, if any are, and of the labels that are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.bounds import rungs
from explorer.show.numbers import Units
from explorer.ui.frame import calibration_badge, frame, sidebar
from explorer.ui.frame.part import part
from explorer.ui.linked.table import listing, table
from explorer.ui.linked.table.listing import RowFilter
from explorer.ui.pages.gaps import figures, numbers
from explorer.ui.pages.gaps.figures import ExamplePoints
from explorer.ui.pages.gaps.numbers import N_POINTS
from explorer.ui.pages.registry import page_of
from explorer.ui.state import selection, session
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import NOTHING
from explorer.ui.state.view import View, with_selection
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

_MEANS: Mapping[str, tuple[str, str]] = {
    "mean gap": ("gap_nats", "log p(x) − ELBO."),
    "mean ELBO": ("elbo_nats", "From draws of the encoder's q."),
    "mean log p(x)": ("log_px_nats", "Importance-sampled from a proposal that fits each example."),
    "mean papers' protocol": (
        "encoder_log_px_nats",
        "log (1/K) sum w with K draws of the encoder's q, as papers report it.",
    ),
}
_AGAINST: Mapping[str, Callable[[ExamplePoints], go.Figure]] = {
    "gap": figures.gap_against_log_px,
    "ELBO": figures.elbo_against_log_px,
}
_NOT_CALIBRATED = (
    "○ This model is not calibrated: whether its errors can be believed was not checked on data whose log p(x) is "
    "known. The page Open does that."
)
_SCATTER = Widget[Any]("gap_scatter")


@dataclass(frozen=True)
class GapsScratch:
    """Whether an example was pressed on, which is then looked at on the map's page."""

    is_leaving: bool = False


def page() -> None:
    _leave_if_pressed()
    opened = frame.open_page(sidebar.label_filter, sidebar.unit_switch)
    if opened is None:
        return
    view, entry = opened
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    row_filter = RowFilter(view.model, view.selection, view.labels)
    _selected(view)
    if not listing.count(entry, row_filter):
        of = "No example that is selected" if view.selection else "No example"
        st.info(f"{of} has one of these labels. Choose others, or none for all.")
        return
    if entry.is_growing and not numbers.summary(entry, row_filter).n_rows:
        st.info(f"{numbers.how_far(entry, row_filter).words}: figures come with the first trusted numbers.")
    else:
        _summary(entry, row_filter, units)
        _charts(entry, row_filter, units)
    part(_table, around=lambda view: view)


def _selected(view: View) -> None:
    """How many are selected, which all figures here are then of, and a way back to all."""
    if not view.selection:
        return
    place = st.container(horizontal=True, vertical_alignment="center", key="gaps_selected")
    n_selected = selection.size(view.selection)
    place.html(
        f"<p class='lx-caption' data-testid='n-selected'>{n_selected:,} selected: figures and table are of these</p>"
    )
    place.button("Clear the selection", key="gaps_clear", icon=":material/close:", on_click=_clear)


def _clear() -> None:
    session.change(with_selection(session.view(), NOTHING))


def _summary(entry: Entry, row_filter: RowFilter, units: Units) -> None:
    """Means over the rows, each with the standard error of that mean; how many are trusted, and by what."""
    found = numbers.summary(entry, row_filter)
    # The place is always there: were it gone once all are scored, the figures below would be mounted anew.
    head = st.empty()
    if so_far := numbers.how_far(entry, row_filter).words:
        head.html(
            f"<p class='lx-caption' data-testid='scored-so-far'>{so_far}: means, counts and figures are over the "
            f"{found.n_rows:,} that are, and are not final</p>"
        )
    place = st.container(horizontal=True, gap="large")
    for title, (column, meaning) in _MEANS.items():
        mean = found.means[column]
        text = units.text(mean.mean, mean.se)
        place.metric(f"{title}, {units.name}", text, width="content", help=meaning)
    is_calibrated = calibration_badge.is_calibrated(entry)
    place.metric(
        "estimates to be trusted" if is_calibrated else "estimates without a warning",
        f"{found.n_trusted:,} of {found.n_rows:,}",
        width="content",
        help="The others are hollow here and on the map's page: their log p(x) and gap are probably too low.",
    )
    if not is_calibrated:
        st.html(f"<p class='lx-caption' data-testid='not-calibrated'>{_NOT_CALIBRATED}</p>")
    stages = rungs.in_order(map(str, found.by_proposal))
    parts = [f"{found.by_proposal[stage]:,} {escape(stage)}" for stage in stages]
    missing = (
        f" · {found.n_missing:,} without a finite estimate, left out of the means" if found.n_missing else ""
    )
    known = (
        f"The error of the papers' protocol is known for {found.n_protocol_known:,} of {found.n_rows:,}: the draws "
        "of the others cannot vouch for one"
    )
    st.html(
        f"<p class='lx-caption' data-testid='proposals'>log p(x) by proposal: {' · '.join(parts)}{missing}</p>"
        f"<p class='lx-caption' data-testid='protocol-errors'>{known}</p>"
    )


def _charts(entry: Entry, row_filter: RowFilter, units: Units) -> None:
    with st.container(key="gap_charts"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns(2, gap="medium")
    left.html("<p class='lx-caption lx-chart-head'>How loose the bounds are</p>")
    left.plotly_chart(
        figures.histogram(numbers.gap_counts(entry, row_filter, units)),
        key="gap_histogram",
        config={"displayModeBar": False},
        alt="Histogram of the gap over the examples",
    )
    with right:
        _scatter(entry, numbers.points(entry, row_filter, units), numbers.how_far(entry, row_filter).n_scored)


def _scatter(entry: Entry, points: ExamplePoints, n_rows: int) -> None:
    against = st.segmented_control(
        "Against log p(x)",
        list(_AGAINST),
        default="gap",
        key="against_log_px",
        required=True,
        format_func=lambda name: f"{name} against log p(x)",
        label_visibility="collapsed",
    )
    st.plotly_chart(
        _AGAINST[against or "gap"](points),
        key=_SCATTER.key,
        on_select=lambda: _point_picked(entry),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{against} against log p(x), a point an example; a click shows it on the map",
    )
    if n_rows > N_POINTS:
        st.html(
            f"<p class='lx-caption' data-testid='n-points'>{N_POINTS:,} of {n_rows:,} examples: the most extreme of "
            "each figure, and others drawn at random. All are in ELBO × log p(x) below the map; a label or a selection "
            "of fewer shows all of its examples here.</p>"
        )


def _table(view: View, entry: Entry) -> None:
    """The table, which turns its pages without the figures above it."""
    table.table(entry, view, lambda example_id: _leave(entry, example_id))


def _point_picked(entry: Entry) -> None:
    points = _SCATTER.value.selection.points
    if points and isinstance(points[0].get("customdata"), int | list):
        found = points[0]["customdata"]
        _leave(entry, found[0] if isinstance(found, list) else found)


def _leave(entry: Entry, example_id: int) -> None:
    """Selects an example and leaves for the map once the page is drawn again."""
    if entry.atlas.has(example_id):
        session.inspect(entry, int(example_id))
        keep(GapsScratch(is_leaving=True))


def _leave_if_pressed() -> None:
    if scratch(GapsScratch).is_leaving:
        keep(GapsScratch())
        st.switch_page(page_of("explore"))
