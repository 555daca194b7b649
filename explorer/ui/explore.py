"""Explore: the map, the inspector beside it, the path below."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.ui import path, session, shell
from explorer.ui.decoding import handle_codes
from explorer.ui.inspector import inspector
from explorer.ui.map import Categorical, Continuous, Gesture, MapProps, MapSpec, Thumbnails, latent_map
from explorer.ui.numbers import Units, latent_name
from explorer.ui.palette import SEQUENTIAL, label_colours, robust_limits
from explorer.ui.view import COLOURS, View, after_gesture, on_map
from explorer.workspace import Entry

MAP_HEIGHT = 640
_NAMES = {"umap": "UMAP", "pca": "PCA"}
_IN_NATS = ("elbo_nats", "log_px_nats", "gap_nats", "kl_nats")


def page() -> None:
    opened = shell.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        _controls(view, entry)
    session.mirror()
    _body()


@st.fragment
def _body() -> None:
    """Map, inspector, path: all that a gesture on the map changes."""
    view = st.session_state.view
    entry = shell.entry_of(view)
    with st.container(key="explore"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns([17, 10], gap="medium")
    with left:
        latent_map(_props(view, entry), key="map", on_gesture=_gestured)
        path.strip(entry, view)
    with right:
        inspector(entry, view)


def _gestured(gesture: Gesture) -> None:
    session.change(after_gesture(st.session_state.view, gesture))


def _controls(view: View, entry: Entry) -> None:
    shell.model_picker(view.model)
    choices = [*entry.atlas.maps, "axes"]
    st.session_state.map_kind = "axes" if view.map_id.startswith("axes:") else view.map_id
    st.segmented_control(
        "Map",
        choices,
        key="map_kind",
        format_func=lambda m: _NAMES.get(m, "Latent axes"),
        required=True,
        on_change=_map_picked,
        args=(entry,),
    )
    if view.map_id.startswith("axes:"):
        _axis_pickers(view, entry)
    st.session_state.colour = view.colour
    st.selectbox(
        "Colour", list(COLOURS), key="colour", format_func=COLOURS.__getitem__, on_change=_colour_picked
    )
    shell.label_filter(view, entry)
    shell.unit_switch(view)


def _axis_pickers(view: View, entry: Entry) -> None:
    axes = view.map_id.removeprefix("axes:").split(",")
    names = [str(i) for i in range(entry.atlas.latent_dim)]
    for place, key, axis in zip(st.columns(2), ("axis_x", "axis_y"), axes, strict=True):
        st.session_state[key] = axis
        place.selectbox(
            f"{'across' if key == 'axis_x' else 'up'}",
            names,
            key=key,
            format_func=lambda i: latent_name(int(i)),
            on_change=_map_picked,
            args=(entry,),
        )


def _map_picked(entry: Entry) -> None:
    view, kind = st.session_state.view, st.session_state.map_kind
    map_id = kind if kind != "axes" else _chosen_axes(view, entry)
    if map_id == view.map_id:
        return
    codes = handle_codes(entry, view)
    places = dict(zip((h.id for h in view.handles), entry.chart(map_id).place(codes), strict=True))
    homes = {h.id: session.place_on(entry, view.map_id)(h.base) for h in view.handles if h.base is not None}

    def moved(handle):  # type: ignore[no-untyped-def]
        is_home = handle.base is not None and np.allclose(homes[handle.id], (handle.x, handle.y), atol=1e-5)
        if is_home:
            return session.place_on(entry, map_id)(handle.base)
        return tuple(float(v) for v in places[handle.id])

    session.change(on_map(view, map_id, moved))


def _chosen_axes(view: View, entry: Entry) -> str:
    """The two axes picked; the other one gives way when both name the same."""
    old = view.map_id.removeprefix("axes:").split(",") if view.map_id.startswith("axes:") else []
    if not old:
        kl = entry.atlas.means.var(axis=0)
        i, j = np.argsort(-kl)[:2].tolist()
        return f"axes:{min(i, j)},{max(i, j)}"
    new = [st.session_state.axis_x, st.session_state.axis_y]
    if new[0] == new[1]:
        new = [old[1], old[0]]
    return f"axes:{new[0]},{new[1]}"


def _colour_picked() -> None:
    session.change(replace(st.session_state.view, colour=st.session_state.colour))


def _props(view: View, entry: Entry) -> MapProps:
    names = entry.atlas.label_names
    return MapProps(
        model=entry.name,
        version=entry.atlas.digest,
        map=_map_spec(view, entry),
        n_examples=entry.atlas.n_examples,
        colour=_colour(view, entry),
        label_names=names,
        thumbnails=_thumbnails(entry),
        visible_labels=view.labels or None,
        selected=view.selected,
        handles=view.handles,
        path=path.course(entry, view),
        hint=True,
        revision=view.revision,
        height=MAP_HEIGHT,
    )


def _map_spec(view: View, entry: Entry) -> MapSpec:
    if view.map_id.startswith("axes:"):
        i, j = view.map_id.removeprefix("axes:").split(",")
        names = (latent_name(int(i)), latent_name(int(j)))
        titles = (f"{names[0]}, posterior mean", f"{names[1]}, posterior mean")
        return MapSpec(view.map_id, f"axis_{i}", f"axis_{j}", " × ".join(names), True, titles)
    titles_of_pca = ("first principal axis", "second principal axis") if view.map_id == "pca" else None
    exact = entry.chart(view.map_id).exact
    columns = (f"{view.map_id}_x", f"{view.map_id}_y")
    return MapSpec(view.map_id, *columns, _NAMES[view.map_id], exact, titles_of_pca)


def _colour(view: View, entry: Entry) -> Categorical | Continuous:
    names = entry.atlas.label_names
    if view.colour == "label":
        return Categorical("label", "Label", names, label_colours(len(names)))
    values = entry.atlas.columns([view.colour])[view.colour]
    low, high = robust_limits(np.asarray(values, np.float64))
    unit = Units(1, False).name if view.colour in _IN_NATS else ""
    label = f"{COLOURS[view.colour]}, {unit}" if unit else COLOURS[view.colour]
    return Continuous(view.colour, label, (low, high), SEQUENTIAL)


def _thumbnails(entry: Entry) -> Thumbnails | None:
    shape = entry.dataset.shape
    return Thumbnails(shape[1], shape[2]) if len(shape) == 3 else None
