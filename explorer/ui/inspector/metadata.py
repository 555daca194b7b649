"""What came along with an example: a table of names and values. Both come from a file and are text, never markup."""

from __future__ import annotations

import math
from html import escape

from explorer.show.numbers import MINUS, number
from explorer.workspace import Entry

MAX_LETTERS = 300


def html(entry: Entry, example_id: int) -> str:
    """A row a column; "" where nothing came along."""
    names = entry.atlas.metadata
    if not names:
        return ""
    found = entry.atlas.example(entry.atlas.row(example_id), names)
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td><bdi>{escape(said(found[name]))}</bdi></td></tr>"
        for name in names
    )
    return (
        "<div class='lx-metadata' tabindex='0' data-testid='metadata'>"
        f"<table class='lx-figures' aria-label='What came along with this example'>{rows}</table></div>"
    )


def said(value: str | float) -> str:
    """A value as a person reads it; a dash where it is missing, an ellipsis where a text is cut."""
    if isinstance(value, str):
        return (value if len(value) <= MAX_LETTERS else f"{value[: MAX_LETTERS - 1]}…") or "–"
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value) or value.is_integer():
        return number(value, 0)
    return f"{value:.6g}".replace("-", MINUS)
