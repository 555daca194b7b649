"""What a tab remembers beside its view: one frozen record a feature, kept in Streamlit's session under its type.

    keep(replace(scratch(PathScratch), playing=way))

A feature's record has a default for every field and stands in one place of that feature. It outlives the widgets,
whose values Streamlit forgets when their page is left. Records live in modules that are imported: a class that a
script defines is another one at every run.
"""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

Record = TypeVar("Record")


def scratch(kind: type[Record]) -> Record:
    """This tab's record of a kind; one with its defaults where none was kept."""
    kept: Record | None = st.session_state.get(key(kind))
    return kind() if kept is None else kept


def keep(record: object) -> None:
    """Puts a record in the place of the one of its kind."""
    st.session_state[key(type(record))] = record


def key(kind: type[object]) -> str:
    """Where records of a kind are in Streamlit's session."""
    return f"{kind.__module__}.{kind.__qualname__}"
