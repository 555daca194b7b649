"""How pure latent space is in labels: do codes that lie near one another belong to the same label?

With y_i the label of code i and N_k(i) its k nearest other codes,

    purity(i) = (1/k) #{j in N_k(i) : y_j = y_i}.

The same label everywhere gives 1; labels that know nothing of the codes give their own shares of all codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, Rows
from explorer.latent.neighbours import Search, nearest

N_NEIGHBOURS = 10
"""k: as many as set a code's local scale."""
MAX_SAMPLE = 512
"""Codes that a mean is taken over: its standard error is then at most 0.022."""


@dataclass(frozen=True)
class Purity:
    """A mean of purity(i).

    Attributes:
        mean: in [0, 1]; NaN where no code has a label.
        n: codes that it is the mean of.
        is_sample: whether there were more.
    """

    mean: float
    n: int
    is_sample: bool


def others(index: Search, points: Floats, own: Rows, k: int) -> tuple[Floats, Rows]:
    """The k nearest other points of some of the points themselves.

    Args:
        index: of all points (N, d).
        points: all points.
        own: rows (n,) of those that ask.
        k: how many; no more than N - 1 are given.

    Returns:
        Distances and rows, each (n, min(k, N - 1)), the nearest first. Among copies of a point any may be left out, but
        never is a point its own neighbour.
    """
    k = min(k, len(points) - 1)
    distances, rows = nearest(index, points[own], k + 1)
    is_own = rows == own[:, None]
    # More copies of a point than neighbours: it may not have found itself, and the last of them is one too many.
    is_own[~is_own.any(axis=1), -1] = True
    return distances[~is_own].reshape(len(own), k), rows[~is_own].reshape(len(own), k)


def purities(index: Search, points: Floats, labels: npt.NDArray[np.integer], own: Rows, k: int) -> Floats:
    """purity(i) of the rows `own` (n,); labels (N,), points (N, d) with N >= 2."""
    _, rows = others(index, points, own, k)
    share: Floats = (labels[rows] == labels[own][:, None]).mean(axis=1)
    return share


def mean_purity(
    index: Search, points: Floats, labels: npt.NDArray[np.integer], own: Rows, seed: int = 0
) -> Purity:
    """The mean purity of the rows `own` (n,), of a sample of them where they are many.

    Codes without a label (below 0) are left out of the mean; as neighbours they count as another label.
    """
    own = own[labels[own] >= 0]
    n_labelled = len(own)
    if n_labelled > MAX_SAMPLE:
        own = np.random.default_rng(seed).choice(own, MAX_SAMPLE, replace=False)
    if n_labelled == 0 or len(points) < 2:
        return Purity(float("nan"), 0, False)
    mean = float(purities(index, points, labels, own, N_NEIGHBOURS).mean())
    return Purity(mean, len(own), len(own) < n_labelled)
