"""The active handle: the one that sliders move. It is the first; where there is none, the selected example's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.ui.state import session
from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import View
from explorer.workspace import Entry


def current(entry: Entry, view: View) -> Handle | None:
    """The handle that sliders move, or None where nothing is selected."""
    if view.handles:
        return view.handles[0]
    if view.selected is None:
        return None
    return Handle("a", view.selected, *session.place_on(entry, view.map_id)(view.selected))


def home(entry: Entry, map_id: str, handle: Handle) -> Handle:
    """The handle where its example lies; a free one has no home and goes back to the map's own surface."""
    if handle.base is None:
        return replace(handle, offset=())
    x, y = session.place_on(entry, map_id)(handle.base)
    return Handle(handle.id, handle.base, x, y)


def code(entry: Entry, map_id: str, handle: Handle) -> np.ndarray:
    """The code (d,) of one handle."""
    row = None if handle.base is None else entry.atlas.row(handle.base)
    return entry.lift(map_id, np.array([[handle.x, handle.y]]), [row], [handle.offset])[0]


def name(handle: Handle) -> str:
    """What the handle is called on the page."""
    return "the free handle" if handle.base is None else f"the handle of example {handle.base}"
