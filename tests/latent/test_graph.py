"""The shortest path on the neighbour graph: laws of its ends and length, and networkx as the oracle."""

from itertools import pairwise

import networkx  # type: ignore[import-untyped]  # it ships no types
import numpy as np
import pytest

from explorer.latent import MapError
from explorer.latent.graph import NeighbourGraph
from explorer.latent.paths import step_lengths

RNG = np.random.default_rng(11)
CLOUD = RNG.normal(size=(300, 5))


def length(path):
    return step_lengths(path).sum()


def circle(n):
    turns = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def oracle(codes, a, b, k):
    """The length of the shortest way from a to b, by another library, from distances of every pair."""
    apart = np.linalg.norm(codes[:, None] - codes, axis=2)
    graph = networkx.Graph()
    for i, row in enumerate(apart):
        graph.add_weighted_edges_from((i, int(j), row[j]) for j in np.argsort(row)[1 : k + 1])
    gaps = {name: np.linalg.norm(codes - end, axis=1) for name, end in (("a", a), ("b", b))}
    for name, each in gaps.items():
        graph.add_weighted_edges_from((name, int(j), each[j]) for j in np.argsort(each)[:k])
    if np.linalg.norm(b - a) <= max(np.sort(each)[k - 1] for each in gaps.values()):
        graph.add_edge("a", "b", weight=np.linalg.norm(b - a))
    return networkx.shortest_path_length(graph, "a", "b", weight="weight")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [2, 3, 11, 48])
def test_a_path_ends_at_its_ends_bit_for_bit(dtype, n):
    anchors = RNG.normal(size=(3, 5)).astype(dtype)
    path = NeighbourGraph.fit(CLOUD).through(anchors, n + 1)
    assert path.shape == (n + 1, 5)
    assert path.dtype == dtype
    assert path[[0, -1]].tobytes() == anchors[[0, -1]].tobytes()
    assert (path == anchors[1]).all(axis=1).any()


def test_the_length_is_the_shortest_that_another_library_finds():
    graph = NeighbourGraph.fit(CLOUD, n_neighbours=6)
    assert graph.n_joined == 0
    for a, b in RNG.normal(size=(20, 2, 5)) * 1.5:
        assert length(graph.shortest(a, b)) == pytest.approx(oracle(CLOUD, a, b, 6), rel=1e-9)


def test_between_two_nodes_the_path_is_the_graphs_own():
    graph = NeighbourGraph.fit(CLOUD, n_neighbours=6)
    corners = graph.shortest(CLOUD[3], CLOUD[200])
    assert length(corners) == pytest.approx(oracle(CLOUD, CLOUD[3], CLOUD[200], 6), rel=1e-9)
    assert all((corner == CLOUD).all(axis=1).any() for corner in corners)
    assert (step_lengths(corners) > 0).all()


def test_a_path_back_is_as_long():
    graph = NeighbourGraph.fit(CLOUD)
    a, b = RNG.normal(size=(2, 5))
    assert length(graph.shortest(a, b)) == pytest.approx(length(graph.shortest(b, a)), rel=1e-9)


def test_a_path_is_never_shorter_than_the_straight_line():
    graph = NeighbourGraph.fit(CLOUD)
    for a, b in RNG.normal(size=(20, 2, 5)):
        assert length(graph.shortest(a, b)) >= np.linalg.norm(b - a) - 1e-12


def test_on_a_ring_the_path_follows_the_ring():
    graph = NeighbourGraph.fit(circle(200), n_neighbours=4)
    path = graph.through([[1.0, 0.0], [np.cos(2.5), np.sin(2.5)]], 60)
    radius = np.linalg.norm(path, axis=1)
    assert radius.min() > 0.998
    assert (path[:, 1] > -1e-3).all()
    assert length(path) == pytest.approx(2.5, rel=0.01)


def test_codes_lie_evenly_along_the_path():
    path = NeighbourGraph.fit(circle(200), n_neighbours=4).through([[1.0, 0.0], [-1.0, 0.0]], 41)
    assert step_lengths(path) == pytest.approx(np.pi / 40, rel=0.01)


