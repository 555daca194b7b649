"""What a person did on the map, as it comes back from the browser: once a gesture, never during a drag.

Nothing from a browser is trusted: `parse_gesture` returns a record in which every field has its type and
range, or None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeGuard, cast, get_args

from explorer.live.limits import MAX_HANDLES, MAX_LABELS, is_coordinate, is_count, is_offset
from explorer.ui.state.selection import NOTHING, Selection, from_base64, within
from explorer.workspace import Entry

GestureKind = Literal["select", "move", "place", "remove", "choose", "labels", "undo", "redo"]

_KINDS = get_args(GestureKind)
_ID = re.compile(r"[a-z][0-9]{0,2}")


@dataclass(frozen=True)
class Handle:
    """A place on the map that the person holds.

    Attributes:
        id: "a", "b", ...
        base: the example_id whose code it carries along; None for a free handle.
        x, y: in the map's units.
        offset: what is added to the code that the place lifts to, (d,), or () for nothing: the part of a code that the
            map cannot show.
    """

    id: str
    base: int | None
    x: float
    y: float
    offset: tuple[float, ...] = ()


@dataclass(frozen=True)
class Gesture:
    """One finished gesture and the handles as it left them.

    Attributes:
        n: grows with every gesture; no two of a session are equal.
        kind: "select" a point, "move" a handle, "place" a new one, "remove" one, "choose" a selection, turn "labels" on
            and off, "undo", "redo".
        selected: the example_id that is inspected, if any.
        handles: in order; two or more are the anchors of a path.
        selection: the examples that are selected.
        labels: label codes in full colour; none for all.
    """

    n: int
    kind: GestureKind
    selected: int | None
    handles: tuple[Handle, ...]
    selection: Selection = NOTHING
    labels: tuple[int, ...] = ()


def parse_gesture(raw: object) -> Gesture | None:
    """The gesture that the browser sent, or None when there is none or it is not well formed."""
    if not isinstance(raw, Mapping):
        return None
    n, kind, selected, handles = (raw.get(name) for name in ("n", "kind", "selected", "handles"))
    places = _handles(handles)
    selection, labels = from_base64(raw.get("selection", "")), _labels(raw.get("labels", ()))
    if not is_count(n) or kind not in _KINDS or not _is_example(selected):
        return None
    if places is None or selection is None or labels is None:
        return None
    return Gesture(n, cast(GestureKind, kind), selected, places, selection, labels)


def fits(gesture: Gesture, entry: Entry) -> bool:
    """Whether a gesture names only what this model has: a forged one, or one of another model, is let go."""
    atlas = entry.atlas
    ids = [gesture.selected, *(handle.base for handle in gesture.handles)]
    return (
        all(i is None or atlas.has(i) for i in ids)
        and all(len(handle.offset) in (0, atlas.latent_dim) for handle in gesture.handles)
        and within(gesture.selection, atlas.n_examples)
        and all(label < len(atlas.label_names) for label in gesture.labels)
    )


def _labels(raw: object) -> tuple[int, ...] | None:
    if not isinstance(raw, list | tuple) or len(raw) > MAX_LABELS or not all(map(is_count, raw)):
        return None
    return tuple(sorted(set(raw)))


def _handles(raw: object) -> tuple[Handle, ...] | None:
    if not isinstance(raw, list | tuple) or len(raw) > MAX_HANDLES:
        return None
    handles = [_handle(item) for item in raw]
    known = [handle for handle in handles if handle is not None]
    is_whole = len(known) == len(raw) and len({handle.id for handle in known}) == len(known)
    return tuple(known) if is_whole else None


def _handle(raw: object) -> Handle | None:
    if not isinstance(raw, Mapping):
        return None
    id, base, x, y = (raw.get(name) for name in ("id", "base", "x", "y"))
    if not isinstance(id, str) or not _ID.fullmatch(id) or not _is_example(base):
        return None
    offset = raw.get("offset", ())
    if not is_coordinate(x) or not is_coordinate(y) or not is_offset(offset):
        return None
    return Handle(id, base, float(x), float(y), tuple(map(float, offset)))


def _is_example(value: object) -> TypeGuard[int | None]:
    return value is None or is_count(value)
