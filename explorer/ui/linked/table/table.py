"""The linked table: a page of rows at a time, sorted by a control, whose ticks make the selection.

It is the map for those who do not see it: every example is on some page of it, and is reached with the keyboard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from explorer.atlas import query
from explorer.show.numbers import Units
from explorer.ui.example import scored
from explorer.ui.linked.table import columns, listing
from explorer.ui.linked.table.listing import PAGE_ROWS, Listing
from explorer.ui.linked.table.scratch import TableScratch, listing_of, turn, turn_beside_the_field, untick
from explorer.ui.state import selection, session
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import How
from explorer.ui.state.view import View, with_selection
from explorer.ui.widgets import row_files
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

HEIGHT = 460
_SORT, _DESCENDING = Widget[str]("table_sort"), Widget[bool]("table_descending")
_EVERYTHING = Widget[bool]("table_everything")
_FURTHER = Widget[list[str]]("table_further")

Inspect = Callable[[int], None]

_BUTTONS: Mapping[How, tuple[str, str]] = {
    "replace": ("Keep only these", ":material/filter_alt:"),
    "add": ("Add to selection", ":material/add:"),
    "remove": ("Remove from selection", ":material/remove:"),
}


def section(entry: Entry, view: View) -> None:
    """The linked table; a press on an image shows that example on the map."""
    table(entry, view, lambda example_id: session.inspect(entry, example_id))


def table(entry: Entry, view: View, on_inspect: Inspect) -> None:
    """Controls, the page of rows that is open, what can be done with those that are ticked, and files.

    The files are of the rows that are ticked, or of all rows of all pages where none is.

    Args:
        entry: the model.
        view: its selection, if there is one, is what is listed; its labels narrow it.
        on_inspect: called with the id of an example that is pressed on.
    """
    shown = listing.fitting(entry, listing_of(view))
    assert shown.row_filter is not None, "a current listing has its rows"
    n_rows = listing.count(entry, shown.row_filter)
    if not n_rows:
        st.info(
            "No example that is selected has one of these labels." if view.selection else "No such example."
        )
        _everything_switch(view, shown)
        return
    shown = replace(shown, page=min(shown.page, ceil(n_rows / PAGE_ROWS) - 1))
    rows = listing.page(entry, shown)
    with st.container(horizontal=True, vertical_alignment="bottom", key="table_controls"):
        _order(entry, shown)
        _everything_switch(view, shown)
        _pager(shown, n_rows)
    _further_picker(entry, shown)
    _rows(entry, view, shown, rows, on_inspect)
    place = st.container(horizontal=True, vertical_alignment="center")
    ticked = _ticked(rows[query.ROW].to_numpy())
    with place:
        _selection_buttons(ticked, n_rows)
    taken, stem = listing.only(shown, ticked), f"{entry.name}-ticked" if len(ticked) else entry.name
    row_files.buttons(place, stem, lambda: listing.whole(entry, taken))


def _order(entry: Entry, shown: Listing) -> None:
    choices = columns.sorts(entry)
    st.selectbox(
        "Sort by",
        list(choices),
        key=_SORT.showing(shown.order_by),
        format_func=choices.__getitem__,
        on_change=_order_picked,
        width=200,
        help="Sorts all the rows. A heading of the table sorts this page only.",
    )
    key = _DESCENDING.showing(shown.descending)
    st.toggle("largest first", key=key, on_change=_order_picked)


def _order_picked() -> None:
    turn_beside_the_field(session.view(), order_by=_SORT.value, descending=_DESCENDING.value, page=0)


def _further_picker(entry: Entry, shown: Listing) -> None:
    """Which of the columns that came along with the data are shown; nothing where all are, as there are few."""
    if len(entry.atlas.metadata) <= listing.MOST_AT_FIRST:
        return
    st.multiselect(
        "Columns of the data",
        entry.atlas.metadata,
        key=_FURTHER.showing(list(shown.further or ())),
        on_change=lambda: turn(session.view(), further=tuple(_FURTHER.value)),
    )


def _everything_switch(view: View, shown: Listing) -> None:
    if not view.selection:
        return
    st.toggle(
        "all examples",
        key=_EVERYTHING.showing(shown.everything),
        on_change=lambda: turn(session.view(), everything=_EVERYTHING.value),
        help="Lists what is not selected too.",
    )


def _pager(shown: Listing, n_rows: int) -> None:
    n_pages, first = ceil(n_rows / PAGE_ROWS), shown.page * PAGE_ROWS
    last = min(first + PAGE_ROWS, n_rows)
    text = f"rows {first + 1:,}–{last:,} of {n_rows:,}"
    st.html(f"<p class='lx-caption lx-chart-head' data-testid='table-rows'>{text}</p>")
    for step, word, icon in ((-1, "Previous", "chevron_left"), (1, "Next", "chevron_right")):
        st.button(
            word,
            key=f"table_{word.lower()}",
            icon=f":material/{icon}:",
            disabled=not 0 <= shown.page + step < n_pages,
            on_click=lambda page=shown.page + step: turn_beside_the_field(session.view(), page=page),
        )
    n = scratch(TableScratch).n_fields
    key = _field(n).given(shown.page + 1)
    st.number_input(
        f"Page, of {n_pages:,}", 1, n_pages, key=key, on_change=_page_written, args=(n,), width=140
    )


def _field(n: int) -> Widget[int]:
    return Widget(f"table_page_{n}")


def _page_written(n: int) -> None:
    # Streamlit calls the callback of a field that is gone when the browser still sends its value.
    if n == scratch(TableScratch).n_fields:
        turn(session.view(), page=_field(n).value - 1)


def newest() -> Widget[Any]:
    """The table that is shown, whose value is what is ticked and which cell is pressed on."""
    return Widget(f"examples_table_{scratch(TableScratch).n_tables}")


def _rows(entry: Entry, view: View, shown: Listing, rows: pa.Table, on_inspect: Inspect) -> None:
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    so_far = _so_far(entry, shown)
    is_selected = None
    if view.selection and shown.everything:
        is_selected = selection.mask(view.selection, entry.atlas.n_examples)[rows[query.ROW].to_numpy()]
    if scratch(TableScratch).ticked != shown:  # the rows changed by another way than this table's controls
        untick()
        keep(replace(scratch(TableScratch), ticked=shown))
    st.dataframe(
        columns.frame(entry, rows, units, shown.page * PAGE_ROWS, is_selected),
        key=newest().key,
        on_select=_pressed(rows["example_id"].to_pylist(), on_inspect),
        selection_mode=["multi-row", "single-cell"],
        hide_index=True,
        height=HEIGHT,
        placeholder="none yet" if so_far else "not known",
        column_config=columns.column_config(units),
        alt="Table of examples, a page of them",
    )
    where = "an example's image or number" if columns.has_images(entry) else "an example's number"
    st.caption(
        f"Click {where} to see it on the map; tick rows to select them. A heading sorts this page only, "
        f"“Sort by” sorts all rows.{f' {so_far}, the others come last.' if so_far else ''}"
    )


def _so_far(entry: Entry, shown: Listing) -> str:
    """How many of the rows of all pages are scored; "" where all are."""
    assert shown.row_filter is not None, "a current listing has its rows"
    return scored.so_far(entry, rows=listing.rows_of(entry, shown.row_filter))


def _pressed(ids: Sequence[int], on_inspect: Inspect) -> Callable[[], None]:
    def pressed() -> None:
        cells = [tuple(cell) for cell in newest().value["selection"]["cells"]]
        now = cells[0] if cells else None
        # A tick elsewhere tells of the cell again that was pressed before.
        before = scratch(TableScratch).pressed
        keep(replace(scratch(TableScratch), pressed=now))
        if now and now != before and now[1] in columns.INSPECTED and now[0] < len(ids):
            on_inspect(ids[now[0]])

    return pressed


def _ticked(rows: np.ndarray) -> np.ndarray:
    """Which of a page's rows of the atlas are ticked."""
    found: np.ndarray = rows[[i for i in newest().value["selection"]["rows"] if i < len(rows)]]
    return found


def _selection_buttons(ticked: np.ndarray, n_rows: int) -> None:
    for how, (words, icon) in _BUTTONS.items():
        st.button(
            words,
            key=f"table_{how}",
            icon=icon,
            disabled=not len(ticked),
            on_click=_choose,
            args=(ticked, how),
        )
    of = "these" if len(ticked) else f"all {n_rows:,} rows" if n_rows > 1 else "the one row"
    st.html(f"<p class='lx-caption' data-testid='n-ticked'>{len(ticked):,} ticked; the files are of {of}</p>")


def _choose(rows: np.ndarray, how: How) -> None:
    view = session.view()
    chosen = selection.combined(view.selection, selection.of_rows(rows), how)
    session.change(with_selection(view, chosen))
    untick()
