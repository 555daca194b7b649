"""Files of the open model that another program replaced: said above the page, with a button that loads them."""

from __future__ import annotations

import streamlit as st

from explorer.ui.state import session, workspace
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry


def notice(entry: Entry) -> None:
    """One line where there is something to say, and an empty place else."""
    # The place is always there: were it gone at the next run, all below would move up and the map be mounted anew.
    place = st.empty()
    if not (replaced := entry.replaced()):
        return
    row = place.container(key="replaced", horizontal=True, vertical_alignment="center")
    row.markdown(f":material/sync_problem: {plain(_sentence(entry.name, replaced))}", width="content")
    row.button("Load them", key="load_again", on_click=_load_again, args=(entry.name,))


def _sentence(name: str, replaced: tuple[str, ...]) -> str:
    what = ", ".join(replaced)
    return f"Files of {name} were replaced or removed since they were read ({what}). What you see is what was read."


def _load_again(name: str) -> None:
    try:
        workspace.current().load_again(name)
    except (ValueError, OSError) as error:
        session.add_problems(f"Nothing was loaded: {error}")
