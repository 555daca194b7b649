"""Formulas as MathML, which browsers draw by themselves: no script and no font from anywhere.

The converter's output is mended in two places: an operator's name is set off from what it is applied to, and "drawn
from" is the sign for it rather than a tilde.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from latex2mathml.converter import convert

from explorer.explain.symbols import BY_LATEX

_NAME = re.compile(r"<mi>(log)</mi>(?!<mo stretchy=\"false\">&#x00028;)")
_SPACED = r'<mi>\1</mi><mspace width="0.167em" />'


@lru_cache(maxsize=512)
def mathml(latex: str, is_block: bool = False) -> str:
    """A formula; a symbol of the table carries its definition as a tooltip."""
    made = convert(latex, display="block" if is_block else "inline")
    made = _NAME.sub(_SPACED, made).replace("<mi>&#x0007E;</mi>", "<mo>&#x0223C;</mo>")
    if (symbol := BY_LATEX.get(latex)) is None:
        return made
    title = escape(f"{symbol.name}: {symbol.meaning}", quote=True)
    return f'<span class="symbol" title="{title}">{made}</span>'
