"""The shortest path on the graph of nearest neighbours: a way between two codes that stays among codes.

The nodes are the distinct codes; each is joined to its k nearest, and an edge is as long as the codes are apart:

    w(p, q) = |p - q|,    length(path) = sum of w over its edges.

A path from a to b enters the graph by the nodes nearest to a and leaves it by those nearest to b; where a and b are as
near to one another as to those, it may go straight. The graph is made connected: as long as there are several
components, all but the largest are joined by the shortest edge that leads out of each.

Along a curved sheet of codes the length tends to the geodesic distance within the sheet.

References:
    Tenenbaum, de Silva & Langford 2000, A global geometric framework for nonlinear dimensionality reduction.
    Boruvka 1926, for the joining of components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy

from explorer.latent import paths
from explorer.latent.arrays import Floats, MapError, Rows, float_dtype, table, vectors
from explorer.latent.neighbours import Search, nearest, search

N_NEIGHBOURS = 10
"""As many as set the scale of `support`: a path's edges are about as long as what counts as supported."""
MOST_NODES = 20_000
"""More codes than these are thinned to as many landmarks: the graph is made within seconds, in tens of MB."""
_SEED = 0
_BLOCK = 1024
"""Nodes whose neighbours are looked for at a time."""


@dataclass(frozen=True, eq=False)
class NeighbourGraph:
    """The graph of codes.

    Attributes:
        nodes: distinct codes with shape (M, d), float64.
        edges: symmetric, (M, M); an entry is the length of an edge.
        n_neighbours: k.
        n_joined: how many edges were added to make the graph connected.
    """

    nodes: Floats
    edges: scipy.sparse.csr_array
    n_neighbours: int
    n_joined: int
    _index: Search

    @classmethod
    def fit(
        cls, codes: npt.ArrayLike, n_neighbours: int = N_NEIGHBOURS, most_nodes: int = MOST_NODES
    ) -> NeighbourGraph:
        """The graph of codes (N, d); from more than `most_nodes` that many are drawn, always the same ones.

        Raises:
            MapError: no code, or a number that is not finite.
        """
        # Adding 0 turns -0 into 0: they are the same place.
        nodes = np.unique(table(_landmarks(np.asarray(codes), most_nodes), "codes of a graph") + 0.0, axis=0)
        index = search(nodes)
        edges = _neighbours(nodes, index, n_neighbours)
        edges, n_joined = _connected(nodes, edges)
        return cls(nodes, edges, n_neighbours, n_joined, index)

    def shortest(self, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
        """The corners of the shortest path between two codes (d,).

        Returns:
            Shape (m, d), m >= 2, in the dtype of the ends, which are a and b bit for bit.

        Raises:
            MapError: an end that is not finite or has another size.
        """
        size = self.nodes.shape[1]
        start, end = vectors(a, "the start of a path", size), vectors(b, "the end of a path", size)
        if start.ndim != 1 or end.ndim != 1:
            raise MapError("a path", "two codes (d,)", f"shapes {start.shape} and {end.shape}")
        between = self.nodes[self._way(start, end)]
        # A node that is an end is no corner of its own.
        between = between[(between != start).any(axis=1) & (between != end).any(axis=1)]
        corners = np.concatenate([start[None], between, end[None]]).astype(float_dtype(a, b))
        corners[0], corners[-1] = a, b
        return corners

    def through(self, points: npt.ArrayLike, n: int) -> Floats:
        """A path of n codes through anchors (m, d), evenly by length, every anchor exactly among them; (n, d)."""
        return paths.joined(self.parts(points), n)

    def parts(self, points: npt.ArrayLike) -> Sequence[Floats]:
        """The corners of the shortest path between each two anchors of (m, d)."""
        rows = np.asarray(points)
        return [self.shortest(a, b) for a, b in pairwise(rows)]

    def _way(self, start: Floats, end: Floats) -> Rows:
        """The rows of the nodes between two codes, in order; none where the ends are neighbours."""
        k = min(self.n_neighbours, len(self.nodes))
        apart, rows = nearest(self._index, np.stack([start, end]), k)
        if np.linalg.norm(end - start) <= apart.max():
            return np.empty(0, np.intp)
        lengths, before = scipy.sparse.csgraph.dijkstra(
            self._entered(rows[0], apart[0]), indices=len(self.nodes), return_predecessors=True
        )
        way = [int(rows[1][(lengths[rows[1]] + apart[1]).argmin()])]
        while (previous := int(before[way[-1]])) != len(self.nodes):
            way.append(previous)
        return np.array(way[::-1])

    def _entered(self, rows: Rows, apart: Floats) -> scipy.sparse.csr_array:
        """The edges, and a last node with edges into the nodes of `rows`, `apart` long, and none back."""
        edges, n = self.edges, len(self.nodes) + 1
        order = np.argsort(rows)
        data = np.concatenate([edges.data, apart[order]])
        indices = np.concatenate([edges.indices, rows[order].astype(edges.indices.dtype)])
        ends = np.append(edges.indptr, len(data)).astype(edges.indptr.dtype)
        return scipy.sparse.csr_array((data, indices, ends), shape=(n, n))


def _landmarks(codes: Floats, most: int) -> Floats:
    if len(codes) <= most:
        return codes
    drawn: Floats = codes[np.sort(np.random.default_rng(_SEED).permutation(len(codes))[:most])]
    return drawn


def _neighbours(nodes: Floats, index: Search, k: int) -> scipy.sparse.csr_array:
    n = len(nodes)
    count = min(k + 1, n)
    starts = range(0, n, _BLOCK)
    found = [nearest(index, nodes[start : start + _BLOCK], count) for start in starts]
    apart = np.concatenate([distances[:, 1:] for distances, _ in found]).ravel()
    to = np.concatenate([rows[:, 1:] for _, rows in found]).ravel()
    return _symmetric(np.repeat(np.arange(n), count - 1), to, apart, n)


def _symmetric(tails: Rows, heads: Rows, lengths: Floats, n: int) -> scipy.sparse.csr_array:
    """An edge in both directions, whichever of the two it was found from."""
    one_way = scipy.sparse.coo_array((lengths, (tails, heads)), shape=(n, n)).tocsr()
    return scipy.sparse.csr_array(one_way.maximum(one_way.T))


def _connected(nodes: Floats, edges: scipy.sparse.csr_array) -> tuple[scipy.sparse.csr_array, int]:
    n_joined = 0
    while True:
        n_components, component = scipy.sparse.csgraph.connected_components(edges, directed=False)
        if n_components == 1:
            return edges, n_joined
        largest = np.bincount(component).argmax()
        rest = [c for c in range(n_components) if c != largest]
        bridges = [_way_out(nodes, component == c) for c in rest]
        tails, heads, lengths = (np.array(column) for column in zip(*bridges, strict=True))
        added = _symmetric(tails, heads, lengths, len(nodes))
        n_joined += added.nnz // 2
        edges = scipy.sparse.csr_array(edges.maximum(added))


def _way_out(nodes: Floats, inside: npt.NDArray[np.bool_]) -> tuple[int, int, float]:
    """The shortest edge from a component to a node outside it: both rows, and its length."""
    inner, outer = np.flatnonzero(inside), np.flatnonzero(~inside)
    apart, rows = nearest(search(nodes[outer]), nodes[inner], 1)
    best = int(apart[:, 0].argmin())
    return int(inner[best]), int(outer[rows[best, 0]]), float(apart[best, 0])
