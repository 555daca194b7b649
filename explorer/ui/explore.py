"""Explore: the map, the inspector beside it, the path and the linked views below."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui import badge, controls, drawn, path, session, shell
from explorer.ui.gestured import gestured
from explorer.ui.inspector import inspector
from explorer.ui.map import MapProps, latent_map
from explorer.ui.shelf import shelf
from explorer.ui.view import View
from explorer.workspace import Entry

MAP_HEIGHT = 640


def page() -> None:
    opened = shell.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        controls.model_picker(view.model)
        badge.badge(entry)
        controls.map_picker(view, entry)
        controls.colour_picker(view)
        controls.label_filter(view, entry)
        controls.layer_picker(view)
        controls.unit_switch(view)
    session.mirror()
    _body()


@st.fragment
def _body() -> None:
    """All that a gesture on the map changes."""
    session.redraw_all_if_needed()
    shell.guarded(_map_and_inspector)


def _map_and_inspector() -> None:
    view = st.session_state.view
    entry = shell.entry_of(view)
    with st.container(key="explore"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns([17, 10], gap="medium")
    with left:
        latent_map(_props(view, entry), key="map", on_gesture=gestured)
        path.strip(entry, view)
    with right:
        inspector(entry, view)
    with left:  # last, as the inspector's numbers are what a hand waits for
        shelf(entry, view)


def _props(view: View, entry: Entry) -> MapProps:
    return replace(
        drawn.examples(entry, view, drawn.map_spec(entry, view)),
        layers=view.layers,
        contours=drawn.contours(entry, view),
        ellipses=drawn.ellipses(entry, view),
        handles=view.handles,
        path=path.course(entry, view),
        hint=True,
        height=MAP_HEIGHT,
    )
