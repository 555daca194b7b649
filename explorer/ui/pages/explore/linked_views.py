"""Below the map: the linked views, one open at a time, all of one selection."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui.inspector.python_text import python_text as samples_text
from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.path.python_text import python_text as path_text
from explorer.ui.state import session
from explorer.ui.state.view import View
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

# What the parts of the page offer to take home.
PYTHON_TEXTS = (path_text, samples_text)
_LINKED_VIEW = Widget[str]("linked_view")


def linked_views(entry: Entry, view: View) -> None:
    """What is selected, ways to select, and the linked view that is open."""
    from explorer.ui.export import popover
    from explorer.ui.selecting import select_by

    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.segmented_control(
        "Linked view",
        list(LINKED_VIEWS),
        key=_LINKED_VIEW.showing(view.linked_view),
        format_func=lambda name: LINKED_VIEWS[name].title,
        required=True,
        label_visibility="collapsed",
        on_change=_picked,
    )
    with row:
        popover.popover(entry, view, PYTHON_TEXTS)
    select_by.controls(entry, view)
    with st.container(key="linked_view_section"):
        LINKED_VIEWS[view.linked_view].section(entry, view)


def _picked() -> None:
    session.change(replace(session.view(), linked_view=_LINKED_VIEW.value))
