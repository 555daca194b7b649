"""Which parts of a formula are symbols of the table: each says so, for a reader who asks what it is.

A symbol is looked for as the tree that its LaTeX makes. Letters of a function's name, of a word or of another symbol
are therefore none of it, and spelling does not matter: L_1 is L_{1}. A number in a form stands for any number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from explorer.explain.typesetting.latex import tree
from explorer.explain.typesetting.symbols import SYMBOLS, Symbol

MARK = "data-symbol"

Shape = tuple[str, str, str, tuple["Shape", ...]]


@dataclass(frozen=True)
class Form:
    """One way to write a symbol: elements beside each other.

    Attributes:
        key: the symbol's.
        shapes: of the elements.
        own: of the elements that the symbol's definition speaks of; what else is in the form may be a symbol by itself.
    """

    key: str
    shapes: tuple[Shape, ...]
    own: frozenset[Shape]


def mark(row: Element, own: frozenset[Shape] = frozenset()) -> None:
    """Marks the symbols below an element, the longest first; elements of some shapes are left out."""
    at = 0
    while at < len(row):
        form = _form(row, at)
        if _shape(row[at]) in own:
            pass
        elif form is None:
            mark(row[at])
        elif len(form.shapes) == 1:
            row[at].set(MARK, form.key)
        else:
            mark(_grouped(row, at, form), form.own)
        at += 1


def _form(row: Element, at: int) -> Form | None:
    # Elements beside each other mean this in a row only: beneath a fraction they are its halves.
    longest = len(row) - at if row.tag == "mrow" else 1
    shapes = _shapes(row[at : at + min(longest, _LONGEST)])
    return next((form for form in _FORMS if form.shapes == shapes[: len(form.shapes)]), None)


def _grouped(row: Element, at: int, form: Form) -> Element:
    group = Element("mrow", {MARK: form.key})
    group.extend(row[at : at + len(form.shapes)])
    row[at : at + len(form.shapes)] = [group]
    return group


def _shape(element: Element) -> Shape:
    if element.tag == "mrow" and len(element) == 1:
        return _shape(element[0])
    written = "" if element.tag == "mn" else element.text or ""
    return element.tag, element.get("mathvariant", ""), written, _shapes(element)


def _shapes(elements: Iterable[Element]) -> tuple[Shape, ...]:
    return tuple(_shape(element) for element in elements)


def _forms_of(key: str, symbol: Symbol) -> list[Form]:
    written = [_shapes(tree(latex)[0]) for latex in (symbol.latex, *symbol.also)]
    return [Form(key, shapes, frozenset(written[0])) for shapes in written]


_FORMS = sorted(
    (form for key, symbol in SYMBOLS.items() for form in _forms_of(key, symbol)),
    key=lambda form: len(form.shapes),
    reverse=True,
)
_LONGEST = len(_FORMS[0].shapes)
