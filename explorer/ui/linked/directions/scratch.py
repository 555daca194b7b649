"""What the view of directions remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from explorer.ui.linked.directions.walk import Walk

Axes = tuple[int, int]
"""The dimension from left to right, and the one from bottom to top."""


@dataclass(frozen=True)
class DirectionsScratch:
    """A tab's directions.

    Attributes:
        walk: as it was last read off the handle, if there was one.
        axes: of the traversal, by model, where they were picked.
    """

    walk: Walk | None = None
    axes: Mapping[str, Axes] = field(default_factory=dict)
