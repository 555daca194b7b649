"""Directions between groups of codes: laws, and scikit-learn as the oracle of the AUC."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from explorer.latent.arrays import MapError
from explorer.latent.directions import along, auc, difference, position

D = 5


@pytest.fixture
def groups():
    rng = np.random.default_rng(0)
    shift = np.array([2.0, 0, -1, 0, 0])
    return rng.normal(size=(60, D)).astype(np.float32), (rng.normal(size=(45, D)) + shift).astype(np.float32)


def test_the_vector_leads_from_the_mean_of_a_to_that_of_b(groups):
    a, b = groups
    found = difference(a, b)
    np.testing.assert_allclose(a.mean(0, np.float64) + found.v, b.mean(0, np.float64))
    np.testing.assert_allclose(difference(b, a).v, -found.v)
    assert found.length == pytest.approx(np.linalg.norm(found.v))


def test_a_shift_of_both_groups_changes_nothing_and_of_one_the_vector(groups):
    a, b = (g.astype(np.float64) for g in groups)
    found, both, one = difference(a, b), difference(a + 3, b + 3), difference(a, b + 3)
    np.testing.assert_allclose(both.v, found.v)
    np.testing.assert_allclose(one.v, found.v + 3)
    np.testing.assert_allclose(one.se, found.se)


def test_the_standard_error_is_the_spread_of_the_vector_over_repetitions():
    rng = np.random.default_rng(1)
    found = [difference(rng.normal(size=(30, D)), rng.normal(scale=2, size=(50, D))) for _ in range(2000)]
    spread = np.std([f.v for f in found], axis=0)
    np.testing.assert_allclose(np.mean([f.se for f in found], axis=0), spread, rtol=0.05)
    lengths = np.sqrt(np.mean([f.length**2 for f in found]))
    assert np.mean([f.length_by_chance for f in found]) == pytest.approx(lengths, rel=0.03)


@pytest.mark.parametrize("digits", [0, 8])
def test_auc_is_that_of_scikit_learn_with_ties_too(digits):
    rng = np.random.default_rng(2)
    low, high = rng.normal(size=40).round(digits), (rng.normal(size=70) + 0.5).round(digits)
    expected = roc_auc_score(np.repeat([0, 1], [40, 70]), np.concatenate([low, high]))
    assert auc(low, high) == pytest.approx(expected)
    assert auc(high, low) == pytest.approx(1 - expected)


def test_codes_that_v_was_not_made_from_show_that_equal_groups_are_not_separated():
    rng = np.random.default_rng(3)
    found = [difference(rng.normal(size=(20, 30)), rng.normal(size=(20, 30))) for _ in range(200)]
    assert np.mean([f.auc for f in found]) > 0.85
    assert np.mean([f.auc_held_out for f in found]) == pytest.approx(0.5, abs=0.03)


def test_groups_that_lie_apart_are_separated_without_fault(groups):
    found = difference(groups[0], groups[1] + 50)
    assert (found.auc, found.auc_held_out) == (1, 1)


def test_one_example_has_a_direction_and_no_error():
    found = difference(np.zeros((1, D)), np.ones((4, D)))
    np.testing.assert_array_equal(found.v, 1)
    assert np.isnan(found.se).all()
    assert np.isnan(found.auc_held_out)


@pytest.mark.parametrize("a, b", [(np.zeros((0, 2)), np.ones((3, 2))), (np.ones((3, 2)), np.ones((3, 4)))])
def test_groups_that_make_no_direction_are_named(a, b):
    with pytest.raises(MapError, match="codes of"):
        difference(a, b)


def test_a_walk_is_linear_and_begins_at_the_start_bit_for_bit():
    rng = np.random.default_rng(4)
    start, v = rng.normal(size=D).astype(np.float32), rng.normal(size=D)
    codes = along(start, v, [0.0, 0.5, 1.0, 2.0])
    assert codes.dtype == np.float32
    assert codes[0].tobytes() == start.tobytes()
    np.testing.assert_allclose(codes[3] - codes[0], 2 * (codes[2] - codes[0]), rtol=1e-5)
    np.testing.assert_allclose(codes[1], (codes[0] + codes[2]) / 2, rtol=1e-5, atol=1e-6)


def test_position_undoes_the_walk_and_knows_what_is_off_the_line():
    rng = np.random.default_rng(5)
    start, v = rng.normal(size=D).astype(np.float32), rng.normal(size=D)
    for t in (-2.0, 0.0, 0.35, 1.0):
        assert position(start, v, along(start, v, [t])[0]) == pytest.approx(t, abs=1e-5)
    aside = np.linalg.svd(v[None])[2][1]
    assert position(start, v, start + v + 0.1 * aside) is None
    assert position(start, np.zeros(D), start) == 0
