"""What the D places of a vector are: features of a table, samples of a signal, wavelengths, genes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Features:
    """The axis along which a vector's values lie.

    Attributes:
        names: of the D places, or none where they are only counted
        axis: what the places are, with the unit of their names: "feature", "wavelength [nm]", "sample", "gene"
        unit: of the values; may be empty
        is_ordered: whether neighbours belong together, as in a spectrum: drawn as a line, else as bars
    """

    names: tuple[str, ...] = ()
    axis: str = "feature"
    unit: str = ""
    is_ordered: bool = False

    @classmethod
    def named(cls, names: Sequence[str], axis: str = "feature", unit: str = "") -> Features:
        """Features by their names, which are in order where they are rising numbers: wavelengths, times."""
        return cls(tuple(names), axis, unit, are_rising(names))


def are_rising(names: Sequence[str]) -> bool:
    """Whether names are numbers that rise, at least three of them."""
    try:
        numbers = [float(name) for name in names]
    except ValueError:
        return False
    is_plain = len(numbers) > 2 and all(map(math.isfinite, numbers))
    return is_plain and all(a < b for a, b in pairwise(numbers))
