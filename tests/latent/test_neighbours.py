import numpy as np
import pytest

from explorer.latent import neighbours
from explorer.latent.neighbours import Sites, nearest, normalised, search

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("dim", [1, 2, 3, 4, 16])
@pytest.mark.parametrize("k", [1, 5, 400])
def test_search_agrees_with_brute_force(dim, k):
    points, x = RNG.normal(size=(400, dim)), RNG.normal(size=(700, dim)) * 2
    distances, rows = nearest(search(points), x, k)
    apart = np.linalg.norm(points - x[:, None], axis=2)
    np.testing.assert_allclose(distances, np.sort(apart, axis=1)[:, :k], atol=1e-12)
    np.testing.assert_array_equal(rows, np.argsort(apart, axis=1)[:, :k])


@pytest.mark.parametrize("dim", [2, 16])
def test_search_is_exact_far_from_zero(dim):
    points = RNG.normal(size=(300, dim)) + 1e8
    distances, rows = nearest(search(points), points, 1)
    np.testing.assert_array_equal(rows[:, 0], np.arange(300))
    np.testing.assert_array_equal(distances, 0)


@pytest.mark.parametrize("shift", [0, 1e3, 1e6])
@pytest.mark.parametrize("k", [1, 11])
def test_search_in_float32_is_exact_where_scores_cannot_tell_the_points_apart(shift, k):
    # Nearly equal distances: float32 ranks them wrong, and the margin must keep them all.
    points = (RNG.normal(size=(1, 16)) + 1e-4 * RNG.normal(size=(3000, 16)) + shift).astype(np.float32)
    x = RNG.normal(size=(70, 16)) + shift
    distances, rows = nearest(search(points), x, k)
    apart = np.linalg.norm(points.astype(np.float64) - x[:, None], axis=2)
    np.testing.assert_array_equal(distances, np.sort(apart, axis=1)[:, :k])
    np.testing.assert_array_equal(rows, np.argsort(apart, axis=1, kind="stable")[:, :k])


@pytest.mark.parametrize("block", [16, 70, 1000])
def test_search_by_blocks_finds_what_one_block_finds(block, monkeypatch):
    points, x = RNG.normal(size=(2, 500, 5)).astype(np.float32)
    whole = nearest(search(points), x, 7)
    monkeypatch.setattr(neighbours, "_BLOCK", block)
    blocks = nearest(neighbours.MatrixSearch(points), x, 7)
    np.testing.assert_array_equal(blocks, whole)


def test_a_query_out_of_all_proportion_still_finds_the_nearest():
    points = RNG.normal(size=(300, 16)).astype(np.float32)
    x = np.full((1, 16), 1e15)
    distances, _ = nearest(search(points), x, 1)
    assert distances[0, 0] == np.linalg.norm(points - x, axis=1).min()


def test_sites_without_copies_keep_the_tables_as_they_are():
    points, values = (
        RNG.normal(size=(100, 2)).astype(np.float32),
        RNG.normal(size=(100, 3)).astype(np.float32),
    )
    sites = Sites.of(points, values)
    assert sites.points is points
    assert sites.values is values


def test_equal_points_become_one_site_with_the_mean_value():
    sites = Sites.of(np.array([[0.0, 1.0], [2.0, 2.0], [-0.0, 1.0]]), np.array([[1.0], [5.0], [2.0]]))
    np.testing.assert_array_equal(sites.points, [[0, 1], [2, 2]])
    np.testing.assert_array_equal(sites.values, [[1.5], [5.0]])


def test_the_radius_is_the_distance_of_the_first_site_left_out():
    points = np.arange(6.0)[:, None] ** 2
    hood = Sites.of(points, points).near(np.array([[0.0]]), 3)
    np.testing.assert_array_equal(hood.distances, [[0, 1, 4]])
    np.testing.assert_array_equal(hood.radius, [9])


def test_where_all_sites_are_neighbours_each_keeps_weight():
    points = np.arange(3.0)[:, None]
    hood = Sites.of(points, points).near(np.array([[0.0]]), 3)
    assert hood.reach.shape == (1, 3)
    assert hood.reach.max() < 1


def test_weights_sum_to_one_even_where_all_are_zero():
    np.testing.assert_allclose(normalised(np.array([[1.0, 3.0], [0.0, 0.0]])), [[0.25, 0.75], [0.5, 0.5]])
