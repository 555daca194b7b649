"""What the page Open remembers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OpenScratch:
    """Whether a model was chosen, whose map is then looked at."""

    is_leaving: bool = False


@dataclass(frozen=True)
class ImportScratch:
    """The model of another program that is being imported, by its path; empty where none is."""

    source: str = ""
