"""Explore: the map, the inspector beside it, the path and the linked views below."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui.frame import frame, sidebar
from explorer.ui.frame.part import part
from explorer.ui.inspector.inspector import inspector
from explorer.ui.map import MapProps, latent_map, scene
from explorer.ui.pages.explore.linked_views import linked_views
from explorer.ui.path import strip
from explorer.ui.path.course import course
from explorer.ui.path.on_gesture import change_view
from explorer.ui.state.view import View
from explorer.workspace import Entry

MAP_HEIGHT = 640


def page() -> None:
    controls = (
        sidebar.map_picker,
        sidebar.colour_picker,
        sidebar.label_filter,
        sidebar.layer_picker,
        sidebar.unit_switch,
    )
    if frame.open_page(*controls) is not None:
        part(_map_and_inspector, around=sidebar.sidebar_of)


def _map_and_inspector(view: View, entry: Entry) -> None:
    """All that a gesture on the map changes."""
    with st.container(key="explore"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns([17, 10], gap="medium")
    with left:
        latent_map(_props(view, entry), key="map", on_gesture=change_view)
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
        path=course(entry, view),
        hint=True,
        height=MAP_HEIGHT,
    )
