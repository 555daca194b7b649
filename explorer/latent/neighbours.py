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
from scipy.spatial import cKDTree

from explorer.latent.arrays import Floats, Rows

_TREE_DIM = 3
"""A tree wins up to here. In 16 dimensions at 10,000 points it takes 15 to 180 us a query, by where the query
lies (11 ms for 100 far ones); the matrix product takes 26 us wherever it lies (2 ms for 100)."""

_BLOCK = 1 << 17
"""Distances held at a time, 1 MB: larger blocks leave the cache and were twice as slow."""

_WHOLE = 1.5
"""Where all points are neighbours, the radius is this many times the farthest's distance: all keep weight."""


class Search(Protocol):
    """Finds the nearest of a fixed set of points."""

    def query(self, x: Floats, k: Rows) -> tuple[Floats, Rows]:
        """Distances and rows, each (n, len(k)), of the neighbours of ranks k = 1, 2, .. of each row of x."""
        ...


class MatrixSearch:
    """Exact nearest neighbours from |p - x|^2 / 2 = |p|^2 / 2 - p.x + const, a matrix product a block.

    Args:
        points: shape (N, m).
    """

    def __init__(self, points: Floats) -> None:
        # Centred: the expanded square loses what the points share.
        self._centre = points.mean(axis=0)
        self._points = np.ascontiguousarray(points - self._centre)
        self._half_squares = 0.5 * np.einsum("nm,nm->n", self._points, self._points)

    def query(self, x: Floats, k: Rows) -> tuple[Floats, Rows]:
        rows = np.empty((len(x), len(k)), np.intp)
        step = max(1, _BLOCK // len(self._points))
        for start in range(0, len(x), step):
            rows[start : start + step] = self._candidates(x[start : start + step] - self._centre, len(k))
        # Measured again from the difference, so that a point is at distance 0 from itself.
        apart = np.linalg.norm(self._points[rows] - (x - self._centre)[:, None], axis=2)
        order = np.argsort(apart, axis=1, kind="stable")
        return np.take_along_axis(apart, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _candidates(self, x: Floats, k: int) -> Rows:
        scores = self._half_squares - x @ self._points.T
        if k == 1:
            return np.asarray(scores.argmin(axis=1)[:, None])
        if k == scores.shape[1]:
            return np.broadcast_to(np.arange(k), scores.shape)
        return np.argpartition(scores, k - 1, axis=1)[:, :k]


def search(points: Floats) -> Search:
    """The faster exact search of points (N, m): a tree in few dimensions, matrix products in many."""
    return cKDTree(points) if points.shape[1] <= _TREE_DIM else MatrixSearch(points)


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
    point would make h = 0 and the choice among them arbitrary.
    """

    points: Floats
    values: Floats
    index: Search

    @classmethod
    def of(cls, points: Floats, values: Floats) -> Sites:
        """Merges equal points of shape (N, m), with values of shape (N, q)."""
        # Adding 0 turns -0 into 0: they are the same place.
        distinct, site = np.unique(points + 0.0, axis=0, return_inverse=True)
        site = site.ravel()
        sums = np.stack([np.bincount(site, column, len(distinct)) for column in values.T], axis=1)
        return cls(distinct, sums / np.bincount(site)[:, None], search(distinct))

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
