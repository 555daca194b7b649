"""The axis along which the D values of a vector lie, as a person reads it: what each place is called, lines or bars."""

from __future__ import annotations

import numpy as np

from explorer.datasets.features import Features

# Of features that nobody has described, more than these are taken for samples of a signal. More bars than these, of
# features in no order, say nothing: then the largest of them are named.
MOST_BARS = 30
_NAME_LETTERS = 40


def axis_of(features: Features | None, n: int) -> Features:
    """What is known of the n places of a vector; where nothing is, a signal if they are many, else bars."""
    return features if features is not None else Features(is_ordered=n > MOST_BARS)


def is_listed(axis: Features, n: int) -> bool:
    """Whether n features are too many for bars, and in no order that a line could follow."""
    return not axis.is_ordered and n > MOST_BARS


def place_name(axis: Features, i: int) -> str:
    """The name of place i, on one line, cut where it is long; its number, from 1 on, where places have no names."""
    if not axis.names:
        return f"{axis.axis} {i + 1}"
    line = " ".join(axis.names[i][: 2 * _NAME_LETTERS].split())
    return line if len(line) <= _NAME_LETTERS else f"{line[: _NAME_LETTERS - 1]}…"


def largest(values: np.ndarray, most: int) -> list[int]:
    """Where the |values| of a vector (D,) are largest, the largest first; zeros and what is no number are left out."""
    size = np.abs(np.where(np.isfinite(values), values, 0.0))
    order = np.argsort(-size, kind="stable")[:most]
    return [int(i) for i in order if size[i] > 0]
