"""The widgets of the sidebar. Each is given the view's value, and its callback replaces the view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.latent.maps import MAPS, axes_id, axes_of
from explorer.latent.maps.axes import TITLE as AXES_TITLE
from explorer.show.numbers import latent_name
from explorer.ui.state import opening, session, workspace
from explorer.ui.state.handle_codes import handles_on
from explorer.ui.state.view import LAYERS, View, colours, on_map
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

# The choice that stands for every pair of latent axes.
_AXES = "axes"
# As many as a person reads through; the legend and the search serve more.
MOST_LABELS = 40
_MODEL = Widget[str]("picked_model")
_IN_BITS = Widget[bool]("in_bits")
_LABELS = Widget[list[int]]("labels")
_LAYERS = Widget[list[str]]("layers")
_COLOUR = Widget[str]("colour")
_MAP = Widget[str]("map_kind")
_ACROSS, _UP = Widget[str]("axis_x"), Widget[str]("axis_y")


def sidebar_of(view: View) -> tuple[object, ...]:
    """What the widgets here show of a view."""
    return view.model, view.map_id, view.colour, view.labels, view.in_bits, view.layers


def model_picker(name: str) -> None:
    """Which checkpoint, in the sidebar."""
    names = workspace.current().names()
    st.selectbox("Checkpoint", names, key=_MODEL.showing(name), on_change=_model_picked)


def unit_switch(view: View, _entry: Entry) -> None:
    """Nats or bits/dim for the whole app, in the sidebar."""
    st.toggle("bits/dim instead of nats", key=_IN_BITS.showing(view.in_bits), on_change=_unit_switched)


def label_filter(view: View, entry: Entry) -> None:
    """Which labels are shown, in the sidebar."""
    if not entry.atlas.label_names:
        return
    names = entry.atlas.label_names
    if len(names) > MOST_LABELS:
        return
    st.pills(
        "Labels",
        range(len(names)),
        key=_LABELS.showing(list(view.labels)),
        selection_mode="multi",
        format_func=lambda i: plain(names[i]),
        on_change=_labels_picked,
        help="Nothing chosen shows all; the others stay visible in grey.",
    )


def layer_picker(view: View, _entry: Entry) -> None:
    """What is drawn over the points, in the sidebar."""
    st.pills(
        "Over the points",
        list(LAYERS),
        key=_LAYERS.showing(list(view.layers)),
        selection_mode="multi",
        format_func=LAYERS.__getitem__,
        on_change=_layers_picked,
        help="Contours hold 90, 75, 50, 25 and 10% of the examples in colour. Ellipses hold 95% of the posteriors of "
        "the selected examples, on planes. The round trip is an arrow from a handle to the code of its decoded image.",
    )


def _layers_picked() -> None:
    layers = tuple(layer for layer in LAYERS if layer in _LAYERS.value)
    session.change(replace(session.view(), layers=layers))


def _labels_picked() -> None:
    session.change(replace(session.view(), labels=tuple(sorted(_LABELS.value))))


def _model_picked() -> None:
    try:
        opening.show_model(_MODEL.value)
    except (ValueError, OSError) as error:
        session.add_problems(str(error))


def _unit_switched() -> None:
    session.change(replace(session.view(), in_bits=_IN_BITS.value))


def map_picker(view: View, entry: Entry) -> None:
    """Which map: a stored one, or two latent axes."""
    choices = [*entry.atlas.maps, _AXES]
    st.segmented_control(
        "Map",
        choices,
        key=_MAP.showing(_AXES if axes_of(view.map_id) else view.map_id),
        format_func=lambda m: AXES_TITLE if m == _AXES else MAPS[m].title,
        required=True,
        on_change=_map_picked,
        args=(entry,),
    )
    for name, why in entry.atlas.manifest.omitted.items():
        st.caption(plain(f"{MAPS[name].title if name in MAPS else name} was left out: {why}"))
    if pair := axes_of(view.map_id):
        _axis_pickers(pair, entry)


def colour_picker(view: View, entry: Entry) -> None:
    """What the points are coloured by."""
    choices = colours(entry.atlas)
    st.selectbox(
        "Colour",
        list(choices),
        key=_COLOUR.showing(view.colour),
        format_func=choices.__getitem__,
        on_change=_colour_picked,
    )


def _axis_pickers(pair: tuple[int, int], entry: Entry) -> None:
    names = [str(i) for i in range(entry.atlas.latent_dim)]
    pickers = (("across", _ACROSS), ("up", _UP))
    for place, (title, picker), axis in zip(st.columns(2), pickers, pair, strict=True):
        place.selectbox(
            title,
            names,
            key=picker.given(str(axis)),
            format_func=lambda i: latent_name(int(i)),
            on_change=_map_picked,
            args=(entry,),
        )


def _map_picked(entry: Entry) -> None:
    view, kind = session.view(), _MAP.value
    map_id = kind if kind != _AXES else _chosen_axes(view, entry)
    if map_id == view.map_id:
        return
    session.change(on_map(view, map_id, handles_on(entry, view, map_id)))


def _chosen_axes(view: View, entry: Entry) -> str:
    """The two axes picked; the other one gives way when both name the same."""
    old = axes_of(view.map_id)
    if old is None:
        # The two axes along which the codes differ most.
        i, j = sorted(np.argsort(-entry.atlas.means.var(axis=0))[:2].tolist())
        return axes_id(i, j)
    new = (int(_ACROSS.value), int(_UP.value))
    return axes_id(*(new if new[0] != new[1] else reversed(old)))


def _colour_picked() -> None:
    session.change(replace(session.view(), colour=_COLOUR.value))
