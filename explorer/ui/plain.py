"""Text from files and links as text: nothing in it is read as Markdown, as markup, or as an icon."""

_SPECIAL = frozenset(r"\`*_{}[]()<>#+-!|$:~^")


def plain(text: str) -> str:
    """The same text with every sign that Streamlit's Markdown would read escaped."""
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in text)
