"""Explore: the map, the inspector beside it, the path below."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.ui import badge, controls, path, session, shell, trust
from explorer.ui.inspector import inspector
from explorer.ui.map import Categorical, Continuous, Gesture, MapProps, MapSpec, Thumbnails, latent_map
from explorer.ui.map.props import ROBUST_LIMITS
from explorer.ui.numbers import Units, latent_name
from explorer.ui.palette import SEQUENTIAL, label_colours, robust_limits
from explorer.ui.view import COLOURS, View, after_gesture
from explorer.workspace import Entry

MAP_HEIGHT = 640
_TRUSTED_OR_NOT = ("log_px_nats", "gap_nats", "ess", "pareto_k")
_IN_NATS = ("elbo_nats", "log_px_nats", "gap_nats", "kl_nats")


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
        controls.unit_switch(view)
    session.mirror()
    _body()


@st.fragment
def _body() -> None:
    """All that a gesture on the map changes."""
    shell.guarded(_map_and_inspector)


def _map_and_inspector() -> None:
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
    return MapSpec(view.map_id, *columns, controls.MAP_NAMES[view.map_id], exact, titles_of_pca)


def _colour(view: View, entry: Entry) -> Categorical | Continuous:
    names = entry.atlas.label_names
    if view.colour == "label":
        return Categorical("label", "Label", names, label_colours(len(names)))
    values = entry.atlas.columns([view.colour])[view.colour]
    low, high = robust_limits(np.asarray(values, np.float64))
    unit = Units(1, False).name if view.colour in _IN_NATS else ""
    label = f"{COLOURS[view.colour]}, {unit}" if unit else COLOURS[view.colour]
    return Continuous(view.colour, label, (low, high), SEQUENTIAL, _note(view, entry))


def _note(view: View, entry: Entry) -> str:
    """How the limits were chosen, and how many of the numbers are not trusted."""
    if view.colour not in _TRUSTED_OR_NOT:
        return ROBUST_LIMITS
    n_doubted = int((~trust.is_trusted(entry.atlas.columns(["trust"])["trust"])).sum())
    return f"{ROBUST_LIMITS} · ○ {n_doubted:,} not trusted" if n_doubted else ROBUST_LIMITS


def _thumbnails(entry: Entry) -> Thumbnails | None:
    shape = entry.dataset.shape
    return Thumbnails(shape[1], shape[2]) if len(shape) == 3 else None
