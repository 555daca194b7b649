"""Nearest neighbours, and neighbourhoods whose averages stay continuous.

A neighbourhood of a place u holds its k nearest points p_1 .. p_k at distances r_1 <= .. <= r_k, and a radius
h = r_{k+1}, the distance of the first point left out. A weight that is a continuous function of r / h, 0 at
r = h, makes every weighted average continuous in u: when two points change ranks at the edge, both weigh 0.
(The one exception is a place with its k + 1 nearest points all at one distance: there, no k are the nearest.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

# Its parts are imported when they are first used: a tree costs the start of the app a third of a second.
import scipy

from explorer.latent.arrays import Floats, Rows

_TREE_DIM = 3
"""A tree wins up to here. In 16 dimensions at 10,000 points it takes 15 to 180 us a query, by where the query
lies (11 ms for 100 far ones); the matrix product takes 60 us wherever it lies (1.5 ms for 100), and 3 ms at a
million points in float32. Cells of such codes with their radii, searched by the triangle inequality, were slower:
nearly every cell of 1,000 may hold the nearest of a code between them."""

_BLOCK = 1 << 17
"""Distances held at a time, 0.5 to 1 MB: larger blocks leave the cache and were twice as slow."""
_QUERIES = 64
"""Rows of x that share one pass over the points."""

_WHOLE = 1.5
"""Where all points are neighbours, the radius is this many times the farthest's distance: all keep weight."""


class Search(Protocol):
    """Finds the nearest of a fixed set of points."""

    def query(self, x: Floats, k: Rows) -> tuple[Floats, Rows]:
        """Distances and rows, each (n, len(k)), of the neighbours of ranks k = 1, 2, .. of each row of x."""
        ...


