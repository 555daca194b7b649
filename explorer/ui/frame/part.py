"""A part of a page that is drawn anew by itself, for as long as what lies around it would stay the same."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.ui.frame.faults import guarded
from explorer.ui.state import session, workspace
from explorer.ui.state.view import View
from explorer.workspace import Entry

Draw = Callable[[View, Entry], None]


def part(draw: Draw, around: Callable[[View], object]) -> None:
    """Draws it.

    Args:
        draw: draws the part.
        around: what the rest of the page shows of a view; the whole page is drawn anew once that is something else, or
            the model's files were loaded again.
    """
    _part(draw, around, around(session.view()))


@st.fragment
def _part(draw: Draw, around: Callable[[View], object], drawn: object) -> None:
    # The arguments are those of the page's last whole run.
    if around(session.view()) != drawn or not workspace.is_up_to_date(session.view()):
        st.rerun()
    guarded(lambda: draw(session.view(), workspace.entry_of(session.view())))
