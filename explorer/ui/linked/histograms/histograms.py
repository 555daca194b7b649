"""Histograms of the scores, all examples and the selection over them; a range brushed on one is the selection.

page -> browser   edges, counts of all and of the selection, the range in force
browser -> page   a range of one column and what to do with it, or nothing selected; once a gesture
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, TypeGuard, cast, get_args

import numpy as np
import streamlit as st

from explorer.atlas import query
from explorer.atlas.query import Histogram
from explorer.datasets.metadata import safe_name
from explorer.live.limits import is_number
from explorer.show.numbers import Units
from explorer.ui.browser.bridge import Bridge, count_of
from explorer.ui.browser.component import stub, style
from explorer.ui.example import scored
from explorer.ui.example.kept import of_entry
from explorer.ui.state import selection, session
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import NOTHING, How, Selection
from explorer.ui.state.view import View, with_selection
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

KEY = "histograms"
N_BINS = 40
# Of the columns that came along with the data; a person chooses the others.
MOST_AT_FIRST = 6
_FURTHER = Widget[list[str]]("histograms_further")
# What is drawn, and its name; those in nats follow the unit switch.
COLUMNS: Mapping[str, str] = {
    "gap_nats": "gap",
    "elbo_nats": "ELBO",
    "log_px_nats": "log p(x)",
    "kl_nats": "KL",
    "pareto_k": "Pareto k̂",
    "ess": "ESS",
}
_BARE: Mapping[str, tuple[str, int]] = {"pareto_k": ("", 2), "ess": ("draws", 0)}


@dataclass(frozen=True, eq=False)
class ColumnBins:
    """One column of all examples.

    Attributes:
        edges: (N_BINS + 1,), from the 2% to the 98% quantile.
        lowest, highest: the ends of what the first and the last bin hold.
        all: counts of all examples.
    """

    edges: np.ndarray
    lowest: float
    highest: float
    all: Histogram


@dataclass(frozen=True)
class Brush:
    """The examples whose value lies in [low, high], and what becomes of the selection; `n` grows with every act."""

    n: int
    column: str
    low: float
    high: float
    how: How


@dataclass(frozen=True)
class Clear:
    """Nothing selected; `n` grows with every act."""

    n: int


Act = Brush | Clear


@dataclass(frozen=True)
class _Brushed:
    """A brush and the selection that it led to: it is in force for as long as that is the selection."""

    origin: str
    selection: Selection
    brush: Brush


@dataclass(frozen=True)
class HistogramScratch:
    """What is remembered.

    Attributes:
        brushed: the last brush, if that was the last act.
        further: columns of numbers that came along with the data; None for the first ones.
    """

    brushed: _Brushed | None = None
    further: tuple[str, ...] | None = None


def section(entry: Entry, view: View) -> None:
    """A histogram for each of `COLUMNS`, and of the columns of numbers that came along with the data."""
    _further_picker(entry)
    data = payload(entry, view, COMPONENT.n_heard(KEY), in_force(entry, view))
    COMPONENT.draw(KEY, data, partial(acted, entry))


def numbers_of(entry: Entry) -> Mapping[str, str]:
    """All that there can be a histogram of, and its name."""
    came_along = (name for name in entry.atlas.metadata if entry.atlas.is_number(name))
    return {**COLUMNS, **{name: name for name in came_along}}


def shown(entry: Entry) -> tuple[str, ...]:
    """The columns with a histogram."""
    further = [name for name in numbers_of(entry) if name not in COLUMNS]
    wanted = scratch(HistogramScratch).further
    return (*COLUMNS, *(further[:MOST_AT_FIRST] if wanted is None else [n for n in further if n in wanted]))


def _further_picker(entry: Entry) -> None:
    further = [name for name in numbers_of(entry) if name not in COLUMNS]
    if len(further) <= MOST_AT_FIRST:
        return
    st.multiselect(
        "Columns of the data",
        further,
        key=_FURTHER.showing([name for name in shown(entry) if name not in COLUMNS]),
        on_change=lambda: keep(replace(scratch(HistogramScratch), further=tuple(_FURTHER.value))),
    )


def payload(entry: Entry, view: View, acknowledged: int, brush: Brush | None) -> dict[str, Any]:
    """The JSON for the browser.

    Args:
        acknowledged: `n` of the last act that the page has heard of.
        brush: the range in force.
    """
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    return {
        "n_examples": entry.atlas.n_examples,
        "n_selected": selection.size(view.selection),
        "panels": [_panel(entry, column, view.selection, units) for column in shown(entry)],
        "note": scored.so_far(entry),
        "brush": asdict(brush) if brush else None,
        "acknowledged": acknowledged,
    }


@of_entry(maxsize=64)
def bins_of(entry: Entry, column: str) -> ColumnBins:
    """The bins of a column and how many examples of the whole atlas are in each."""
    edges = np.linspace(*query.limits(entry.atlas, column), N_BINS + 1)
    values = np.asarray(entry.atlas.columns([column])[column], np.float64)
    reached = np.concatenate([values[np.isfinite(values)], edges])
    return ColumnBins(
        edges, float(reached.min()), float(reached.max()), query.histogram(entry.atlas, column, edges)
    )


@of_entry(maxsize=256)
def counted(entry: Entry, column: str, chosen: Selection) -> np.ndarray:
    """How many examples of a selection are in each bin (N_BINS,)."""
    scale = bins_of(entry, column)
    if chosen == NOTHING:
        return np.zeros(N_BINS, np.int64)
    return query.histogram(entry.atlas, column, scale.edges, rows=selection.rows(chosen)).counts


def parse(raw: object) -> Act | None:
    """What the browser says was done, or None where it is not well formed."""
    n = count_of(raw)
    if not isinstance(raw, Mapping) or n == 0:
        return None
    if raw.get("kind") == "clear":
        return Clear(n)
    return _brush(n, raw) if raw.get("kind") == "brush" else None


COMPONENT = Bridge(
    "latent_histograms",
    "act",
    parse,
    js=stub("ui/linked/histograms/mount.js"),
    css=style("ui/browser", "ui/linked/panel.css", "ui/linked/histograms"),
)


def after(view: View, act: Act, entry: Entry) -> View:
    """The view once an act is done."""
    if isinstance(act, Clear):
        return with_selection(view, NOTHING)
    if act.column not in entry.atlas.column_names or not entry.atlas.is_number(act.column):
        return view
    found = selection.of_rows(query.within(entry.atlas, act.column, act.low, act.high))
    return with_selection(view, selection.combined(view.selection, found, act.how))


def _brush(n: int, raw: Mapping[str, Any]) -> Brush | None:
    column, low, high, how = (raw.get(name) for name in ("column", "low", "high", "how"))
    # Whether the model has such a column is asked where the model is known (`acted`).
    if not isinstance(column, str) or how not in get_args(How):
        return None
    if column not in COLUMNS and safe_name(column, ()) != column:
        return None
    if not _is_finite(low) or not _is_finite(high) or low > high:
        return None
    return Brush(n, column, float(low), float(high), cast(How, how))


def _panel(entry: Entry, column: str, chosen: Selection, units: Units) -> dict[str, Any]:
    scale = bins_of(entry, column)
    n_to_come = scored.of(entry, column).n_without
    in_nats = column.endswith("_nats") and column in COLUMNS
    unit, digits = (units.name, 4 if units.in_bits else 2) if in_nats else _BARE.get(column, ("", 2))
    return {
        "column": column,
        "name": numbers_of(entry)[column],
        "unit": unit,
        "scale": units.convert(1.0) if in_nats else 1.0,
        "digits": digits,
        "edges": scale.edges.tolist(),
        "lowest": scale.lowest,
        "highest": scale.highest,
        "counts": scale.all.counts.tolist(),
        "selected": counted(entry, column, chosen).tolist(),
        "n_missing": scale.all.n_missing - n_to_come,
        "n_to_come": n_to_come,
    }


def acted(entry: Entry, act: Act) -> None:
    """Does an act."""
    view = session.view()
    # The view may have turned to another model since the histograms were drawn.
    if view.model != entry.name or (isinstance(act, Brush) and act.column not in numbers_of(entry)):
        return
    changed = after(view, act, entry)
    if isinstance(act, Brush):
        brushed = _Brushed(entry.origin.digest, changed.selection, act)
        keep(replace(scratch(HistogramScratch), brushed=brushed))
    else:
        keep(replace(scratch(HistogramScratch), brushed=None))
    session.change(changed)


def in_force(entry: Entry, view: View) -> Brush | None:
    """The last brush, for as long as the selection is the one that it led to."""
    kept = scratch(HistogramScratch).brushed
    # More numbers do not take it back: it says what was brushed, and the selection is what it led to.
    if kept is None or (kept.origin, kept.selection) != (entry.origin.digest, view.selection):
        return None
    return kept.brush


def _is_finite(value: object) -> TypeGuard[float]:
    # An int beyond all floats is finite and no float.
    return is_number(value) and abs(value) <= 1e300 and math.isfinite(value)