class MatrixSearch:
    """Exact nearest neighbours by a matrix product a block, in the points' own precision, which copies none of them.

    With c the points' mean, half the squared distance is, up to what all points of a query share,

        score(p) = |p - c|^2 / 2 - p.(x - c),   off by less than  error(x) = (m + 8) eps (R^2 / 2 + P |x - c|),

    R the largest |p - c|, P the largest |p|. The k nearest are therefore among the points whose score is within
    2 error(x) of the k-th lowest; these few are measured again in float64 from the difference, so that a point is at
    distance 0 from itself.

    Args:
        points: shape (N, m), float32 or float64.
    """

    def __init__(self, points: Floats) -> None:
        self._points = points
        self._centre = points.mean(axis=0, dtype=np.float64)
        self._half_squares = np.empty(len(points), points.dtype)
        farthest = 0.0
        for start in range(0, len(points), _BLOCK // 16):
            block = slice(start, start + _BLOCK // 16)
            exact = points[block].astype(np.float64)
            farthest = max(farthest, np.linalg.norm(exact, axis=1).max())
            exact -= self._centre
            self._half_squares[block] = 0.5 * np.einsum("nm,nm->n", exact, exact)
        epsilon = (points.shape[1] + 8) * float(np.finfo(points.dtype).eps)
        self._fixed_error = epsilon * float(self._half_squares.max())
        self._error_by_distance = epsilon * farthest

    def query(self, x: Floats, k: Rows) -> tuple[Floats, Rows]:
        apart, rows = np.empty((len(x), len(k))), np.empty((len(x), len(k)), np.intp)
        for start in range(0, len(x), _QUERIES):
            part = slice(start, start + _QUERIES)
            apart[part], rows[part] = self._query(x[part].astype(np.float64), len(k))
        return apart, rows

    def _query(self, x: Floats, k: int) -> tuple[Floats, Rows]:
        query, row = self._candidates(x - self._centre, k)
        apart = np.linalg.norm(self._points[row] - x[query], axis=1)
        order = np.lexsort((row, apart, query))
        # Sorted by query, then by distance: the first k of each.
        first = np.searchsorted(query[order], np.arange(len(x)))
        chosen = order[first[:, None] + np.arange(k)]
        return apart[chosen], row[chosen]

    def _candidates(self, x: Floats, k: int) -> tuple[Rows, Rows]:
        """Pairs (i, row) among which are the k nearest points of every x_i; x (n, m) is seen from the centre."""
        slack = 2 * (self._fixed_error + self._error_by_distance * np.linalg.norm(x, axis=1))
        seen = x.astype(self._points.dtype)
        step = max(k, _BLOCK // len(x))
        bound = np.full(len(x), np.inf)
        found: list[tuple[int, Rows]] = []
        for start in range(0, len(self._points), step):
            scores = seen @ self._points[start : start + step].T
            np.subtract(self._half_squares[start : start + step], scores, out=scores)
            # The k-th lowest of one block is never below the k-th lowest of all.
            bound = np.minimum(bound, _kth_lowest(scores, k))
            # Most blocks hold nothing for most queries, and are looked through once.
            for i in np.flatnonzero(scores.min(axis=1) <= bound + slack).tolist():
                found.append((i, start + np.flatnonzero(scores[i] <= bound[i] + slack[i])))
        queries = np.repeat([i for i, _ in found], [len(rows) for _, rows in found])
        return queries, np.concatenate([rows for _, rows in found])


def _kth_lowest(scores: Floats, k: int) -> Floats:
    """The k-th lowest of each row of (n, b); infinity where there are fewer than k."""
    if scores.shape[1] < k:
        return np.full(len(scores), np.inf)
    lowest: Floats = scores.min(axis=1) if k == 1 else np.partition(scores, k - 1, axis=1)[:, k - 1]
    return lowest


def search(points: Floats) -> Search:
    """The faster exact search of points (N, m): a tree in few dimensions, matrix products in many."""
    return scipy.spatial.cKDTree(points) if points.shape[1] <= _TREE_DIM else MatrixSearch(points)


def nearest(index: Search, x: Floats, k: int) -> tuple[Floats, Rows]:
    """Distances and rows, each with shape (n, k) and nearest first, of the k neighbours of x (n, m)."""
    return index.query(x, np.arange(1, k + 1))


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The neighbours of n places: distances (n, k), rows (n, k) into the sites, radius h (n,)."""

    distances: Floats
    rows: Rows
    radius: Floats

    @property
    def reach(self) -> Floats:
        """r / h in [0, 1] with shape (n, k); 0 where all points are one and h is 0."""
        return self.distances / np.where(self.radius > 0, self.radius, 1)[:, None]


@dataclass(frozen=True, eq=False)
class Sites:
    """Distinct points p (M, m) and the value at each, v (M, q), searched by nearness.

    Points that coincide become one site with the mean of their values; without this, k + 1 copies of one
    point would make h = 0 and the choice among them arbitrary. Where none do, both tables are kept as they are.
    """

    points: Floats
    values: Floats
    index: Search

    @classmethod
    def of(cls, points: Floats, values: Floats) -> Sites:
        """Merges equal points of shape (N, m), with values of shape (N, q)."""
        order = np.lexsort(points.T[::-1])
        ordered = points[order]
        is_new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
        if is_new.all():
            return cls(points, values, search(points))
        distinct = ordered[is_new]
        site = np.empty(len(points), np.intp)
        site[order] = np.cumsum(is_new) - 1
        counts = np.bincount(site)
        means = np.empty((len(distinct), values.shape[1]), values.dtype)
        for column, mean in zip(values.T, means.T, strict=True):
            mean[:] = np.bincount(site, column) / counts
        return cls(distinct, means, search(distinct))

    def near(self, x: Floats, k: int) -> Neighbourhood:
        """The k nearest sites of each row of x (n, m), or all of them where there are no more than k."""
        n_sites = len(self.points)
        distances, rows = nearest(self.index, x, min(k + 1, n_sites))
        if n_sites <= k:
            return Neighbourhood(distances, rows, _WHOLE * distances[:, -1])
        return Neighbourhood(distances[:, :k], rows[:, :k], distances[:, k])

    def spacing(self, rows: Rows, k: int) -> Floats:
        """Distance of each site in `rows` (n,) to its k-th nearest other site, or to the farthest."""
        distances, _ = nearest(self.index, self.points[rows], min(k + 1, len(self.points)))
        return distances[:, -1]


def normalised(weights: Floats) -> Floats:
    """Weights (n, k) scaled to sum to 1 in each row; equal ones where all are 0."""
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights, 1 / weights.shape[1]) / np.where(total > 0, total, 1)
