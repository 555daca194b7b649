import numpy as np
import pytest
from sklearn.decomposition import PCA

from explorer.latent import MapError, Plane
from explorer.latent.maps import axes, pca
from explorer.latent.plane import anchors

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(200, 6)) * [3, 2, 1, 0.5, 0.2, 0.1] + 5


def test_axes_reads_and_writes_the_two_named_coordinates():
    plane = axes(4, 1, latent_dim=6)
    np.testing.assert_array_equal(plane.place(CODES), CODES[:, [4, 1]])
    np.testing.assert_array_equal(plane.lift([[7.0, -2.0]]), [[0, -2, 0, 0, 7, 0]])


def test_dragging_along_axes_leaves_the_other_coordinates_bit_for_bit():
    base = CODES[:1].astype(np.float32)
    moved = axes(0, 3, latent_dim=6).lift([[9.0, 9.0]], base, [[1.0, 2.0]])
    np.testing.assert_array_equal(moved[:, [1, 2, 4, 5]], base[:, [1, 2, 4, 5]])
    np.testing.assert_allclose(moved[:, [0, 3]], base[:, [0, 3]] + [8, 7], rtol=1e-6)


def test_drag_keeps_the_residual():
    plane = pca(CODES)
    home, step = plane.place(CODES), np.array([1.5, -0.5])
    moved = plane.lift(home + step, CODES, home)
    on_plane, before = plane.lift(plane.place(moved)), plane.lift(home)
    np.testing.assert_allclose(moved - on_plane, CODES - before, atol=1e-12)
    np.testing.assert_allclose(plane.place(moved), home + step, atol=1e-12)


def test_pca_agrees_with_scikit_learn_up_to_sign():
    plane, oracle = pca(CODES), PCA(2).fit(CODES)
    np.testing.assert_allclose(plane.origin, oracle.mean_, atol=1e-12)
    np.testing.assert_allclose(np.abs(plane.basis.T @ oracle.components_.T), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(np.abs(plane.place(CODES)), np.abs(oracle.transform(CODES)), atol=1e-9)


def test_pca_signs_do_not_depend_on_row_order_or_precision():
    first, second = pca(CODES), pca(CODES[::-1].astype(np.float32))
    np.testing.assert_allclose(first.basis, second.basis, atol=1e-5)
    assert (first.basis[np.abs(first.basis).argmax(axis=0), [0, 1]] > 0).all()


@pytest.mark.parametrize("codes", [np.ones((1, 3)), np.ones((20, 3)), np.arange(8.0)[:, None] * np.ones(4)])
def test_pca_of_degenerate_codes_is_still_a_plane(codes):
    plane = pca(codes)
    np.testing.assert_allclose(plane.basis.T @ plane.basis, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.lift(plane.place(codes)), codes, atol=1e-6)


def test_anchors_lie_on_their_plane():
    a, b, c = CODES[:3]
    plane = anchors(a, b, c)
    np.testing.assert_allclose(plane.lift(plane.place(CODES[:3])), CODES[:3], atol=1e-12)
    places = plane.place(CODES[:3])
    np.testing.assert_allclose(places[:2], [[0, 0], [np.linalg.norm(b - a), 0]], atol=1e-12)
    assert places[2, 1] > 0


@pytest.mark.parametrize("c", [[2.0, 4.0, 6.0], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0000001]])
def test_collinear_anchors_are_refused(c):
    with pytest.raises(MapError, match="not on one line"):
        anchors([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], c)


def test_equal_first_anchors_are_refused():
    with pytest.raises(MapError, match="not on one line"):
        anchors([1.0, 1.0], [1.0, 1.0], [2.0, 0.0])


@pytest.mark.parametrize("i, j", [(1, 1), (-1, 0), (0, 3)])
def test_impossible_axes_are_refused(i, j):
    with pytest.raises(MapError, match="different ones in 0 to 2"):
        axes(i, j, latent_dim=3)


def test_a_plane_of_one_dimension_is_refused():
    with pytest.raises(MapError, match="two latent dimensions"):
        pca(np.ones((5, 1)))


def test_a_basis_that_is_not_orthonormal_is_refused():
    with pytest.raises(MapError, match="orthonormal"):
        Plane(np.zeros(3), np.ones((3, 2)))
