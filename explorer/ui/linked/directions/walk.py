"""A walk along a direction v: a handle's code is that of a start plus t v, and t = 0 is the start itself.

The view keeps the handle, not t. So t is read off the handle: from the start that was last walked from, or from the
handle's home; a handle that lies on neither line was moved by something else, and a new walk starts where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.latent.directions import along, position
from explorer.ui.state import active_handle
from explorer.ui.state.gesture import Handle
from explorer.ui.state.handle_codes import handle_at
from explorer.workspace import Entry

FAR = 2.0
STEP = 0.05


@dataclass(frozen=True)
class Walk:
    """Where a walk starts and how far along v the handle is now.

    Attributes:
        map_id: the map that `start` is on.
        start: the handle at t = 0.
        t: in lengths of v, from -FAR to FAR.
    """

    map_id: str
    start: Handle
    t: float = 0.0


def read(entry: Entry, map_id: str, handle: Handle, v: np.ndarray, last: Walk | None) -> Walk:
    """The walk that a handle is on.

    Args:
        handle: the active one.
        v: the direction (d,).
        last: the walk as it was last read, of this handle or another.
    """
    known = [last.start] if last is not None and last.map_id == map_id else []
    here = active_handle.code(entry, map_id, handle)
    for start in (*known, active_handle.home(entry, map_id, handle)):
        if (start.id, start.base) != (handle.id, handle.base):
            continue
        t = 0.0 if start == handle else position(active_handle.code(entry, map_id, start), v, here)
        if t is not None and abs(t) < FAR + STEP / 2:
            return Walk(map_id, start, t)
    return Walk(map_id, handle)


def handle_after(entry: Entry, walk: Walk, v: np.ndarray, t: float) -> Handle:
    """The handle at another t; the very start at t = 0."""
    if abs(t) < STEP / 2:
        return walk.start
    return handle_at(entry, walk.map_id, walk.start, codes(entry, walk, v, [t])[0])


def codes(entry: Entry, walk: Walk, v: np.ndarray, t: Sequence[float] | np.ndarray) -> np.ndarray:
    """The codes (n, d) at some t (n,)."""
    return along(active_handle.code(entry, walk.map_id, walk.start), v, t)
