"""The view in the URL's query: written after every change, read when a page is opened.

    ?model=fashion-mnist-16d&map=umap&colour=gap_nats&labels=0,7&example=4213&pins=4213@1.5,-0.25;@2,3&path=spherical

A pin is `base@x,y`; a pin without a base is a place that was clicked; `base@x,y@v,v,...` has an offset from the code of
its place. `select` is the selection's bits, see `selection.py`. What does not make sense is left out and named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from explorer.explain.terms.question import Choice, Kind, Question
from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.state.gesture import MAX_COORDINATE, MAX_HANDLES, MAX_OFFSET, Handle
from explorer.ui.state.selection import NOTHING, from_text, to_text
from explorer.ui.state.view import COLOURS, LAYERS, PATH_KINDS, View

_PIN = re.compile(r"(\d{0,18})@(-?[\d.e+-]{1,24}),(-?[\d.e+-]{1,24})(?:@([\d.e+,-]{1,1000}))?")
MAX_LENGTH = 2000
_DEFAULT = View("", "")


def to_query(view: View) -> dict[str, str]:
    """The query parameters of a view; defaults are left out."""
    query = {"model": view.model, "map": view.map_id, "colour": view.colour}
    if view.labels:
        query["labels"] = ",".join(map(str, view.labels))
    if view.selected is not None:
        query["example"] = str(view.selected)
    if view.handles:
        query["pins"] = ";".join(_pin(h) for h in view.handles)
    if view.selection != NOTHING and (text := to_text(view.selection)) is not None:
        query["select"] = text
    if view.linked_view != _DEFAULT.linked_view:
        query["shelf"] = view.linked_view
    if view.layers != _DEFAULT.layers:
        query["layers"] = ",".join(view.layers)
    if view.path_kind != PATH_KINDS[0]:
        query["path"] = view.path_kind
    if view.in_bits:
        query["units"] = "bits"
    if view.n_draws != _DEFAULT.n_draws:
        query["draws"] = str(view.n_draws)
    if view.k != _DEFAULT.k:
        query["k"] = str(view.k)
    if view.proposal != _DEFAULT.proposal:
        query["proposal"] = view.proposal if view.amount is None else f"{view.proposal}:{view.amount:g}"
    return query


@dataclass(frozen=True)
class LinkTargets:
    """What there is for a link to name."""

    has_example: Callable[[int], bool]
    has_map: Callable[[str], bool]
    n_labels: int
    n_examples: int
    latent_dim: int


def from_query(query: Mapping[str, str], default: View, targets: LinkTargets) -> tuple[View, list[str]]:
    """The view that a query names, over `default`; and a sentence for each part that could not be used."""
    view, problems = default, []
    for key, read in _READERS.items():
        text = query.get(key)
        if text is None:
            continue
        try:
            view = read(view, text[:MAX_LENGTH], targets)
        except ValueError as error:
            problems.append(f"A part of the link was left out, {key}: {error}.")
    return view, problems


def _read_map(view: View, text: str, targets: LinkTargets) -> View:
    if not targets.has_map(text):
        raise ValueError(f"this model has no map {text!r}")
    return replace(view, map_id=text)


def _read_colour(view: View, text: str, targets: LinkTargets) -> View:
    if text not in COLOURS:
        raise ValueError(f"{text!r} is not one of {', '.join(COLOURS)}")
    return replace(view, colour=text)


def _read_labels(view: View, text: str, targets: LinkTargets) -> View:
    parts = text.split(",")
    if not all(p.isdecimal() and len(p) < 10 and int(p) < targets.n_labels for p in parts):
        raise ValueError(f"expected numbers below {targets.n_labels}, found {text!r}")
    return replace(view, labels=tuple(sorted({int(p) for p in parts})))


def _read_example(view: View, text: str, targets: LinkTargets) -> View:
    return replace(view, selected=_example(text, targets))


def _read_pins(view: View, text: str, targets: LinkTargets) -> View:
    parts = text.split(";")
    if len(parts) > MAX_HANDLES:
        raise ValueError(f"at most {MAX_HANDLES} pins make a path, found {len(parts)}")
    pins = [_handle(f"p{i}", part, targets) for i, part in enumerate(parts)]
    return replace(view, handles=tuple(pins))


def _read_selection(view: View, text: str, targets: LinkTargets) -> View:
    return replace(view, selection=from_text(text, targets.n_examples))


def _read_linked_view(view: View, text: str, targets: LinkTargets) -> View:
    if text not in LINKED_VIEWS:
        raise ValueError(f"{text!r} is not one of {', '.join(LINKED_VIEWS)}")
    return replace(view, linked_view=text)


def _read_layers(view: View, text: str, targets: LinkTargets) -> View:
    parts = [part for part in text.split(",") if part]
    if unknown := sorted(set(parts) - set(LAYERS)):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(LAYERS)}")
    return replace(view, layers=tuple(layer for layer in LAYERS if layer in parts))


def _read_path(view: View, text: str, targets: LinkTargets) -> View:
    if text not in PATH_KINDS:
        raise ValueError(f"{text!r} is not one of {', '.join(PATH_KINDS)}")
    return replace(view, path_kind=text)


def _read_units(view: View, text: str, targets: LinkTargets) -> View:
    if text not in ("bits", "nats"):
        raise ValueError(f"{text!r} is neither bits nor nats")
    return replace(view, in_bits=text == "bits")


def _read_draws(view: View, text: str, targets: LinkTargets) -> View:
    return replace(view, n_draws=Question(_count(text)).n_draws)


def _read_k(view: View, text: str, targets: LinkTargets) -> View:
    return replace(view, k=Question(k=_count(text)).k)


def _count(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10):
        raise ValueError(f"expected a number, found {text[:20]!r}")
    return int(text)


def _read_proposal(view: View, text: str, targets: LinkTargets) -> View:
    name, _, moved = text.partition(":")
    if name not in [*Kind]:
        raise ValueError(f"expected one of {', '.join(Kind)}, found {name[:20]!r}")
    amount = float(moved) if moved else None
    Choice(Kind(name)) if amount is None else Choice(Kind(name), amount)
    return replace(view, proposal=Kind(name).value, amount=amount)


_READERS: Mapping[str, Callable[[View, str, LinkTargets], View]] = {
    "map": _read_map,
    "colour": _read_colour,
    "labels": _read_labels,
    "example": _read_example,
    "pins": _read_pins,
    "select": _read_selection,
    "shelf": _read_linked_view,
    "layers": _read_layers,
    "path": _read_path,
    "units": _read_units,
    "draws": _read_draws,
    "k": _read_k,
    "proposal": _read_proposal,
}


def _pin(handle: Handle) -> str:
    base = "" if handle.base is None else str(handle.base)
    offset = "@" + ",".join(f"{v:.4g}" for v in handle.offset) if handle.offset else ""
    return f"{base}@{handle.x:.5g},{handle.y:.5g}{offset}"


def _handle(pin_id: str, text: str, targets: LinkTargets) -> Handle:
    match = _PIN.fullmatch(text)
    if match is None:
        raise ValueError(f"expected base@x,y, found {text[:40]!r}")
    x, y = float(match[2]), float(match[3])
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) <= MAX_COORDINATE):
        raise ValueError(f"{text!r} is not a place")
    base = _example(match[1], targets) if match[1] else None
    return Handle(pin_id, base, x, y, _offset(match[4], targets) if match[4] else ())


def _offset(text: str, targets: LinkTargets) -> tuple[float, ...]:
    offset = tuple(map(float, text.split(",")))
    if len(offset) != targets.latent_dim or not all(abs(v) <= MAX_OFFSET for v in offset):
        raise ValueError(f"expected {targets.latent_dim} numbers after a second @, found {text[:40]!r}")
    return offset


def _example(text: str, targets: LinkTargets) -> int:
    if not (text.isdecimal() and len(text) <= 18 and targets.has_example(int(text))):
        raise ValueError(f"there is no example {text[:20]!r}")
    return int(text)
