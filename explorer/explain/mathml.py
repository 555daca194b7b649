"""Formulas as MathML, which browsers draw by themselves: no script and no font from anywhere."""

from __future__ import annotations

from functools import lru_cache
from xml.etree.ElementTree import tostring

from explorer.explain.formula import tree
from explorer.explain.marks import mark


@lru_cache(maxsize=512)
def mathml(latex: str, is_block: bool = False) -> str:
    """A formula; every symbol of the table in it names its definition by `data-symbol`."""
    made = tree(latex, is_block)
    mark(made)
    return tostring(made, encoding="unicode")
