"""Explore: the map, the inspector beside it, the path and the linked views below."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui.frame import calibration_badge, frame, sidebar
from explorer.ui.inspector.inspector import inspector
from explorer.ui.map import MapProps, latent_map, scene
from explorer.ui.map.on_gesture import gestured
from explorer.ui.pages.explore.linked_views import linked_views
from explorer.ui.path import strip
from explorer.ui.state import session
from explorer.ui.state.view import View
from explorer.workspace import Entry

MAP_HEIGHT = 640


def page() -> None:
    opened = frame.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        sidebar.model_picker(view.model)
        calibration_badge.badge(entry)
        sidebar.map_picker(view, entry)
        sidebar.colour_picker(view)
        sidebar.label_filter(view, entry)
        sidebar.layer_picker(view)
        sidebar.unit_switch(view)
    session.mirror()
    _body()


@st.fragment
def _body() -> None:
    """All that a gesture on the map changes."""
    session.redraw_all_if_needed()
    frame.guarded(_map_and_inspector)


def _map_and_inspector() -> None:
    view = st.session_state.view
    entry = frame.entry_of(view)
    with st.container(key="explore"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns([17, 10], gap="medium")
    with left:
        latent_map(_props(view, entry), key="map", on_gesture=gestured)
        strip.strip(entry, view)
    with right:
        inspector(entry, view)
    with left:  # last, as the inspector's numbers are what a hand waits for
        linked_views(entry, view)


def _props(view: View, entry: Entry) -> MapProps:
    return replace(
        scene.examples(entry, view, scene.map_spec(entry, view)),
        layers=view.layers,
        contours=scene.contours(entry, view),
        ellipses=scene.ellipses(entry, view),
        handles=view.handles,
        path=strip.course(entry, view),
        hint=True,
        height=MAP_HEIGHT,
    )
