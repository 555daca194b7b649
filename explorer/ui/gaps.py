"""Gaps: every example by how loose its bound is, with the figures that say how far to trust that."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import streamlit as st

from explorer.atlas import query
from explorer.bounds import Reliability, reliability
from explorer.bounds.pareto import trust_limit
from explorer.ui import controls, figures, session, shell
from explorer.ui.numbers import Units, number
from explorer.ui.view import View, selecting
from explorer.workspace import Entry

_SCORES = ("gap_nats", "gap_se", "elbo_nats", "log_px_nats", "log_px_se", "kl_nats", "distortion_nats")
_DIAGNOSTICS = ("ess", "pareto_k", "n_samples", "proposal")
TABLE_HEIGHT = 460
TRUST_WORDS = {
    Reliability.GOOD: "● trusted",
    Reliability.USABLE: "◐ usable",
    Reliability.UNRELIABLE: "○ not trusted",
}


def page() -> None:
    opened = shell.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        controls.model_picker(view.model)
        controls.label_filter(view, entry)
        controls.unit_switch(view)
    session.mirror()
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    scored = _scored(entry, view)
    if not scored.num_rows:
        st.info("No example has one of these labels. Choose others, or none for all.")
        return
    _summary(scored, units)
    _charts(entry, scored, units)
    _table(entry, scored, units)
    _downloads(entry, scored)


def _scored(entry: Entry, view: View) -> pa.Table:
    columns = ("example_id", "label", *_SCORES, *_DIAGNOSTICS)
    return query.table(entry.atlas, columns, view.labels, "gap_nats", descending=True)


def _summary(scored: pa.Table, units: Units) -> None:
    """Means over the rows shown, each with the standard error of that mean, and the share that is trusted."""
    row = st.container(horizontal=True, gap="large")
    shown = (("mean gap", "gap_nats"), ("mean ELBO", "elbo_nats"), ("mean log p(x)", "log_px_nats"))
    for title, column in shown:
        values = scored[column].to_numpy()
        values = values[np.isfinite(values)]
        mean = float(values.mean()) if len(values) else float("nan")
        se = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
        row.metric(f"{title}, {units.name}", units.text(mean, se), width="content")
    k, n = scored["pareto_k"].to_numpy(), int(scored["n_samples"].to_numpy().max())
    n_trusted = int((k < trust_limit(n)).sum())
    row.metric(
        "estimates to be trusted",
        f"{n_trusted:,} of {len(k):,}",
        width="content",
        help=f"Pareto k̂ below {number(trust_limit(n))} at K = {n:,}. The others' log p(x) and gap are too low.",
    )


def _charts(entry: Entry, scored: pa.Table, units: Units) -> None:
    with st.container(key="gap_charts"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns(2, gap="medium")
    gap = _in_units(scored["gap_nats"].to_numpy(), units)
    left.plotly_chart(
        figures.histogram(gap, f"gap = log p(x) − ELBO, {units.name}; ends at the 2% and 98% quantiles"),
        key="gap_histogram",
        config={"displayModeBar": False},
        alt="Histogram of the gap over the examples",
    )
    names = _label_names(entry, scored)
    ids = scored["example_id"].to_numpy()
    elbo, log_px = (_in_units(scored[c].to_numpy(), units) for c in ("elbo_nats", "log_px_nats"))
    right.plotly_chart(
        figures.elbo_against_log_px(elbo, log_px, gap, ids, names, units.name),
        key="elbo_against_log_px",
        on_select=_point_picked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt="ELBO against log p(x), a point an example; a click shows it on the map",
    )
    _leave_if_picked(entry)


def _table(entry: Entry, scored: pa.Table, units: Units) -> None:
    way = "Click an image or tick a row" if len(entry.dataset.shape) == 3 else "Tick a row"
    st.caption(f"{way} to see that example on the map. Click a heading to sort.")
    number_format = st.column_config.NumberColumn
    digits = "%.4f" if units.in_bits else "%.2f"
    config = {c: number_format(_heading(c, units), format=digits) for c in _SCORES}
    config |= {
        "example_id": number_format("example", format="%d"),
        "image": st.column_config.ImageColumn("", width="small"),
        "trust": st.column_config.TextColumn(
            "trust", help="By Pareto k̂: where it is not trusted, log p(x) and the gap are probably too low."
        ),
        "ess": number_format("ESS", format="%.1f"),
        "pareto_k": number_format("k̂", format="%.2f"),
        "n_samples": number_format("K", format="%d"),
    }
    st.dataframe(
        _frame(entry, scored, units),
        key="gap_table",
        on_select=_row_picked(scored),
        selection_mode=["single-row", "single-cell"],
        hide_index=True,
        height=TABLE_HEIGHT,
        column_config=config,
    )


def _frame(entry: Entry, scored: pa.Table, units: Units) -> pd.DataFrame:
    frame = scored.to_pandas()
    for column in _SCORES:
        frame[column] = _in_units(frame[column].to_numpy(), units)
    frame["label"] = _label_names(entry, scored)
    trust = [
        TRUST_WORDS[reliability(k, n)] for k, n in zip(frame["pareto_k"], frame["n_samples"], strict=True)
    ]
    frame.insert(2, "trust", trust)
    if len(entry.dataset.shape) == 3:
        version = entry.atlas.digest[:12]
        pictures = [f"live/{entry.name}/image/{i}.png?v={version}" for i in frame["example_id"]]
        frame.insert(1, "image", pictures)
    return frame


def _heading(column: str, units: Units) -> str:
    name = column.removesuffix("_nats").replace("_", " ").replace("log px", "log p(x)").replace(" se", " SE")
    return f"{name.replace('elbo', 'ELBO').replace('kl', 'KL')}, {units.name}"


def _label_names(entry: Entry, scored: pa.Table) -> list[str]:
    names = entry.atlas.label_names
    return [names[i] if 0 <= i < len(names) else "no label" for i in scored["label"].to_pylist()]


def _in_units(values: np.ndarray, units: Units) -> np.ndarray:
    return np.asarray(values, np.float64) * units.convert(1.0)


def _row_picked(scored: pa.Table):  # type: ignore[no-untyped-def]  # a callback
    def picked() -> None:
        chosen = st.session_state.gap_table.selection
        # The table selects its first cell whenever it is focused, by a click on a heading too; images are no such cell.
        rows = [*chosen.rows, *(row for row, column in chosen.cells if column == "image")]
        if rows:
            st.session_state.picked = scored["example_id"][rows[0]].as_py()

    return picked


def _point_picked() -> None:
    points = st.session_state.elbo_against_log_px.selection.points
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


def _downloads(entry: Entry, scored: pa.Table) -> None:
    row = st.container(horizontal=True)
    stem = f"{entry.name}-scores"
    row.download_button(
        "CSV",
        lambda: _csv(scored),
        f"{stem}.csv",
        "text/csv",
        key="csv",
        icon=":material/download:",
        on_click="ignore",
    )
    row.download_button(
        "Parquet",
        lambda: _parquet(scored),
        f"{stem}.parquet",
        "application/vnd.apache.parquet",
        key="parquet",
        icon=":material/download:",
        on_click="ignore",
    )


def _csv(scored: pa.Table) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(scored, out)
    return out.getvalue()


def _parquet(scored: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(scored, out)
    return out.getvalue()
