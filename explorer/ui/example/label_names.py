"""Labels in words. A name from a file may be of any length, hold line breaks, or be that of two labels."""

from __future__ import annotations

from collections import Counter

import numpy as np

from explorer.ui.example.kept import of_codes
from explorer.workspace import Entry

MAX_LETTERS = 80
NONE = "no label"


def name(entry: Entry, code: int) -> str:
    """The label's whole name."""
    names = entry.atlas.label_names
    return names[code] if 0 <= code < len(names) else NONE


def short(text: str, max_letters: int = MAX_LETTERS) -> str:
    """A name on one line, cut where it is long."""
    # What lies beyond the cut need not be read: it may be megabytes.
    line = " ".join(text[: 2 * max_letters].split())
    return line if len(line) <= max_letters else f"{line[: max_letters - 1]}…"


@of_codes(maxsize=4)
def distinct(entry: Entry) -> tuple[str, ...]:
    """A short name for each label code, no two of them equal."""
    names = [short(each) for each in entry.atlas.label_names]
    n_same = Counter(names)
    return tuple(f"{each} · label {i}" if n_same[each] > 1 else each for i, each in enumerate(names))


@of_codes(maxsize=4)
def counts(entry: Entry) -> dict[int, int]:
    """How many examples each label has, by code; labels that no example has are left out, -1 is for none."""
    codes, n_examples = np.unique(codes_of(entry), return_counts=True)
    return dict(zip(codes.tolist(), n_examples.tolist(), strict=True))


def codes_of(entry: Entry) -> np.ndarray:
    """The label code (N,) of each row; -1 for none."""
    codes: np.ndarray = entry.atlas.columns(["label"])["label"]
    return np.where((codes >= 0) & (codes < len(entry.atlas.label_names)), codes, -1)
