"""Select by a column that came along with the data: texts by their values, numbers by a range."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.atlas import query
from explorer.ui.example.kept import of_codes
from explorer.ui.example.label_names import short
from explorer.ui.state import selection
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import Selection
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

# A list of more is slow to send and to read: the search finds the others.
MAX_VALUES = 200
_COLUMN = Widget[str | None]("choose_column")

Apply = Callable[[Selection], None]


@dataclass(frozen=True)
class ColumnScratch:
    """Which column is open."""

    column: str | None = None


def part(entry: Entry, apply: Apply) -> None:
    """A list of the columns, and below it how to select by the one that is chosen; nothing where there is none.

    Args:
        entry: the model.
        apply: does with what is found what the person wants of it.
    """
    names = entry.atlas.metadata
    if not names:
        return
    column = scratch(ColumnScratch).column
    column = column if column in names else None
    st.selectbox(
        "By column",
        names,
        key=_COLUMN.given(column),
        index=None,
        placeholder="Choose a column of the data",
        on_change=_picked,
    )
    if column is None:
        return
    choose = _by_range if entry.atlas.is_number(column) else _by_value
    choose(entry, column, apply)


def _picked() -> None:
    keep(replace(scratch(ColumnScratch), column=_COLUMN.value))


def _by_value(entry: Entry, column: str, apply: Apply) -> None:
    counts = values_of(entry, column)
    values = list(counts)[:MAX_VALUES]
    key = Widget[list[str]](f"choose_values_{column}")
    picked = st.multiselect(
        f"Values of {column}",
        values,
        key=key.key,
        format_func=lambda value: f"{short(value) or 'no value'} · {counts[value]:,}",
        placeholder="Choose values",
    )
    if len(counts) > MAX_VALUES:
        st.caption(
            f"The {MAX_VALUES} most frequent of {len(counts):,} values are listed; search finds the others."
        )
    n = sum(counts[value] for value in picked)
    st.button(
        f"Select {n:,} with these values" if picked else "Select by values",
        key="choose_by_values",
        disabled=not picked,
        on_click=lambda: apply(_with_values(entry, column, picked)),
    )


def _with_values(entry: Entry, column: str, picked: list[str]) -> Selection:
    wanted = set(picked)
    texts = entry.atlas.columns([column])[column].tolist()
    return selection.of_mask(np.array([text in wanted for text in texts]))


@of_codes(maxsize=8)
def values_of(entry: Entry, column: str) -> dict[str, int]:
    """The values of a column of texts and how many examples have each, the most frequent first."""
    return dict(Counter(entry.atlas.columns([column])[column].tolist()).most_common())


def _by_range(entry: Entry, column: str, apply: Apply) -> None:
    low, high = ends(entry, column)
    if math.isnan(low):
        st.caption(f"No example has a number in {column}.")
        return
    left, right = st.columns(2)
    fields = (
        place.number_input(f"{word} {column}", value=value, format="%g", key=f"choose_{word}_{column}")
        for place, word, value in ((left, "from", low), (right, "to", high))
    )
    first, last = (float(value) for value in fields)
    st.button(
        f"Select {column} in this range",
        key="choose_by_range",
        disabled=not first <= last,
        on_click=lambda: apply(selection.of_rows(query.within(entry.atlas, column, first, last))),
    )


@of_codes(maxsize=64)
def ends(entry: Entry, column: str) -> tuple[float, float]:
    """The least and the greatest number of a column; NaN where there is none."""
    values = np.asarray(entry.atlas.columns([column])[column], np.float64)
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (math.nan, math.nan)
