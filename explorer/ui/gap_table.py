"""The table of all examples, the loosest bound first, and its rows to take home."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.atlas import query
from explorer.bounds.intervals import LEVEL
from explorer.ui import trust
from explorer.ui.numbers import Units
from explorer.ui.score import COLUMNS
from explorer.workspace import Entry

HEIGHT = 460
# What the table shows, in its order, and the words at the heads; `{unit}` is nats or bits/dim.
_IN_UNITS: Mapping[str, str] = {
    "gap_nats": "gap, {unit}",
    "gap_se": "gap SE, {unit}",
    "elbo_nats": "ELBO, {unit}",
    "log_px_nats": "log p(x), {unit}",
    "log_px_se": "log p(x) SE, {unit}",
    "log_px_low_nats": f"{LEVEL:.0%} low, {{unit}}",
    "log_px_high_nats": f"{LEVEL:.0%} high, {{unit}}",
    "encoder_log_px_nats": "papers' protocol, {unit}",
    "shortfall_nats": "it misses, {unit}",
    "kl_nats": "KL, {unit}",
    "distortion_nats": "distortion, {unit}",
}
_HELP: Mapping[str, str] = {
    "gap_nats": "log p(x) − ELBO; from independent draws, so that a tight one may come out below 0 by its error.",
    "log_px_nats": "Importance-sampled from a proposal that fits the example.",
    "encoder_log_px_nats": "log (1/K) sum w with K draws of the encoder's q, as papers report it.",
    "shortfall_nats": "How far the papers' protocol lies below log p(x).",
}
_ORDER = (
    "example_id",
    "image",
    "label",
    "trust",
    *_IN_UNITS,
    "proposal",
    "pareto_k",
    "ess",
    "n_samples",
    "n_spent",
)


def scored(entry: Entry, labels: tuple[int, ...]) -> pa.Table:
    """The rows of these labels, all for none, the largest gap first; what is not a number comes last."""
    columns = ("example_id", "label", *COLUMNS, "n_spent")
    return query.table(entry.atlas, columns, labels, "gap_nats", descending=True)


def frame(entry: Entry, rows: pa.Table, units: Units) -> pd.DataFrame:
    """The rows as the table shows them."""
    shown = rows.to_pandas()
    shown["shortfall_nats"] = shown["log_px_nats"] - shown["encoder_log_px_nats"]
    for column in _IN_UNITS:
        shown[column] = in_units(shown[column].to_numpy(), units)
    shown["label"] = label_names(entry, rows)
    shown["trust"] = [trust.sign_and_word(word) for word in shown["trust"]]
    if has_images(entry):
        version = entry.atlas.digest[:12]
        shown["image"] = [f"live/{entry.name}/image/{i}.png?v={version}" for i in shown["example_id"]]
    return shown[[column for column in _ORDER if column in shown]]


def column_config(units: Units) -> dict[str, Any]:
    """Headings, formats and explanations."""
    number = st.column_config.NumberColumn
    digits = "%.4f" if units.in_bits else "%.2f"
    config: dict[str, Any] = {
        column: number(heading.format(unit=units.name), format=digits, help=_HELP.get(column))
        for column, heading in _IN_UNITS.items()
    }
    return config | {
        "example_id": number("example", format="%d"),
        "image": st.column_config.ImageColumn("", width="small"),
        "trust": st.column_config.TextColumn(
            "trust",
            width=110,
            help="Where it is not trusted, log p(x) and the gap are probably too low.",
        ),
        "proposal": st.column_config.TextColumn("proposal", help="What the draws of log p(x) came from."),
        "ess": number("ESS", format="%.1f"),
        "pareto_k": number("k̂", format="%.2f"),
        "n_samples": number("K", format="localized", help="Draws that log p(x) is reported from."),
        "n_spent": number(
            "K spent", format="localized", help="Draws in all, with those that chose the proposal."
        ),
    }


def downloads(entry: Entry, rows: pa.Table) -> None:
    """All columns of the rows that are shown, in nats, as files."""
    place = st.container(horizontal=True)
    _download(place, "CSV", "csv", "text/csv", entry.name, lambda: _csv(rows))
    _download(
        place, "Parquet", "parquet", "application/vnd.apache.parquet", entry.name, lambda: _parquet(rows)
    )


def _download(
    place: DeltaGenerator, name: str, key: str, mime: str, stem: str, write: Callable[[], bytes]
) -> None:
    place.download_button(
        name,
        write,
        f"{stem}-scores.{key}",
        mime,
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


def has_images(entry: Entry) -> bool:
    """Whether the examples are images."""
    return len(entry.dataset.shape) == 3


def label_names(entry: Entry, rows: pa.Table) -> list[str]:
    """The label of each row in words."""
    names = entry.atlas.label_names
    return [names[i] if 0 <= i < len(names) else "no label" for i in rows["label"].to_pylist()]


def in_units(nats: np.ndarray, units: Units) -> np.ndarray:
    """Values or errors (N,) in the chosen unit."""
    return np.asarray(nats, np.float64) * units.convert(1.0)


def _csv(rows: pa.Table) -> bytes:
    out = io.BytesIO()
    pyarrow.csv.write_csv(rows, out)
    return out.getvalue()


def _parquet(rows: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(rows, out)
    return out.getvalue()