def test_on_a_chain_every_link_is_taken():
    # Ever wider apart: the nearest of each is the one before it.
    chain = np.cumsum(np.arange(9.0))[:, None]
    corners = NeighbourGraph.fit(chain, n_neighbours=1).shortest(chain[0], chain[-1])
    np.testing.assert_array_equal(corners, chain)


def test_clusters_apart_are_joined_by_their_nearest_pairs():
    clusters = [RNG.uniform(size=(30, 2)) + np.array([10 * i, 0]) for i in range(4)]
    graph = NeighbourGraph.fit(np.concatenate(clusters), n_neighbours=5)
    assert graph.n_joined == 3
    corners = graph.shortest(clusters[0][0], clusters[3][0])
    wide = corners[:-1][step_lengths(corners) > 5]
    assert len(wide) == 3
    for left, right in pairwise(clusters):
        gaps = np.linalg.norm(left[:, None] - right, axis=2)
        i, _ = np.unravel_index(gaps.argmin(), gaps.shape)
        assert (wide == left[i]).all(axis=1).any()


def test_copies_of_a_code_are_one_node():
    graph = NeighbourGraph.fit(np.repeat(circle(50), 40, axis=0), n_neighbours=4)
    assert graph.nodes.shape == (50, 2)
    assert length(graph.through([[1.0, 0.0], [-1.0, 0.0]], 30)) == pytest.approx(np.pi, rel=0.02)


@pytest.mark.parametrize("codes", [[[0.5, 0.5]], [[0.5, 0.5]] * 7])
def test_one_code_is_passed_through_or_by(codes):
    graph = NeighbourGraph.fit(codes)
    path = graph.through([[0.0, 0.0], [1.0, 1.0]], 5)
    np.testing.assert_allclose(path, np.linspace(0, 1, 5)[:, None] * [1, 1])
    np.testing.assert_array_equal(graph.shortest([0.5, 0.5], [0.5, 0.5]), [[0.5, 0.5]] * 2)


@pytest.mark.parametrize("end", [CLOUD[7], np.full(5, 9.0)], ids=["a node", "far away"])
def test_from_a_code_to_itself_the_path_stands_still(end):
    np.testing.assert_array_equal(NeighbourGraph.fit(CLOUD).through([end, end], 6), np.tile(end, (6, 1)))


def test_two_ends_beside_each_other_are_joined_straight():
    a = CLOUD[0] + 0.01
    assert len(NeighbourGraph.fit(CLOUD).shortest(a, a + 1e-3)) == 2


def test_many_codes_are_thinned_to_the_same_landmarks_every_time():
    codes = np.random.default_rng(0).normal(size=(500, 3))
    graphs = [NeighbourGraph.fit(codes, most_nodes=120) for _ in range(2)]
    np.testing.assert_array_equal(graphs[0].nodes, graphs[1].nodes)
    assert graphs[0].nodes.shape == (120, 3)
    # Nothing is held for every pair: edges grow with the nodes.
    assert graphs[0].edges.nnz <= 2 * 120 * 11
    ends = codes[[3, 400]]
    np.testing.assert_array_equal(graphs[0].through(ends, 9)[[0, -1]], ends)


def test_bad_input_is_refused():
    graph = NeighbourGraph.fit(CLOUD)
    with pytest.raises(MapError, match="one row or more"):
        NeighbourGraph.fit(np.empty((0, 3)))
    with pytest.raises(MapError, match="vectors of 5 numbers"):
        graph.shortest(np.zeros(4), np.zeros(5))
    with pytest.raises(MapError, match="finite"):
        graph.shortest(np.full(5, np.nan), np.zeros(5))
    with pytest.raises(MapError, match="two codes"):
        graph.shortest(np.zeros((1, 5)), np.zeros((1, 5)))
    with pytest.raises(MapError, match="two anchors"):
        graph.through(np.zeros((1, 5)), 5)
