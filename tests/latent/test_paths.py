import numpy as np
import pytest

from explorer.latent import MapError
from explorer.latent.paths import KINDS, linear, spherical, steps, through

RNG = np.random.default_rng(5)
A, B = RNG.normal(size=(2, 16)).astype(np.float32)


def unit(z):
    return z / np.linalg.norm(z, axis=-1, keepdims=True)


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_a_path_ends_at_its_ends_bit_for_bit(path):
    codes = path(A, B, 11)
    assert codes.shape == (11, 16)
    assert codes.dtype == np.float32
    assert codes[0].tobytes() == A.tobytes()
    assert codes[-1].tobytes() == B.tobytes()
    ends = RNG.normal(size=(2, 16))
    assert path(*ends, 11)[[0, -1]].tobytes() == ends.tobytes()


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_a_path_reversed_is_the_path_back(path):
    np.testing.assert_allclose(path(A, B, 11)[::-1], path(B, A, 11), atol=1e-6)


def test_linear_moves_in_equal_steps():
    moves = np.diff(linear(A.astype(np.float64), B, 11), axis=0)
    np.testing.assert_allclose(moves, np.broadcast_to((B - A) / 10, moves.shape), atol=1e-7)


def test_spherical_is_the_closed_form_on_the_unit_sphere():
    a, b = unit(RNG.normal(size=(2, 16)))
    w, t = np.arccos(a @ b), np.linspace(0, 1, 21)[:, None]
    closed = (np.sin((1 - t) * w) * a + np.sin(t * w) * b) / np.sin(w)
    np.testing.assert_allclose(spherical(a, b, 21), closed, atol=1e-12)


def test_spherical_moves_the_norm_in_a_straight_line():
    a, b = 3 * unit(RNG.normal(size=16)), 5 * unit(RNG.normal(size=16))
    np.testing.assert_allclose(np.linalg.norm(spherical(a, b, 9), axis=1), np.linspace(3, 5, 9), atol=1e-12)


@pytest.mark.parametrize("turn", [1e-9, 1e-4, 1.0, 3.0, np.pi - 1e-4, np.pi - 1e-8])
def test_spherical_turns_by_equal_angles(turn):
    path = spherical([1.0, 0.0, 0.0], [np.cos(turn), np.sin(turn), 0.0], 7)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1, atol=1e-12)
    chords = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(chords, 2 * np.sin(turn / 12), atol=1e-7)


def test_spherical_between_opposite_codes_takes_one_fixed_half_circle():
    path = spherical(A, -A, 9)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linalg.norm(A), rtol=1e-6)
    np.testing.assert_array_equal(path, spherical(A, -A, 9))
    chords = np.linalg.norm(np.diff(path, axis=0), axis=1)
    np.testing.assert_allclose(chords, chords[0], rtol=1e-5)


@pytest.mark.parametrize("a, b", [(np.zeros(3), np.ones(3)), (np.ones(3), np.zeros(3)), (np.zeros(3),) * 2])
def test_spherical_from_or_to_zero_is_straight(a, b):
    np.testing.assert_array_equal(spherical(a, b, 5), linear(a, b, 5))


def test_spherical_in_one_dimension_is_straight():
    np.testing.assert_array_equal(spherical([2.0], [-1.0], 4), linear([2.0], [-1.0], 4))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("m, n", [(2, 2), (2, 9), (4, 4), (4, 5), (5, 40)])
def test_through_meets_every_anchor_bit_for_bit(kind, m, n):
    anchors = RNG.normal(size=(m, 6)).astype(np.float32)
    path = through(anchors, n, kind)
    assert path.shape == (n, 6)
    assert path.dtype == np.float32
    rows = np.concatenate([[0], np.cumsum(steps(anchors, n))])
    assert path[rows].tobytes() == anchors.tobytes()
    assert rows[0] == 0
    assert rows[-1] == n - 1


def test_through_two_anchors_is_the_path_between_them():
    np.testing.assert_array_equal(through([A, B], 8, "spherical"), spherical(A, B, 8))


def test_longer_segments_take_more_steps():
    np.testing.assert_array_equal(steps([[0.0], [1.0], [4.0]], 11), [3, 7])
    np.testing.assert_array_equal(steps([[0.0], [0.0], [4.0]], 9), [1, 7])
    np.testing.assert_array_equal(steps(np.ones((4, 2)), 7), [2, 2, 2])


@pytest.mark.parametrize("n", range(6, 60))
def test_steps_add_up_and_leave_no_segment_out(n):
    counts = steps(RNG.normal(size=(6, 3)), n)
    assert counts.sum() == n - 1
    assert counts.min() >= 1


def test_bad_input_is_refused():
    with pytest.raises(MapError, match="one of linear, spherical, found 'curly'"):
        through([A, B], 5, "curly")
    with pytest.raises(MapError, match="two anchors"):
        through([A], 5)
    with pytest.raises(MapError, match="at least as many codes"):
        through(RNG.normal(size=(4, 2)), 3)
    with pytest.raises(MapError, match="n >= 2"):
        linear(A, B, 1)
    with pytest.raises(MapError, match="of one size"):
        spherical(A, B[:3], 5)
    with pytest.raises(MapError, match="finite"):
        linear(A, np.full(16, np.nan), 5)
