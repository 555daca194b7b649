"""The columns of an atlas that is being built: what is not there yet is NaN, 0 or an empty text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from explorer.atlas.format import COUNTS, TEXTS, UNITS, vectors
from explorer.datasets import Dataset

# What lies below is the rounding of matrix factorisations, which another process may do otherwise.
DECIMALS = 8


class Growing:
    """One value an example and column, (N,), or a vector, (N, d).

    Args:
        data: whose examples they are.
    """

    def __init__(self, data: Dataset):
        self._n = len(data)
        self._given = {"example_id": data.example_ids, "label": data.labels.astype(np.int32)}
        self._metadata = dict(data.metadata)
        self._vectors: dict[str, np.ndarray] = {}
        self._places: dict[str, np.ndarray] = {}
        self._scores = {name: _nothing(name, self._n) for name in UNITS}
        self.has_elbo, self.is_scored, self.has_early = (np.zeros(self._n, bool) for _ in range(3))

    @property
    def codes(self) -> np.ndarray:
        """Posterior means (N, d)."""
        return self._vectors["mean"]

    def encode(self, rows: np.ndarray, columns: Mapping[str, np.ndarray]) -> None:
        """Takes `mean` and `log_variance` of these rows, (n, d) each."""
        for name, values in columns.items():
            self._vectors.setdefault(name, np.empty((self._n, values.shape[1]), np.float32))[rows] = values

    def place(self, name: str, values: np.ndarray) -> None:
        """Takes a column that is computed as a whole: coordinates on a map, scales."""
        self._places[name] = values.astype(np.float32)

    def score(self, rows: np.ndarray, columns: Mapping[str, np.ndarray], *, is_early: bool = False) -> None:
        """Takes scores of these rows, (n,) each, to `DECIMALS` places.

        Args:
            rows: (n,).
            columns: the ELBO's, or all.
            is_early: whether they came out of their turn, in a batch of their own, and will be computed again.
        """
        for name, values in columns.items():
            is_real = np.issubdtype(values.dtype, np.floating)
            self._scores[name][rows] = np.round(values, DECIMALS) if is_real else values
        self.has_elbo[rows] |= not is_early
        if "trust" in columns:
            (self.has_early if is_early else self.is_scored)[rows] = True

    @property
    def n_scored(self) -> int:
        """How many have their trusted numbers, in their turn or before it."""
        return int((self.is_scored | self.has_early).sum())

    @property
    def n_elbo(self) -> int:
        """How many have their ELBO."""
        return int((self.has_elbo | self.has_early).sum())

    def table(self) -> pa.Table:
        """All columns as the shards have them."""
        return pa.table(
            {
                **{name: pa.array(values) for name, values in self._given.items()},
                **{name: vectors(values, values.shape[1]) for name, values in self._vectors.items()},
                **{name: pa.array(values) for name, values in self._scores.items()},
                **{name: pa.array(values, pa.float32()) for name, values in self._places.items()},
                **{name: pa.array(values) for name, values in self._metadata.items()},
            }
        )


def _nothing(name: str, n: int) -> np.ndarray:
    if name in TEXTS:
        return np.full(n, "", object)
    return np.zeros(n, np.int64) if name in COUNTS else np.full(n, np.nan)
