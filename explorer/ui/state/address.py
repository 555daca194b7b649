"""The view in the URL's query: written after every change, read when a page is opened.

    ?model=fashion-mnist-16d&map=umap&colour=gap_nats&labels=0,7&example=4213&pins=4213@1.5,-0.25;@2,3&path=spherical

A pin is `base@x,y`; a pin without a base is a place that was clicked; `base@x,y@v,v,...` has an offset from the code of
its place. `select` is the selection's bits, see `selection.py`. What does not make sense is left out and named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from explorer.explain.terms.question import ProposalChoice, ProposalKind, Question
from explorer.live.limits import MAX_COORDINATE, MAX_HANDLES, MAX_OFFSET
from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.state.gesture import Handle
from explorer.ui.state.selection import Selection, from_text, to_text
from explorer.ui.state.view import LAYERS, PATH_KINDS, View

_PIN = re.compile(r"(\d{0,18})@(-?[\d.e+-]{1,24}),(-?[\d.e+-]{1,24})(?:@([\d.e+,-]{1,1000}))?")
MAX_LENGTH = 2000
_DEFAULT = View("", "")


@dataclass(frozen=True)
class LinkTargets:
    """What there is for a link to name."""

    has_example: Callable[[int], bool]
    has_map: Callable[[str], bool]
    n_labels: int
    n_examples: int
    latent_dim: int
    colours: Collection[str]


@dataclass(frozen=True)
class QueryPart:
    """A part of the query, which stands for one field of the view.

    Attributes:
        field: its name in the view.
        write: the text of a value, or None for one that no link can hold.
        read: the value of a text; a ValueError says what is wrong with it.
        is_always_there: though the value is the view's default.
    """

    field: str
    write: Callable[[Any], str | None]
    read: Callable[[str, LinkTargets], object]
    is_always_there: bool = False


def to_query(view: View) -> dict[str, str]:
    """The query parameters of a view; defaults are left out."""
    query = {"model": view.model}
    for name, part in PARTS.items():
        value = getattr(view, part.field)
        if part.is_always_there or value != getattr(_DEFAULT, part.field):
            text = part.write(value)
            if text is not None:
                query[name] = text
    return query


def from_query(query: Mapping[str, str], default: View, targets: LinkTargets) -> tuple[View, list[str]]:
    """The view that a query names, over `default`; and a sentence for each part that could not be used."""
    view, problems = default, []
    for name, part in PARTS.items():
        if (text := query.get(name)) is None:
            continue
        try:
            view = replace(view, **{part.field: part.read(text[:MAX_LENGTH], targets)})  # type: ignore[arg-type]
        except ValueError as error:
            problems.append(f"A part of the link was left out, {name}: {error}.")
    return view, problems


def _one_of(names: Collection[str]) -> Callable[[str, LinkTargets], str]:
    def read(text: str, _targets: LinkTargets) -> str:
        if text not in names:
            raise ValueError(f"{text!r} is not one of {', '.join(names)}")
        return text

    return read


def _map(text: str, targets: LinkTargets) -> str:
    if not targets.has_map(text):
        raise ValueError(f"this model has no map {text!r}")
    return text


def _colour(text: str, targets: LinkTargets) -> str:
    return _one_of(targets.colours)(text, targets)


def _labels(text: str, targets: LinkTargets) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(p.isdecimal() and len(p) < 10 and int(p) < targets.n_labels for p in parts):
        raise ValueError(f"expected numbers below {targets.n_labels}, found {text!r}")
    return tuple(sorted({int(p) for p in parts}))


def _example(text: str, targets: LinkTargets) -> int:
    if not (text.isdecimal() and len(text) <= 18 and targets.has_example(int(text))):
        raise ValueError(f"there is no example {text[:20]!r}")
    return int(text)


def _pins(text: str, targets: LinkTargets) -> tuple[Handle, ...]:
    parts = text.split(";")
    if len(parts) > MAX_HANDLES:
        raise ValueError(f"at most {MAX_HANDLES} pins make a path, found {len(parts)}")
    return tuple(_pin(f"p{i}", part, targets) for i, part in enumerate(parts))


def _pin(handle_id: str, text: str, targets: LinkTargets) -> Handle:
    match = _PIN.fullmatch(text)
    if match is None:
        raise ValueError(f"expected base@x,y, found {text[:40]!r}")
    x, y = float(match[2]), float(match[3])
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) <= MAX_COORDINATE):
        raise ValueError(f"{text!r} is not a place")
    base = _example(match[1], targets) if match[1] else None
    return Handle(handle_id, base, x, y, _offset(match[4], targets) if match[4] else ())


def _offset(text: str, targets: LinkTargets) -> tuple[float, ...]:
    offset = tuple(map(float, text.split(",")))
    if len(offset) != targets.latent_dim or not all(abs(v) <= MAX_OFFSET for v in offset):
        raise ValueError(f"expected {targets.latent_dim} numbers after a second @, found {text[:40]!r}")
    return offset


def _pins_text(handles: tuple[Handle, ...]) -> str:
    return ";".join(map(_pin_text, handles))


def _pin_text(handle: Handle) -> str:
    base = "" if handle.base is None else str(handle.base)
    offset = "@" + ",".join(f"{v:.4g}" for v in handle.offset) if handle.offset else ""
    return f"{base}@{handle.x:.5g},{handle.y:.5g}{offset}"


def _selection(text: str, targets: LinkTargets) -> Selection:
    return from_text(text, targets.n_examples)


def _layers(text: str, _targets: LinkTargets) -> tuple[str, ...]:
    parts = [part for part in text.split(",") if part]
    if unknown := sorted(set(parts) - set(LAYERS)):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(LAYERS)}")
    return tuple(layer for layer in LAYERS if layer in parts)


def _in_bits(text: str, _targets: LinkTargets) -> bool:
    if text not in ("bits", "nats"):
        raise ValueError(f"{text!r} is neither bits nor nats")
    return text == "bits"


def _n_draws(text: str, _targets: LinkTargets) -> int:
    return Question(n_draws=_count(text)).n_draws


def _k(text: str, _targets: LinkTargets) -> int:
    return Question(k=_count(text)).k


def _count(text: str) -> int:
    if not (text.isdecimal() and len(text) < 10):
        raise ValueError(f"expected a number, found {text[:20]!r}")
    return int(text)


def _proposal(text: str, _targets: LinkTargets) -> ProposalChoice:
    name, _, amount = text.partition(":")
    if name not in [*ProposalKind]:
        raise ValueError(f"expected one of {', '.join(ProposalKind)}, found {name[:20]!r}")
    return (
        ProposalChoice(ProposalKind(name), float(amount))
        if amount
        else ProposalChoice.usual(ProposalKind(name))
    )


def _proposal_text(choice: ProposalChoice) -> str:
    return (
        choice.kind.value
        if choice == ProposalChoice.usual(choice.kind)
        else f"{choice.kind}:{choice.amount:g}"
    )


def _numbers_text(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


# By the name in the URL, which must not change: old links are to be understood.
PARTS: Mapping[str, QueryPart] = {
    "map": QueryPart("map_id", str, _map, is_always_there=True),
    "colour": QueryPart("colour", str, _colour, is_always_there=True),
    "labels": QueryPart("labels", _numbers_text, _labels),
    "example": QueryPart("selected", str, _example),
    "pins": QueryPart("handles", _pins_text, _pins),
    "select": QueryPart("selection", to_text, _selection),
    "shelf": QueryPart("linked_view", str, _one_of(LINKED_VIEWS)),
    "layers": QueryPart("layers", ",".join, _layers),
    "path": QueryPart("path_kind", str, _one_of(PATH_KINDS)),
    "units": QueryPart("in_bits", lambda is_on: "bits" if is_on else "nats", _in_bits),
    "draws": QueryPart("n_draws", str, _n_draws),
    "k": QueryPart("k", str, _k),
    "proposal": QueryPart("proposal", _proposal_text, _proposal),
}
