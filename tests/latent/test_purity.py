"""Purity of labels in latent space, against scikit-learn and against what is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from explorer.latent.neighbours import search
from explorer.latent.purity import MAX_SAMPLE, N_NEIGHBOURS, mean_purity, others, purities


@pytest.fixture(params=[2, 8])
def points(request) -> np.ndarray:
    """Codes that a tree searches, and codes that a matrix product searches."""
    return np.random.default_rng(0).normal(size=(300, request.param))


@pytest.fixture
def labels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 4, 300)


def test_the_nearest_others_are_those_of_scikit_learn(points):
    own = np.array([0, 7, 299])
    distances, rows = others(search(points), points, own, 12)
    # Without an argument it leaves each point itself out.
    expected, expected_rows = NearestNeighbors(n_neighbors=12).fit(points).kneighbors()
    np.testing.assert_array_equal(rows, expected_rows[own])
    np.testing.assert_allclose(distances, expected[own], atol=1e-12)


def test_purity_is_the_probability_that_a_nearest_neighbour_classifier_gives(points, labels):
    own = np.arange(0, 300, 7)
    found = purities(search(points), points, labels, own, 10)
    for row, purity in zip(own, found, strict=True):
        rest = np.arange(300) != row
        model = KNeighborsClassifier(10).fit(points[rest], labels[rest])
        (votes,) = model.predict_proba(points[[row]])
        assert purity == pytest.approx(votes[list(model.classes_).index(labels[row])])


def test_clusters_far_apart_are_pure_and_labels_at_random_give_their_share(points):
    far = np.repeat([0, 1], 150)
    own = np.arange(300)
    assert mean_purity(search(points + 100 * far[:, None]), points + 100 * far[:, None], far, own).mean == 1
    shuffled = np.random.default_rng(2).permutation(far)
    assert mean_purity(search(points), points, shuffled, own).mean == pytest.approx(149 / 299, abs=0.04)


def test_a_copy_is_a_neighbour_and_a_point_is_never_its_own(points):
    copies = np.concatenate([np.zeros((40, points.shape[1])), points])
    own = np.arange(40)
    distances, rows = others(search(copies), copies, own, N_NEIGHBOURS)
    assert rows.shape == (40, N_NEIGHBOURS)
    assert not (rows == own[:, None]).any()
    assert (distances == 0).all()
    assert all(len(set(line)) == N_NEIGHBOURS for line in rows.tolist())


def test_few_points_have_few_neighbours(points):
    distances, rows = others(search(points[:3]), points[:3], np.array([1]), 10)
    assert sorted(rows[0].tolist()) == [0, 2]
    assert distances.shape == (1, 2)


def test_a_large_selection_is_sampled_and_says_so():
    points = np.random.default_rng(3).normal(size=(2000, 4))
    labels = (points[:, 0] > 0).astype(int)
    own = np.arange(2000)
    found = mean_purity(search(points), points, labels, own)
    assert (found.n, found.is_sample) == (MAX_SAMPLE, True)
    assert found == mean_purity(search(points), points, labels, own)
    exact = purities(search(points), points, labels, own, N_NEIGHBOURS).mean()
    assert found.mean == pytest.approx(exact, abs=0.03)


def test_examples_without_a_label_have_no_purity(points, labels):
    labels = np.where(np.arange(300) < 100, -1, labels)
    index = search(points)
    assert mean_purity(index, points, labels, np.arange(300)) == mean_purity(
        index, points, labels, np.arange(100, 300)
    )
    nothing = mean_purity(index, points, labels, np.arange(50))
    assert np.isnan(nothing.mean)
    assert nothing.n == 0


def test_a_single_code_has_no_neighbourhood():
    alone = np.zeros((1, 2))
    assert mean_purity(search(alone), alone, np.array([3]), np.array([0])).n == 0
