"""From the view's handles to their codes, and from a code to a handle on a map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import View
from explorer.workspace import Entry

# Of a code's largest number, or of 1: what float32 does not resolve on the way through a map.
SAME_CODE = 1e-6


def handle_codes(entry: Entry, view: View) -> np.ndarray:
    """The codes (n, d) of the view's handles."""
    places = np.array([(h.x, h.y) for h in view.handles], dtype=np.float64).reshape(-1, 2)
    rows = [None if h.base is None else entry.atlas.row(h.base) for h in view.handles]
    return entry.lift(view.map_id, places, rows, [h.offset for h in view.handles])


def handle_at(entry: Entry, map_id: str, handle: Handle, code: np.ndarray) -> Handle:
    """A handle moved to a code (d,): to where that code lies on the map, with what the map cannot show as its offset.

    At the code of its own base it is home, bit for bit.
    """
    row = None if handle.base is None else entry.atlas.row(handle.base)
    if row is not None and _is_same(code, entry.atlas.means[row]):
        x, y = entry.coordinates(map_id)[row]
        return replace(handle, x=float(x), y=float(y), offset=())
    place = entry.chart(map_id).place(code.astype(np.float64))
    lifted = entry.lift(map_id, place[None], [row])[0]
    offset = () if _is_same(code, lifted) else tuple(map(float, code.astype(np.float32) - lifted))
    return replace(handle, x=float(place[0]), y=float(place[1]), offset=offset)


def handles_on(entry: Entry, view: View, map_id: str) -> list[Handle]:
    """Each handle of a view on another map, with the code that it has: at home when it was at home."""
    codes = handle_codes(entry, view)
    return [handle_at(entry, map_id, handle, code) for handle, code in zip(view.handles, codes, strict=True)]


def _is_same(code: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(code - other).max() < SAME_CODE * max(1.0, float(np.abs(other).max())))
