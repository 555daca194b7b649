"""What is worked out of an entry goes when the entry does, and what follows from its codes stays while it grows."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np

from explorer.ui.example.kept import of_codes, of_entry
from explorer.workspace import Entry, Workspace


def test_a_result_is_worked_out_once(stored: Path) -> None:
    entry = Workspace(stored).open("tiny")
    asked: list[int] = []

    @of_entry(maxsize=2)
    def doubled(entry: Entry, n: int) -> int:
        asked.append(n)
        return 2 * n

    assert [doubled(entry, n) for n in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert asked == [1, 2, 3, 2]
    doubled.cache_clear()
    doubled(entry, 1)
    assert asked == [1, 2, 3, 2, 1]


def test_numbers_go_with_their_entry_and_what_codes_give_stays(growing: Path) -> None:
    before = Workspace(growing).open("tiny")
    after = before.grown(before.atlas)
    asked: list[str] = []
    assert after.origin is before.origin

    @of_entry(maxsize=4)
    def values(entry: Entry) -> np.ndarray:
        asked.append("values")
        found: np.ndarray = entry.atlas.columns(["gap_nats"])["gap_nats"]
        return found

    @of_codes(maxsize=4)
    def codes(entry: Entry) -> float:
        asked.append("codes")
        return float(entry.atlas.means.sum())

    for entry in (before, after):
        values(entry)
        codes(entry)
    assert asked == ["values", "codes", "values"]
    gone = weakref.ref(before)
    del before, entry
    gc.collect()
    assert gone() is None
