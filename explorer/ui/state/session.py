"""The view of this browser tab: kept in Streamlit's session, mirrored in the URL.

A widget's own value is lost when its page is left; the view is not. So a widget is given the view's value before it
is drawn, and its callback replaces the view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from explorer.ui.state import history, selection, workspace
from explorer.ui.state.address import Known, from_query, to_query
from explorer.ui.state.gesture import Gesture
from explorer.ui.state.view import View, selecting
from explorer.workspace import Entry


def model_name() -> str | None:
    """The model that is looked at, whether it can be opened or not; None where there is none at all."""
    if "view" in st.session_state:
        return st.session_state.view.model
    asked, names = st.query_params.get("model"), workspace.current().names()
    if asked is not None and asked not in names:
        _tell([f"There is no model {asked!r} here; showing {workspace.first_name()}."])
    return asked if asked in names else workspace.first_name()


def current(name: str) -> View:
    """The view; on the first run of a session it is what the URL names, on that model."""
    if "view" not in st.session_state:
        st.session_state.view = _opening_view(workspace.current().open(name))
    return st.session_state.view


def change(view: View) -> None:
    """Replaces the view and writes it into the URL; the one before can be had back."""
    history.note(st.session_state.get("view"), view)
    st.session_state.view = view
    st.session_state.pop("problems", None)
    mirror()


def heard(view: View) -> None:
    """As `change`, from within the map's fragment: the sidebar is drawn anew where it shows something else now."""
    st.session_state.redraw_all = sidebar_of(st.session_state.view) != sidebar_of(view)
    change(view)


def fits(gesture: Gesture, view: View) -> bool:
    """Whether a gesture names only what this model has: a forged one, or one of another model, is let go."""
    atlas = entry(view).atlas
    ids = [gesture.selected, *(handle.base for handle in gesture.handles)]
    return (
        all(i is None or atlas.has(i) for i in ids)
        and all(len(handle.offset) in (0, atlas.latent_dim) for handle in gesture.handles)
        and selection.within(gesture.selection, atlas.n_examples)
        and all(label < len(atlas.label_names) for label in gesture.labels)
    )


def undo() -> None:
    """One step back."""
    _go(history.back)


def redo() -> None:
    """The step that was undone."""
    _go(history.forth)


def _go(step: Callable[[View], View]) -> None:
    before = st.session_state.view
    after = step(before)
    st.session_state.view = replace(after, revision=before.revision + 1)
    st.session_state.pop("problems", None)
    # What is picked in the sidebar may have changed with it, which a fragment does not draw.
    st.session_state.redraw_all = sidebar_of(before) != sidebar_of(after)
    mirror()


def sidebar_of(view: View) -> tuple[object, ...]:
    """What the widgets outside the map's fragment show of a view."""
    return view.model, view.map_id, view.colour, view.labels, view.in_bits, view.layers


def redraw_all_if_needed() -> None:
    """Draws the whole page where a step within a fragment changed what lies outside it."""
    if st.session_state.pop("redraw_all", False):
        st.rerun()


def mirror() -> None:
    """Makes the URL name the view that is shown."""
    query = to_query(st.session_state.view)
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def show_model(name: str) -> None:
    """Turns to another model, keeping what means the same there."""
    old = st.session_state.pop("view", None)
    st.query_params.from_dict({"model": name})
    if old is None or not workspace.current().has_atlas(name):
        return
    fresh = default_view(workspace.current().open(name))
    colour, in_bits = old.colour, old.in_bits
    change(View(**{**vars(fresh), "colour": colour, "in_bits": in_bits, "revision": old.revision + 1}))


def entry(view: View) -> Entry:
    """The model of a view."""
    return workspace.current().open(view.model)


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
    """What could not be used of the link that was opened, until a person changes what is shown."""
    return st.session_state.get("problems", [])


def _opening_view(entry: Entry) -> View:
    default = default_view(entry)
    atlas = entry.atlas
    sizes = (len(atlas.label_names), atlas.n_examples, atlas.latent_dim)
    known = Known(atlas.has, lambda m: has_map(entry, m), *sizes)
    query = st.query_params.to_dict()
    view, wrong = from_query(query, default, known)
    if view.handles is default.handles and view.selected is not None:  # the link has no pins that can be used
        view = selecting(view, view.selected, place_on(entry, view.map_id))
    _tell(wrong)
    return view


def _tell(sentences: list[str]) -> None:
    st.session_state.problems = [*st.session_state.get("problems", []), *sentences]


def inspect(entry: Entry, example_id: int) -> None:
    """Shows an example on the map and in the inspector."""
    view = st.session_state.view
    change(selecting(view, example_id, place_on(entry, view.map_id)))
