"""The examples whose codes are nearest to a code z in latent space, whatever the map shows.

    distance_i = |z - c_i|,   ratio_i = distance_i / s(c_i)

with s(c_i) the local scale of code c_i, the distance to its own 10th neighbour: up to 1, z is as near to c_i as c_i's
neighbours are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.latent.neighbours import Search, nearest, search
from explorer.latent.purity import others
from explorer.ui.example.kept import of_codes
from explorer.ui.example.label_names import codes_of
from explorer.workspace import Entry

Code = tuple[float, ...]


@dataclass(frozen=True, eq=False)
class NearestExamples:
    """k examples, the nearest first.

    Attributes:
        rows: (k,).
        distances: in latent space, (k,).
        ratios: distances in units of each one's own local scale, (k,).
        labels: label codes (k,), -1 for none.
    """

    rows: np.ndarray
    distances: np.ndarray
    ratios: np.ndarray
    labels: np.ndarray

    def n_of(self, label: int) -> int:
        """How many have a label."""
        return int((self.labels == label).sum())

    @property
    def most_frequent(self) -> int:
        """The label that most have; the nearest one's where several are as frequent."""
        return max(self.labels.tolist(), key=self.n_of)


@of_codes(maxsize=2)
def index(entry: Entry) -> Search:
    """Finds the nearest of an entry's codes."""
    return search(entry.atlas.means)


@of_codes(maxsize=64)
def nearest_examples(entry: Entry, code: Code, base: int | None, k: int) -> NearestExamples:
    """The k examples nearest to a code (d,).

    Args:
        entry: the model.
        code: float32 numbers.
        base: the row of the example that the code was moved from, if any: where it is that example's own code, the
            example is not its own neighbour.
        k: at most so many.
    """
    means, z = entry.atlas.means, np.array([code], np.float32)
    if base is not None and len(means) > 1 and np.array_equal(z[0], means[base]):
        distances, rows = others(index(entry), means, np.array([base]), k)
    else:
        distances, rows = nearest(index(entry), z, min(k, len(means)))
    scale = entry.atlas.columns(["code_radius"])["code_radius"][rows[0]]
    # Copies of one code have no scale: they are at 0 from one another, and infinitely far from all else.
    apart = np.where(distances[0] > 0, np.inf, 0.0)
    ratios = np.divide(distances[0], scale, out=apart, where=scale > 0)
    return NearestExamples(rows[0], distances[0], ratios, codes_of(entry)[rows[0]])
