"""The view of this browser tab: kept in Streamlit's session, mirrored in the URL.

A widget's own value is lost when its page is left; the view is not. So a widget is given the view's value before it
is drawn, and its callback replaces the view.
"""

from __future__ import annotations

import streamlit as st

from explorer.ui.address import Known, from_query, to_query
from explorer.ui.opened import first_name, workspace
from explorer.ui.view import View, selecting
from explorer.workspace import Entry


def model_name() -> str | None:
    """The model that is looked at, whether it can be opened or not; None where there is none at all."""
    if "view" in st.session_state:
        return st.session_state.view.model
    asked, names = st.query_params.get("model"), workspace().names()
    if asked is not None and asked not in names:
        _tell([f"There is no model {asked!r} here; showing {first_name()}."])
    return asked if asked in names else first_name()


def current(name: str) -> View:
    """The view; on the first run of a session it is what the URL names, on that model."""
    if "view" not in st.session_state:
        st.session_state.view = _opening_view(workspace().open(name))
    return st.session_state.view


def change(view: View) -> None:
    """Replaces the view and writes it into the URL."""
    st.session_state.view = view
    mirror()


def mirror() -> None:
    """Makes the URL name the view that is shown."""
    query = to_query(st.session_state.view)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def show_model(name: str) -> None:
    """Turns to another model, keeping what means the same there."""
    old = st.session_state.pop("view", None)
    st.query_params.from_dict({"model": name})
    if old is None or not workspace().has_atlas(name):
        return
    fresh = default_view(workspace().open(name))
    colour, in_bits = old.colour, old.in_bits
    change(View(**{**vars(fresh), "colour": colour, "in_bits": in_bits, "revision": old.revision + 1}))


def default_view(entry: Entry) -> View:
    """The first look at a model: its first example selected, with one handle at its home."""
    map_id = entry.first_map
    first = int(entry.dataset.example_ids[0])
    return selecting(View(entry.name, map_id), first, place_on(entry, map_id))


def place_on(entry: Entry, map_id: str):  # type: ignore[no-untyped-def]  # Place
    """Where an example lies on a map."""

    def place(example_id: int) -> tuple[float, float]:
        x, y = entry.coordinates(map_id)[entry.atlas.row(example_id)]
        return float(x), float(y)

    return place


def has_map(entry: Entry, map_id: str) -> bool:
    """Whether a map of this id can be shown."""
    try:
        entry.coordinates(map_id)
    except ValueError:
        return False
    return True


def problems() -> list[str]:
    """What could not be used of the link that was opened; each is told once."""
    return st.session_state.pop("problems", [])


def _opening_view(entry: Entry) -> View:
    default = default_view(entry)
    known = Known(entry.atlas.has, lambda m: has_map(entry, m), len(entry.atlas.label_names))
    query = st.query_params.to_dict()
    view, wrong = from_query(query, default, known)
    if view.handles is default.handles and view.selected is not None:  # the link has no pins that can be used
        view = selecting(view, view.selected, place_on(entry, view.map_id))
    _tell(wrong)
    return view


def _tell(sentences: list[str]) -> None:
    st.session_state.problems = [*st.session_state.get("problems", []), *sentences]
