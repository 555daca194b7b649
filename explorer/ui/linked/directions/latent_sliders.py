"""A slider for each latent dimension of the active handle, the most used first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.latent.dimensions import with_value
from explorer.show.numbers import Units
from explorer.ui.linked.directions.dimension_usage import Usage, label
from explorer.ui.state import active_handle, session, workspace
from explorer.ui.state.gesture import Handle
from explorer.ui.state.handle_codes import handle_at
from explorer.ui.state.view import View, with_handle
from explorer.ui.widgets import following_slider
from explorer.ui.widgets.following_slider import Scale
from explorer.workspace import Entry

N_FIRST = 12
N_COLUMNS = 2


def part(entry: Entry, view: View, handle: Handle, found: Usage, units: Units) -> None:
    """The first dimensions, the other used ones folded away, and those not in use."""
    code = active_handle.code(entry, view.map_id, handle)
    _head(entry, view, handle)
    _sliders(st.container(), found.used[:N_FIRST], code, found, units)
    _folded("more_dimensions", "{} more in use", found.used[N_FIRST:], code, found, units)
    _folded("unused_dimensions", "{} not in use", found.unused, code, found, units)


def _head(entry: Entry, view: View, handle: Handle) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.html(f"<p class='lx-caption'>Code of {active_handle.name(handle)}</p>")
    row.button(
        "Reset",
        key="reset_handle",
        icon=":material/restart_alt:",
        on_click=_reset,
        disabled=handle == active_handle.home(entry, view.map_id, handle),
        help="Back home: to the code of its example. A handle without an example goes back to the map's own surface.",
    )


def _folded(
    key: str, title: str, chosen: Sequence[int], code: np.ndarray, found: Usage, units: Units
) -> None:
    """Sliders that are drawn once they are asked for: each costs a rerun some milliseconds."""
    if not chosen:
        return
    words = f"{len(chosen)} dimension" + ("s" if len(chosen) > 1 else "")
    fold = st.expander(title.format(words), key=key, on_change="rerun")
    if fold.open:
        _sliders(fold, chosen, code, found, units)


def _sliders(
    place: DeltaGenerator, chosen: Sequence[int], code: np.ndarray, found: Usage, units: Units
) -> None:
    if not chosen:
        return
    columns = place.columns(N_COLUMNS)
    for k, i in enumerate(chosen):
        place_of_it = columns[k % N_COLUMNS]
        shown = scale(*found.ranges[i].tolist())
        following_slider.slider(
            place_of_it, f"z_{i}", label(found, i, units), shown, float(code[i]), partial(_set, i)
        )


def scale(low: float, high: float) -> Scale:
    """A slider's scale over a range: a round step of about a hundredth, and ends on whole steps outside it."""
    step = 10.0 ** math.floor(math.log10(high - low)) / 20
    return Scale(math.floor(low / step) * step, math.ceil(high / step) * step, step)


def _set(i: int, value: float) -> None:
    view = session.view()
    entry = workspace.entry_of(view)
    handle = active_handle.current(entry, view)
    if handle is None:
        return
    code = with_value(active_handle.code(entry, view.map_id, handle), i, value)
    session.change(with_handle(view, handle_at(entry, view.map_id, handle, code)))


def _reset() -> None:
    view = session.view()
    entry = workspace.entry_of(view)
    if (handle := active_handle.current(entry, view)) is not None:
        session.change(with_handle(view, active_handle.home(entry, view.map_id, handle)))
