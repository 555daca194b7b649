"""ELBO against log p(x), a point an example: the tools and the selection are the map's; the diagonal is no gap."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui.example import scored
from explorer.ui.map import Gesture, MapSpec, latent_map, scene
from explorer.ui.state import session, workspace
from explorer.ui.state.gesture import fits
from explorer.ui.state.place import place_on
from explorer.ui.state.view import Place, View, inspecting, with_selection
from explorer.workspace import Entry

HEIGHT = 480
_SPEC = MapSpec(
    id="log_px_nats:elbo_nats",
    x="log_px_nats",
    y="elbo_nats",
    label="ELBO × log p(x)",
    exact=True,
    axis_labels=("log p(x), importance-sampled, nats", "ELBO, nats"),
)


def section(entry: Entry, view: View) -> None:
    """The chart, where it is called."""
    so_far = scored.so_far(entry)
    to_come = f" {so_far}: the others have no place yet." if so_far else ""
    st.html(
        "<p class='lx-caption' data-testid='scatter-caption'>Below the dotted line by the gap. Lasso and box select "
        f"here as on the map.{to_come}</p>"
    )
    # More numbers are more places here.
    props = replace(scene.examples(entry, view, _SPEC), examples=entry.atlas.digest)
    latent_map(
        replace(props, has_handles=False, diagonal=True, height=HEIGHT), key="scatter", on_gesture=_gestured
    )


def _gestured(gesture: Gesture) -> None:
    view = session.view()
    entry = workspace.entry_of(view)
    if fits(gesture, entry):
        session.change(after_chart_gesture(view, gesture, place_on(entry, view.map_id)))


def after_chart_gesture(view: View, gesture: Gesture, place: Place) -> View:
    """What a gesture on a chart changes: what is inspected, what is selected, which labels are on."""
    if gesture.kind == "select" and gesture.selected is not None:
        return inspecting(view, gesture.selected, place)
    if gesture.kind == "choose":
        return with_selection(view, gesture.selection)
    return replace(view, labels=gesture.labels) if gesture.kind == "labels" else view
