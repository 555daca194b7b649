"""Support: is a code where the model has seen codes?

With c the code nearest to z and s(c) its own scale, the distance from c to its k-th nearest neighbour,

    ratio(z) = |z - c| / s(c).

At most 1: z is as close to c as c's own neighbours are. Up to 2: thin. Beyond: outside, the decoder
extrapolates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, Rows, rows, stored
from explorer.latent.neighbours import Search, nearest, search

Level = Literal["good", "thin", "outside"]

N_NEIGHBOURS = 10
"""k: the 10th neighbour gives a scale that one odd pair of codes does not set, and that is still local."""
_BLOCK = 1024
"""Codes compared at a time by `local_scale`."""
_LEAST_SCALE = 1e-12
"""Copies of one code have scale 0; the ratio beside them is large, and finite, as JSON wants it."""


@dataclass(frozen=True, eq=False)
class SupportReport:
    """The support of n codes: ratio (n,), and nearest (n,), the row of the nearest stored code."""

    ratio: Floats
    nearest: Rows


def level(ratio: float) -> Level:
    """Says a ratio in a word: at most 1 good, at most 2 thin, else outside."""
    if ratio <= 1:
        return "good"
    return "thin" if ratio <= 2 else "outside"


class Support:
    """Stored codes and their local scales.

    Args:
        codes: shape (N, d); kept as they are, not copied.
        radius: the local scale of each code with shape (N,), as `local_scale` computes it.
    """

    def __init__(self, codes: npt.ArrayLike, radius: npt.ArrayLike) -> None:
        points = stored(codes, "codes of a support")
        self.radius = stored(np.asarray(radius)[..., None], "local scales of a support", 1)[:, 0]
        if len(points) != len(self.radius) or (self.radius < 0).any():
            found = f"{len(self.radius)}, or negative ones"
            raise MapError("local scales of a support", f"{len(points)} distances", found)
        self.latent_dim = points.shape[1]
        self._index: Search = search(points)

    @classmethod
    def fit(cls, codes: npt.ArrayLike) -> Support:
        """Computes the local scale of each code (N, d) and stores both."""
        return cls(codes, local_scale(codes))

    def at(self, z: npt.ArrayLike, remoteness: npt.ArrayLike | None = None) -> SupportReport:
        """The support of codes.

        Args:
            z: codes with shape (n, d).
            remoteness: what `Chart.remoteness` says of the places that were lifted to z, with shape (n,). A
                place far from every example of an approximate map lifts to some average code, which may be
                well supported itself: the larger of the two ratios is the honest one.

        Raises:
            MapError: a number that is not finite, or another latent size.
        """
        distances, nearest_row = nearest(self._index, rows(z, "codes to support", self.latent_dim), 1)
        ratio = distances[:, 0] / np.maximum(self.radius[nearest_row[:, 0]], _LEAST_SCALE)
        if remoteness is not None:
            ratio = np.maximum(ratio, remoteness)
        return SupportReport(ratio, nearest_row[:, 0])


def local_scale(codes: npt.ArrayLike, n_neighbours: int = N_NEIGHBOURS) -> Floats:
    """The distance of each code to its k-th nearest other code, in bounded memory.

    Args:
        codes: shape (N, d).
        n_neighbours: k; the farthest code counts where there are no more than k.

    Returns:
        Distances with shape (N,), float64; 0 for a single code, and among k + 1 copies of one.
    """
    points = stored(codes, "codes of a support")
    index, k = search(points), min(n_neighbours + 1, len(points))
    starts = range(0, len(points), _BLOCK)
    blocks = [nearest(index, points[start : start + _BLOCK], k)[0][:, -1] for start in starts]
    return np.concatenate(blocks)
