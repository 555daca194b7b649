"""How much of an atlas that is being built is scored, in the words that every view uses; "" of one that is whole.

pending     its trusted numbers are still to come
early       it has a number all the same: the ELBO's first look, from fewer draws
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.atlas.format import UNITS
from explorer.ui.example import trust
from explorer.ui.example.kept import of_entry
from explorer.workspace import Entry

NO_VALUE_YET = "no value so far"


@dataclass(frozen=True)
class Scored:
    """Of some examples, in one column.

    Attributes:
        n: how many there are.
        n_scored: have their trusted numbers.
        n_early: have none of those, but a first look at this one.
    """

    n: int
    n_scored: int
    n_early: int

    @property
    def is_all(self) -> bool:
        """Whether nothing is still to come."""
        return self.n_scored == self.n

    @property
    def n_without(self) -> int:
        """How many have no number here yet."""
        return self.n - self.n_scored - self.n_early

    @property
    def words(self) -> str:
        """`3,232 of 10,000 scored so far, a first look at 6,768 others`; "" where all are."""
        if self.is_all:
            return ""
        early = f", a first look at {self.n_early:,} others" if self.n_early else ""
        return f"{self.n_scored:,} of {self.n:,} scored so far{early}"


def of(entry: Entry, column: str = "log_px_nats", rows: np.ndarray | None = None) -> Scored:
    """How far a column of scores is, of all examples or of these rows; all of what is no score is there."""
    n = entry.atlas.n_examples if rows is None else len(rows)
    if not entry.is_growing or column not in UNITS:
        return Scored(n, n, 0)
    if rows is None:
        return _of_all(entry, column)
    return _counted(pending(entry)[rows], entry.atlas.columns([column])[column][rows])


def so_far(entry: Entry, column: str = "log_px_nats", rows: np.ndarray | None = None) -> str:
    """How many are scored, in words; "" where all are."""
    return of(entry, column, rows).words


@of_entry(maxsize=1)
def pending(entry: Entry) -> np.ndarray:
    """The examples whose trusted numbers are still to come, bool (N,)."""
    return trust.is_pending(entry.atlas.columns(["trust"])["trust"])


@of_entry(maxsize=32)
def _of_all(entry: Entry, column: str) -> Scored:
    return _counted(pending(entry), entry.atlas.columns([column])[column])


def _counted(is_pending: np.ndarray, values: np.ndarray) -> Scored:
    is_number = values.dtype.kind == "f"
    n_early = int((is_pending & np.isfinite(values)).sum()) if is_number else 0
    return Scored(len(values), int((~is_pending).sum()), n_early)
