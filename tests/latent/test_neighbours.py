import numpy as np
import pytest

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
