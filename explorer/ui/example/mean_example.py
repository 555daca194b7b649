"""The mean of several examples."""

from __future__ import annotations

import numpy as np

from explorer.ui.example.kept import of_codes
from explorer.ui.state import selection
from explorer.ui.state.selection import Selection
from explorer.workspace import Entry

_BLOCK = 8192


@of_codes(maxsize=32)
def mean_example(entry: Entry, chosen: Selection) -> np.ndarray:
    """The mean of the selected examples x, of their shape."""
    rows = selection.rows(chosen)
    total = np.zeros(entry.dataset.shape)
    for start in range(0, len(rows), _BLOCK):
        x = entry.dataset.x(rows[start : start + _BLOCK])
        # A product with ones: some twenty times as fast as a sum along the first axis.
        total += (np.ones(len(x), x.dtype) @ x.reshape(len(x), -1)).reshape(x.shape[1:])
    return total / len(rows)
