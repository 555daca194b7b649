"""Where the examples of a map are dense: lines that hold given shares of them.

The density at a place is a Gaussian kernel estimate on a grid. The line for a share s is the level c at which the cells
of density >= c hold the share s of all mass, the boundary of the highest-density region (Hyndman 1996); so "50%" means
that half of the examples lie inside.

References:
    Scott 1992, Multivariate density estimation (N^(-1/6) standard deviations for one Gaussian; a map has many clusters,
    each a fraction of it wide, so the bandwidth here is a third of that).
    Hyndman 1996, Computing and graphing highest density regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy
from contourpy import contour_generator

from explorer.latent.arrays import Floats, table

SHARES = (0.9, 0.75, 0.5, 0.25, 0.1)
N_CELLS = 160
_BANDWIDTH = 1 / 3
_MARGIN = 3.0
"""Bandwidths of room around the examples: beyond, the kernel has nothing left."""
_NARROWEST = 1.0
"""Cells: a kernel narrower than its grid is no kernel."""
_FINEST = 0.25
"""Cells: a line of more corners than the eye sees is only slower."""


@dataclass(frozen=True, eq=False)
class ContourLine:
    """One line, (x, y) each with shape (n, 2), and the share of all examples inside its level's region."""

    share: float
    places: Floats


def lines(places: npt.ArrayLike, shares: Sequence[float] = SHARES) -> list[ContourLine]:
    """The boundaries of the regions that hold these shares of the examples.

    Args:
        places: on the map with shape (N, 2), finite; fewer than three different ones have no lines.
        shares: in (0, 1).

    Raises:
        MapError: a number that is not finite.
    """
    u = table(places, "places of a density", 2)
    spread = u.std(axis=0)
    if len(u) < 3 or not (spread > 1e-12 * (1 + np.abs(u).max())).all():
        return []
    bandwidth = _BANDWIDTH * spread * len(u) ** (-1 / 6)
    low, high = u.min(axis=0) - _MARGIN * bandwidth, u.max(axis=0) + _MARGIN * bandwidth
    counts, x_edges, y_edges = np.histogram2d(
        u[:, 0], u[:, 1], N_CELLS, [[low[0], high[0]], [low[1], high[1]]]
    )
    cell = (high - low) / N_CELLS
    density = scipy.ndimage.gaussian_filter(
        counts, np.maximum(bandwidth / cell, _NARROWEST), mode="constant"
    ).T
    generator = contour_generator(_middles(x_edges), _middles(y_edges), density)
    found = zip(shares, levels(density, shares), strict=True)
    return [
        ContourLine(share, _thinned(np.asarray(line), cell))
        for share, c in found
        for line in generator.lines(c)
    ]


def levels(density: Floats, shares: Sequence[float]) -> list[float]:
    """For each share the largest level whose cells hold at least that share of the density's mass."""
    falling = np.sort(density.ravel())[::-1]
    held = np.cumsum(falling) / falling.sum()
    return [float(falling[min(int(np.searchsorted(held, share)), len(falling) - 1)]) for share in shares]


def _middles(edges: Floats) -> Floats:
    return (edges[:-1] + edges[1:]) / 2


def _thinned(line: Floats, cell: Floats) -> Floats:
    """The line without corners that lie closer together than the eye tells; its ends stay."""
    steps = np.linalg.norm(np.diff(line, axis=0) / cell, axis=1)
    kept = np.diff(np.floor(np.cumsum(steps) / _FINEST), prepend=0) > 0
    kept[-1:] = True
    return np.concatenate([line[:1], line[1:][kept]])
