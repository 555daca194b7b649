"""How a tab comes to its view: by the link with which it was opened, or by turning to another model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from explorer.ui.state import session, workspace
from explorer.ui.state.address import LinkTargets, from_query, to_query
from explorer.ui.state.handle_codes import handles_on
from explorer.ui.state.place import place_on
from explorer.ui.state.view import View, colours, inspecting, on_map
from explorer.workspace import Entry


def model_name() -> str | None:
    """The model that is looked at, whether it can be opened or not; None where there is none at all."""
    if session.is_open():
        return session.view().model
    asked, names = st.query_params.get("model"), workspace.current().names()
    if asked is not None and asked not in names:
        session.add_problems(f"There is no model {asked!r} here; showing {workspace.first_name()}.")
    return asked if asked in names else workspace.first_name()


def open_view(name: str) -> View:
    """The view; on the first run of a session it is what the URL names, on that model.

    Where the model's files were loaded again it is what a link to the view names, on those; where its atlas has more
    numbers than before, the view stays.
    """
    entry = workspace.current().grow(name)
    if not session.is_open():
        view, wrong = _view_of_link(entry, st.query_params.to_dict())
        session.begin(view)
        session.add_problems(*wrong)
    elif workspace.has_grown(session.view()):
        _follow(workspace.entry_of(session.view()), entry)
    elif not workspace.is_up_to_date(session.view()):
        view, wrong = _view_of_link(entry, to_query(session.view()))
        session.begin_anew(replace(view, revision=session.view().revision + 1))
        session.add_problems(*wrong)
    workspace.show(entry)
    return session.view()


def _follow(before: Entry, entry: Entry) -> None:
    """Turns from the map that was the first to the one that is it now, as long as nobody has chosen another."""
    view = session.view()
    if before.first_map != entry.first_map and view.map_id == before.first_map:
        session.begin(on_map(view, entry.first_map, handles_on(entry, view, entry.first_map)))


def _view_of_link(entry: Entry, query: Mapping[str, str]) -> tuple[View, list[str]]:
    default = default_view(entry)
    view, wrong = from_query(query, default, _targets(entry))
    if view.handles is default.handles and view.selected is not None:  # the link has no pins that can be used
        view = inspecting(view, view.selected, place_on(entry, view.map_id))
    return view, wrong


def _targets(entry: Entry) -> LinkTargets:
    atlas = entry.atlas
    sizes = (len(atlas.label_names), atlas.n_examples, atlas.latent_dim)
    return LinkTargets(atlas.has, lambda map_id: has_map(entry, map_id), *sizes, colours(atlas))


def has_map(entry: Entry, map_id: str) -> bool:
    """Whether a map of this id can be shown."""
    try:
        entry.coordinates(map_id)
    except ValueError:
        return False
    return True


def default_view(entry: Entry) -> View:
    """The first look at a model: its first example selected, with one handle at its home."""
    map_id = entry.first_map
    first = int(entry.dataset.example_ids[0])
    return inspecting(View(entry.name, map_id), first, place_on(entry, map_id))


def show_model(name: str) -> None:
    """Turns to another model, keeping what means the same there."""
    old = session.view() if session.is_open() else None
    session.close()
    st.query_params.from_dict({"model": name})
    if old is None or not workspace.current().has_atlas(name):
        return
    entry = workspace.current().open(name)
    workspace.show(entry)
    fresh = default_view(entry)
    colour = old.colour if old.colour in colours(entry.atlas) else fresh.colour
    session.change(replace(fresh, colour=colour, in_bits=old.in_bits, revision=old.revision + 1))
