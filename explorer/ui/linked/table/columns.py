"""What a table of examples shows: its columns, their headings and formats, and what it can be sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from explorer.atlas import query
from explorer.bounds.intervals import LEVEL
from explorer.live.thumbnails import tile_of
from explorer.show.numbers import Units
from explorer.ui.example import trust, uncalibrated
from explorer.workspace import Entry

# The table's first column takes the focus of the keyboard; a press on one of these is meant.
INSPECTED = ("example_id", "image")
MAX_LABEL = 80

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
_UNKNOWN = "Not known where the estimate is not trusted."
_HELP: Mapping[str, str] = {
    "gap_se": _UNKNOWN,
    **dict.fromkeys(("log_px_se", "log_px_low_nats", "log_px_high_nats"), _UNKNOWN),
    "gap_nats": "log p(x) − ELBO; from independent draws, so that a tight one may come out below 0 by its error.",
    "log_px_nats": "Importance-sampled from a proposal that fits the example.",
    "encoder_log_px_nats": "log (1/K) sum w with K draws of the encoder's q, as papers report it.",
    "shortfall_nats": "How far the papers' protocol lies below log p(x).",
}
_ORDER = (
    "place",
    "example_id",
    "image",
    "selected",
    "label",
    "trust",
    *_IN_UNITS,
    "proposal",
    "pareto_k",
    "ess",
    "n_samples",
    "n_spent",
)
# Whole numbers, 0 until an example is scored.
COUNTS = ("n_samples", "n_spent")
_MADE_HERE = ("place", "image", "selected", "shortfall_nats")
SHOWN = tuple(column for column in _ORDER if column not in _MADE_HERE)
"""The columns of the atlas that a page is made of; each costs time, so that no others are read for it."""

SORTS: Mapping[str, str] = {
    "gap_nats": "gap",
    "gap_se": "gap SE",
    "elbo_nats": "ELBO",
    "log_px_nats": "log p(x)",
    "log_px_se": "log p(x) SE",
    "encoder_log_px_nats": "papers' protocol",
    "kl_nats": "KL",
    "distortion_nats": "distortion",
    "trust": "trust",
    "pareto_k": "k̂",
    "ess": "ESS",
    "n_samples": "K",
    "n_spent": "K spent",
    "proposal": "proposal",
    "label": "label",
    "example_id": "example",
    query.ROW: "place in the atlas",
}
"""Columns that the rows of every atlas can be sorted by, and their words."""


def sorts(entry: Entry) -> Mapping[str, str]:
    """All that its rows can be sorted by: what came along with the data, too."""
    return {**SORTS, **{name: name for name in entry.atlas.metadata}}


def frame(
    entry: Entry,
    rows: pa.Table,
    units: Units,
    n_before: int = 0,
    is_selected: np.ndarray | None = None,
) -> pd.DataFrame:
    """The rows of a page as the table shows them.

    Args:
        entry: the model.
        rows: (n,), with the columns `SHOWN` and any that came along with the data.
        units: of what is stored in nats.
        n_before: rows on earlier pages.
        is_selected: bool (n,); None where the table need not say.
    """
    shown = rows.to_pandas()
    shown["place"] = np.arange(n_before + 1, n_before + 1 + len(shown))
    shown["shortfall_nats"] = shown["log_px_nats"] - shown["encoder_log_px_nats"]
    for column in _IN_UNITS:
        shown[column] = in_units(shown[column].to_numpy(), units)
    shown["label"] = label_names(entry, rows)
    is_pending = trust.is_pending(rows["trust"].to_numpy())
    for column in COUNTS:
        # A draw that was not made yet is no figure.
        shown[column] = shown[column].astype("Int64").mask(is_pending)
    words = uncalibrated.words(entry)
    shown["trust"] = [trust.sign_and_word(stored, words) for stored in shown["trust"]]
    if is_selected is not None:
        shown["selected"] = is_selected
    if has_images(entry):
        version = entry.atlas.digest
        shown["image"] = [f"live/{entry.name}/image/{i}.png?v={version}" for i in shown["example_id"]]
    further = [name for name in entry.atlas.metadata if name in shown]
    return shown[[*(column for column in _ORDER if column in shown), *further]]


def column_config(units: Units) -> dict[str, Any]:
    """Headings, formats and explanations."""
    number = st.column_config.NumberColumn
    digits = "%.4f" if units.in_bits else "%.2f"
    config: dict[str, Any] = {
        column: number(heading.format(unit=units.name), format=digits, help=_HELP.get(column))
        for column, heading in _IN_UNITS.items()
    }
    return config | {
        "place": number(
            "#", format="localized", help="Place among all the rows, by what they are sorted by."
        ),
        "example_id": number("example", width=90, format="%d"),
        "image": st.column_config.ImageColumn("", width="small"),
        "selected": st.column_config.CheckboxColumn("selected"),
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


def has_images(entry: Entry) -> bool:
    """Whether the examples have pictures."""
    return tile_of(entry.dataset.shape) is not None


def label_names(entry: Entry, rows: pa.Table) -> list[str]:
    """The label of each row in words, cut where it is long: a name from a file may be of any length."""
    names = entry.atlas.label_names
    return [_cut(names[i]) if 0 <= i < len(names) else "no label" for i in rows["label"].to_pylist()]


def in_units(nats: np.ndarray, units: Units) -> np.ndarray:
    """Values or errors (N,) in the chosen unit."""
    return np.asarray(nats, np.float64) * units.convert(1.0)


def _cut(name: str) -> str:
    return name if len(name) <= MAX_LABEL else f"{name[: MAX_LABEL - 1]}…"
