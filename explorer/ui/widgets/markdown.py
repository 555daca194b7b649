"""Text from files and links as text: nothing in it is read as Markdown, as markup, as an icon or as a link."""

import re

_SPECIAL = frozenset(r"\`*_{}[]()<>#+-!|$:~^")
# Bare addresses become links even where every sign of theirs is escaped; a joiner, which has no width, prevents it.
_ADDRESS = re.compile(r"(?<=//)|(?<=@)|(?<=www)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"


def plain(text: str) -> str:
    """The same text with every sign that Streamlit's Markdown would read escaped."""
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in _ADDRESS.sub(_JOINER, text))
