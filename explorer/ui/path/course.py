"""Where a path runs on the map."""

from __future__ import annotations

import numpy as np

from explorer.ui.example.kept import of_codes
from explorer.ui.path import computation
from explorer.ui.path.computation import KnownPath
from explorer.ui.path.search import known_path
from explorer.ui.state.view import View
from explorer.workspace import Entry

N_COURSE_POINTS = 48


def course(entry: Entry, view: View) -> tuple[tuple[float, float], ...]:
    """Where the path runs on the map; empty where straight lines between the handles say the same."""
    if len(view.handles) < 2:
        return ()
    path = known_path(entry, view.path_kind, computation.anchors(entry, view))
    if path.kind == "linear" and entry.chart(view.map_id).exact:
        return ()
    _, places = course_of(entry, view.map_id, path, tuple((h.x, h.y) for h in view.handles))
    return tuple((float(x), float(y)) for x, y in places)


@of_codes(maxsize=64)
def course_of(
    entry: Entry, map_id: str, path: KnownPath, homes: tuple[tuple[float, float], ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) along a path, and where they lie on the map (n, 2)."""
    codes = computation.path_codes(entry, path, max(N_COURSE_POINTS, 2 * len(homes)))
    places = entry.chart(map_id).place(codes.astype(np.float64))
    # A map without an inverse places a handle's code near the handle; the path begins and ends at it.
    for anchor, home in zip(path.anchors, homes, strict=True):
        places[(codes == np.array(anchor, codes.dtype)).all(axis=1)] = home
    return codes, places
