"""The shelf below the map: the linked views, one open at a time, all of one selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module

import streamlit as st

from explorer.ui import session
from explorer.ui.view import SHELVES, View
from explorer.workspace import Entry

# The module of each view's `section`; imported when it is opened, so that the map need not wait for it.
_MODULES: Mapping[str, str] = {
    "gallery": "gallery",
    "histograms": "histograms",
    "scatter": "scatter",
    "table": "examples_table",
    "neighbours": "neighbours",
    "directions": "directions",
}
assert _MODULES.keys() == SHELVES.keys()


def shelf(entry: Entry, view: View) -> None:
    """What is selected, ways to select, and the linked view that is open."""
    from explorer.ui import choose, export

    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    st.session_state.shelf = view.shelf
    row.segmented_control(
        "Linked view",
        list(SHELVES),
        key="shelf",
        format_func=SHELVES.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=_shelf_picked,
    )
    with row:
        export.popover(entry, view)
    choose.controls(entry, view)
    with st.container(key="shelf_view"):
        _section(view.shelf)(entry, view)


def _section(name: str) -> Callable[[Entry, View], None]:
    return import_module(f"explorer.ui.{_MODULES[name]}").section


def _shelf_picked() -> None:
    session.change(replace(st.session_state.view, shelf=st.session_state.shelf))
