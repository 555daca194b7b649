"""Where examples lie on a map."""

from __future__ import annotations

from explorer.ui.state.view import Place
from explorer.workspace import Entry


def place_on(entry: Entry, map_id: str) -> Place:
    """Where an example lies on a map."""

    def place(example_id: int) -> tuple[float, float]:
        x, y = entry.coordinates(map_id)[entry.atlas.row(example_id)]
        return float(x), float(y)

    return place
