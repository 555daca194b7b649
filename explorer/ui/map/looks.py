"""How the examples of a model look in the browser: the size of their pictures, and what a vector is drawn over."""

from __future__ import annotations

from explorer.live.thumbnails import range_of, tile_of
from explorer.show.sparkline import ValueRange
from explorer.ui.map.props import Thumbnails
from explorer.workspace import Entry


def thumbnails_of(entry: Entry) -> Thumbnails | None:
    """The layout of the sprite pages; None of what the live routes cannot draw."""
    tile = tile_of(entry.dataset.shape)
    return tile and Thumbnails(*tile)


def vector_look_of(entry: Entry) -> ValueRange | None:
    """What a decoded vector is drawn over; None of images."""
    return range_of(entry.dataset) if len(entry.dataset.shape) == 1 else None
