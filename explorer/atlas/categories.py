"""A column of texts as few values, so that each can have a colour: codes 0, 1, ... by how frequent a value is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

# More could not be told apart.
MOST_VALUES = 40
NONE = -1


@dataclass(frozen=True, eq=False)
class Categories:
    """The values of N texts.

    Attributes:
        names: of the codes, the most frequent first; the last may stand for all values beyond them.
        codes: (N,), `NONE` where there is no text.
        n_others: how many values the last name stands for; 0 where it is one itself.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    n_others: int


def categories(texts: np.ndarray) -> Categories:
    """The `MOST_VALUES` values of texts (N,), or all but one of so many and the others as one; "" is none."""
    counts = Counter(texts.tolist())
    counts.pop("", None)
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    kept = ranked if len(ranked) <= MOST_VALUES else ranked[: MOST_VALUES - 1]
    code_of = {"": NONE} | {text: code for code, text in enumerate(kept)}
    codes = np.array([code_of.get(text, len(kept)) for text in texts.tolist()], np.int32)
    n_others = len(ranked) - len(kept)
    others = (f"{n_others:,} others",) if n_others else ()
    return Categories((*kept, *others), codes, n_others)
