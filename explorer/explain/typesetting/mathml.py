"""Formulas as MathML, which browsers draw by themselves: no script and no font from anywhere."""

from __future__ import annotations

from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

from explorer.explain.typesetting.latex import tree
from explorer.explain.typesetting.symbol_marks import mark

# Where a line of a displayed formula may begin, and after which space it may end.
_BEGINS = frozenset(
    "=\N{LESS-THAN OR EQUAL TO}\N{GREATER-THAN OR EQUAL TO}\N{ALMOST EQUAL TO}+\N{MINUS SIGN}"
)
_ENDS = "2em"


@lru_cache(maxsize=512)
def mathml(latex: str) -> str:
    """A formula; every symbol of the table in it names its definition by `data-symbol`."""
    made = tree(latex)
    mark(made)
    return tostring(made, encoding="unicode")


@lru_cache(maxsize=64)
def displayed(latex: str) -> str:
    """A formula on a line of its own, in the parts that may stand on lines of their own where the line is short."""
    made = tree(latex, is_block=True)
    mark(made)
    (row,) = made
    parts: list[Element] = []
    for at, element in enumerate(row):
        is_first = at == 0 or row[at - 1].get("width") == _ENDS
        if is_first or element.text in _BEGINS:
            parts.append(Element("mrow"))
            if not is_first:
                # What begins a row would be taken for a sign, without the space around an operator.
                element.set("form", "infix")
        parts[-1].append(element)
    return "<wbr/>".join(_math(made, part) for part in parts)


def _math(whole: Element, part: Element) -> str:
    element = Element("math", {**whole.attrib, "display": "inline", "displaystyle": "true"})
    element.append(part)
    return tostring(element, encoding="unicode")
