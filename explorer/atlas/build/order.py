"""Which examples are scored next: those that somebody waits for, then the batches with most of them, then the rest.

A batch is `EXAMPLES_PER_BATCH` rows that follow one another, wherever the build was stopped: float32 rounds otherwise
in other batches, and the atlas would be another one. What somebody waits for is scored ahead of its batch, to be seen,
and again with it.
"""

from __future__ import annotations

import numpy as np

from explorer.bounds.scores import EXAMPLES_PER_BATCH

# Of what is waited for, so many are scored ahead of their batches; the rest is a share of the batches anyway.
MOST_EARLY = 8 * EXAMPLES_PER_BATCH


def batch(number: int, n_rows: int) -> np.ndarray:
    """The rows of a batch."""
    start = number * EXAMPLES_PER_BATCH
    return np.arange(start, min(start + EXAMPLES_PER_BATCH, n_rows))


def next_batch(is_done: np.ndarray, first: np.ndarray) -> int | None:
    """The batch with most of the rows that are waited for and not done, else the first with any; None when all is done.

    Args:
        is_done: by row, (N,).
        first: rows that somebody waits for.
    """
    if len(waiting := first[~is_done[first]]):
        return int(np.bincount(waiting // EXAMPLES_PER_BATCH).argmax())
    left = int(np.argmin(is_done))
    return None if is_done[left] else left // EXAMPLES_PER_BATCH


def early(has_numbers: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Rows that somebody waits for, at most a batch of them; none where they were all served."""
    waited = first[:MOST_EARLY]
    return waited[~has_numbers[waited]][:EXAMPLES_PER_BATCH]
