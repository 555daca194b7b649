"""Gaps: every example by how loose its bound is, with the figures that say how far to trust that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
import streamlit as st

from explorer.bounds.decisions import Stage
from explorer.ui import badge, controls, gap_figures, gap_table, session, shell, trust
from explorer.ui.gap_figures import Points
from explorer.ui.gap_table import in_units
from explorer.ui.numbers import Units
from explorer.ui.view import selecting
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
_AGAINST: Mapping[str, Callable[[Points], go.Figure]] = {
    "gap": gap_figures.gap_against_log_px,
    "ELBO": gap_figures.elbo_against_log_px,
}


def page() -> None:
    opened = shell.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        controls.model_picker(view.model)
        badge.badge(entry)
        controls.label_filter(view, entry)
        controls.unit_switch(view)
    session.mirror()
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    rows = gap_table.scored(entry, view.labels)
    if not rows.num_rows:
        st.info("No example has one of these labels. Choose others, or none for all.")
        return
    _summary(rows, units)
    _charts(entry, rows, units)
    _table(entry, rows, units)
    gap_table.downloads(entry, rows)


def _summary(rows: pa.Table, units: Units) -> None:
    """Means over the rows shown, each with the standard error of that mean; how many are trusted, and by what."""
    place = st.container(horizontal=True, gap="large")
    for title, (column, meaning) in _MEANS.items():
        text = _mean(rows[column].to_numpy(), units)
        place.metric(f"{title}, {units.name}", text, width="content", help=meaning)
    n_trusted = int(trust.is_trusted(rows["trust"].to_numpy()).sum())
    place.metric(
        "estimates to be trusted",
        f"{n_trusted:,} of {rows.num_rows:,}",
        width="content",
        help="The others are hollow here and on the map's page: their log p(x) and gap are probably too low.",
    )
    st.html(f"<p class='lx-caption' data-testid='proposals'>{_proposals(rows)}</p>")


def _mean(values: np.ndarray, units: Units) -> str:
    values = values[np.isfinite(values)]
    mean = float(values.mean()) if len(values) else float("nan")
    se = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return units.text(mean, se)


def _proposals(rows: pa.Table) -> str:
    """How many estimates came from each proposal, and how many there are none of."""
    counts = Counter(rows["proposal"].to_pylist())
    parts = [f"{counts[stage]:,} {stage}" for stage in Stage if counts[stage]]
    n_missing = int((~np.isfinite(rows["log_px_nats"].to_numpy())).sum())
    missing = f" · {n_missing:,} without a finite estimate, left out of the means" if n_missing else ""
    return f"log p(x) by proposal: {' · '.join(parts)}{missing}"


def _charts(entry: Entry, rows: pa.Table, units: Units) -> None:
    points = _points(entry, rows, units)
    with st.container(key="gap_charts"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns(2, gap="medium")
    left.html("<p class='lx-caption lx-chart-head'>How loose the bounds are</p>")
    left.plotly_chart(
        gap_figures.histogram(points),
        key="gap_histogram",
        config={"displayModeBar": False},
        alt="Histogram of the gap over the examples",
    )
    with right:
        _scatter(points)
    _leave_if_picked(entry)


def _points(entry: Entry, rows: pa.Table, units: Units) -> Points:
    elbo, log_px, gap, protocol = (
        in_units(rows[c].to_numpy(), units)
        for c in ("elbo_nats", "log_px_nats", "gap_nats", "encoder_log_px_nats")
    )
    return Points(
        ids=rows["example_id"].to_numpy(),
        names=gap_table.label_names(entry, rows),
        elbo=elbo,
        log_px=log_px,
        gap=gap,
        shortfall=log_px - protocol,
        is_trusted=trust.is_trusted(rows["trust"].to_numpy()),
        unit=units.name,
    )


def _scatter(points: Points) -> None:
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
        key="gap_scatter",
        on_select=_point_picked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"{against} against log p(x), a point an example; a click shows it on the map",
    )


def _table(entry: Entry, rows: pa.Table, units: Units) -> None:
    way = "Click an image or tick a row" if gap_table.has_images(entry) else "Tick a row"
    st.caption(f"{way} to see that example on the map. Click a heading to sort.")
    st.dataframe(
        gap_table.frame(entry, rows, units),
        key="gap_table",
        on_select=_row_picked(rows),
        selection_mode=["single-row", "single-cell"],
        hide_index=True,
        height=gap_table.HEIGHT,
        column_config=gap_table.column_config(units),
    )


def _row_picked(rows: pa.Table) -> Callable[[], None]:
    def picked() -> None:
        chosen = st.session_state.gap_table.selection
        # The table selects its first cell whenever it is focused, by a click on a heading too; images are no such cell.
        found = [*chosen.rows, *(row for row, column in chosen.cells if column == "image")]
        if found:
            st.session_state.picked = rows["example_id"][found[0]].as_py()

    return picked


def _point_picked() -> None:
    points = st.session_state.gap_scatter.selection.points
    if points and isinstance(points[0].get("customdata"), int | list):
        found = points[0]["customdata"]
        st.session_state.picked = found[0] if isinstance(found, list) else found


def _leave_if_picked(entry: Entry) -> None:
    """Goes to the map with the example that was picked here."""
    picked = st.session_state.pop("picked", None)
    if picked is None or not entry.atlas.has(picked):
        return
    view = st.session_state.view
    st.session_state.view = selecting(view, int(picked), session.place_on(entry, view.map_id))
    st.switch_page(shell.page_of("explore"))
