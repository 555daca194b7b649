"""What the page Open remembers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OpenScratch:
    """Whether a model was chosen, whose map is then looked at."""

    is_leaving: bool = False
