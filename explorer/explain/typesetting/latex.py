"""A formula as a tree of MathML.

The converter's tree is mended in three places: an operator's name is set off from what it is applied to, "drawn from"
is the sign for it rather than a tilde, and a letter that was asked for upright is upright.
"""

from __future__ import annotations

from html import unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

_DRAWN_FROM = "\N{TILDE OPERATOR}"
_OPERATORS = ("log",)


def tree(latex: str, is_block: bool = False) -> Element:
    """The `math` element."""
    made: Element = convert_to_element(latex, display="block" if is_block else "inline")
    for element in made.iter():
        _mend(element)
    for row in list(made.iter()):
        _set_off(row)
    return made


def _mend(element: Element) -> None:
    written = element.text or ""
    element.text = unescape(written) or None
    if element.tag != "mi":
        return
    if element.text == "~":
        element.tag, element.text = "mo", _DRAWN_FROM
    elif written.startswith("&") and (element.text or "").isascii():
        # The converter writes the d of \mathrm{d} as a number and no more; a lone letter would be drawn in italics.
        element.set("mathvariant", "normal")


def _set_off(row: Element) -> None:
    for at in reversed(range(len(row))):
        is_before_brackets = at + 1 < len(row) and row[at + 1].text == "("
        if row[at].tag == "mi" and row[at].text in _OPERATORS and not is_before_brackets:
            row.insert(at + 1, Element("mspace", width="0.167em"))
