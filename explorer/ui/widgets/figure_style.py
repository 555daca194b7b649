"""What our Plotly figures have in common. Streamlit's theme is applied at display; this is what it leaves to them."""

from __future__ import annotations

# Streamlit's theme is applied at display; these are what it leaves to the figure.
# Room for a title above, and none lost around.
MARGIN = {"l": 8, "r": 8, "t": 28, "b": 8}


def faint(colour: str) -> str:
    """A "#rrggbb" colour as a ground for what lies over it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
