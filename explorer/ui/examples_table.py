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
from explorer.ui import gap_table, listing, selection, session, table_files
from explorer.ui.listing import PAGE_ROWS, Listing
from explorer.ui.numbers import Units
from explorer.ui.selection import How
from explorer.ui.view import View, choosing, selecting
from explorer.workspace import Entry

HEIGHT = 460

Inspect = Callable[[int], None]

_BUTTONS: Mapping[How, tuple[str, str]] = {
    "replace": ("Keep only these", ":material/filter_alt:"),
    "add": ("Add to selection", ":material/add:"),
    "remove": ("Remove from selection", ":material/remove:"),
}


def section(entry: Entry, view: View) -> None:
    """The table on the shelf; a press on an image shows that example on the map."""
    table(entry, view, lambda example_id: inspect(entry, example_id))


def inspect(entry: Entry, example_id: int) -> None:
    """Shows an example on the map and in the inspector."""
    view = st.session_state.view
    session.change(selecting(view, example_id, session.place_on(entry, view.map_id)))


def table(entry: Entry, view: View, on_inspect: Inspect) -> None:
    """Controls, the page of rows that is open, what can be done with those that are ticked, and files of all rows.

    Args:
        entry: the model.
        view: its selection, if there is one, is what is listed; its labels narrow it.
        on_inspect: called with the id of an example that is pressed on.
    """
    shown = listing.current(view)
    assert shown.subject is not None, "a current listing has its rows"
    n_rows = listing.count(entry, shown.subject)
    if not n_rows:
        st.info(
            "No example that is selected has one of these labels." if view.selection else "No such example."
        )
        _everything_switch(view, shown)
        return
    shown = replace(shown, page=min(shown.page, ceil(n_rows / PAGE_ROWS) - 1))
    rows = listing.page(entry, shown)
    with st.container(horizontal=True, vertical_alignment="bottom", key="table_controls"):
        _order(shown)
        _everything_switch(view, shown)
        _pager(shown, n_rows)
    _rows(entry, view, shown, rows, on_inspect)
    place = st.container(horizontal=True, vertical_alignment="center")
    with place:
        _selection_buttons(rows[query.ROW].to_numpy())
    table_files.buttons(place, entry.name, lambda: listing.whole(entry, shown))


def _order(shown: Listing) -> None:
    st.session_state.table_sort, st.session_state.table_descending = shown.order_by, shown.descending
    st.selectbox(
        "Sort by",
        list(gap_table.SORTS),
        key="table_sort",
        format_func=gap_table.SORTS.__getitem__,
        on_change=_order_picked,
        width=200,
        help="Sorts all the rows. A heading of the table sorts this page only.",
    )
    st.toggle("largest first", key="table_descending", on_change=_order_picked)


def _order_picked() -> None:
    order_by, descending = st.session_state.table_sort, st.session_state.table_descending
    _turn_beside_the_field(order_by=order_by, descending=descending, page=0)


def _everything_switch(view: View, shown: Listing) -> None:
    if not view.selection:
        return
    st.session_state.table_everything = shown.everything
    st.toggle(
        "all examples",
        key="table_everything",
        on_change=lambda: _turn(everything=st.session_state.table_everything),
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
            on_click=_turn_beside_the_field,
            kwargs={"page": shown.page + step},
        )
    n = st.session_state.setdefault("n_fields", 0)
    st.session_state[_field(n)] = shown.page + 1
    st.number_input(
        f"Page, of {n_pages:,}", 1, n_pages, key=_field(n), on_change=_page_written, args=(n,), width=140
    )


def _field(n: int) -> str:
    return f"table_page_{n}"


def _page_written(n: int) -> None:
    if n == st.session_state.n_fields:
        _turn(page=st.session_state[_field(n)] - 1)


def _turn(**changes: Any) -> None:
    """Lists other rows: what was ticked is no longer in sight."""
    listing.change(replace(listing.current(st.session_state.view), **changes))
    _untick()


def _turn_beside_the_field(**changes: Any) -> None:
    """Lists other rows by another control than the field for the page.

    The field becomes another one, the n-th: with a press that comes soon after, the browser still says what the old one
    held, which would be taken for a wish.
    """
    st.session_state.n_fields += 1
    _turn(**changes)


def _untick() -> None:
    # Another table rather than the same one with no ticks: that one takes ticks, but no presses on cells any more.
    st.session_state.n_tables = st.session_state.get("n_tables", 0) + 1
    st.session_state.pop("pressed_cell", None)


def key() -> str:
    """The table that is shown: its ticks and its pressed cell are in the session under this key."""
    return f"examples_table_{st.session_state.n_tables}"


def _rows(entry: Entry, view: View, shown: Listing, rows: pa.Table, on_inspect: Inspect) -> None:
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    is_selected = None
    if view.selection and shown.everything:
        is_selected = selection.mask(view.selection, entry.atlas.n_examples)[rows[query.ROW].to_numpy()]
    if (
        st.session_state.get("ticked_of") != shown
    ):  # the rows changed by another way than this table's controls
        _untick()
        st.session_state.ticked_of = shown
    st.dataframe(
        gap_table.frame(entry, rows, units, shown.page * PAGE_ROWS, is_selected),
        key=key(),
        on_select=_pressed(rows["example_id"].to_pylist(), on_inspect),
        selection_mode=["multi-row", "single-cell"],
        hide_index=True,
        height=HEIGHT,
        column_config=gap_table.column_config(units),
        alt="Table of examples, a page of them",
    )
    where = "an example's image or number" if gap_table.has_images(entry) else "an example's number"
    st.caption(
        f"Click {where} to see it on the map; tick rows to select them. A heading sorts this page only, "
        "“Sort by” sorts all rows."
    )


def _pressed(ids: Sequence[int], on_inspect: Inspect) -> Callable[[], None]:
    def pressed() -> None:
        cells = [tuple(cell) for cell in st.session_state[key()]["selection"]["cells"]]
        now = cells[0] if cells else None
        # A tick elsewhere tells of the cell again that was pressed before.
        before, st.session_state.pressed_cell = st.session_state.get("pressed_cell"), now
        if now and now != before and now[1] in gap_table.INSPECTED and now[0] < len(ids):
            on_inspect(ids[now[0]])

    return pressed


def _selection_buttons(rows: np.ndarray) -> None:
    ticked = [i for i in st.session_state[key()]["selection"]["rows"] if i < len(rows)]
    for how, (words, icon) in _BUTTONS.items():
        st.button(
            words,
            key=f"table_{how}",
            icon=icon,
            disabled=not ticked,
            on_click=_choose,
            args=(rows[ticked], how),
        )
    st.html(f"<p class='lx-caption' data-testid='n-ticked'>{len(ticked):,} ticked</p>")


def _choose(rows: np.ndarray, how: How) -> None:
    view = st.session_state.view
    chosen = selection.combined(view.selection, selection.of_rows(rows), how)
    session.change(choosing(view, chosen))
    _untick()
