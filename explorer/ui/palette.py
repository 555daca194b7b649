"""Colours as the pages show them: those of `explorer.palette`, which the explanation shares."""

from explorer.palette import (
    ACCENT,
    LABEL_COLOURS,
    QUIET,
    SEQUENTIAL,
    TRUSTED,
    label_colours,
    robust_limits,
)

__all__ = [
    "ACCENT",
    "LABEL_COLOURS",
    "QUIET",
    "SEQUENTIAL",
    "TRUSTED",
    "label_colours",
    "robust_limits",
]
