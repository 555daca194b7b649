"""A waypoint: a handle put on a path, between two others, has the code that the path has there.

The browser knows where it was put; the code's part that the map does not show is found here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.ui.path import computation
from explorer.ui.path.course import course_of
from explorer.ui.path.search import known_path
from explorer.ui.state import handle_codes
from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import View
from explorer.workspace import Entry


def inserted(before: View, after: View) -> int | None:
    """Where in the order a free handle was put between those there were, or None where nothing was."""
    old, new = ([handle.id for handle in view.handles] for view in (before, after))
    added = [i for i, handle_id in enumerate(new) if handle_id not in old]
    if len(added) != 1 or len(new) != len(old) + 1 or not 0 < added[0] < len(new) - 1:
        return None
    return added[0] if after.handles[added[0]].base is None else None


def settle(entry: Entry, before: View, after: View) -> View:
    """The view after a gesture, a new waypoint of which lies on the path that was there."""
    place = inserted(before, after)
    if place is None:
        return after
    path = known_path(entry, before.path_kind, computation.anchors(entry, before))
    homes = tuple((handle.x, handle.y) for handle in before.handles)
    codes, places = course_of(entry, before.map_id, path, homes)
    pin = after.handles[place]
    nearest = int(np.linalg.norm(places - [pin.x, pin.y], axis=1).argmin())
    waypoint = handle_codes.handle_at(entry, after.map_id, pin, codes[nearest])
    handles: tuple[Handle, ...] = (*after.handles[:place], waypoint, *after.handles[place + 1 :])
    return replace(after, handles=handles, revision=after.revision + 1)
