import numpy as np
import pytest

from explorer.latent import MapError, Support, level
from explorer.latent.support import local_scale

RNG = np.random.default_rng(4)
CODES = RNG.normal(size=(1500, 8)).astype(np.float32)


def brute_force(codes, z):
    codes, z = codes.astype(np.float64), z.astype(np.float64)
    scale = np.sort(np.linalg.norm(codes - codes[:, None], axis=2), axis=1)[:, 10]
    apart = np.linalg.norm(codes - z[:, None], axis=2)
    nearest = apart.argmin(axis=1)
    return apart.min(axis=1) / scale[nearest], nearest


@pytest.mark.parametrize("dim", [2, 8])
def test_support_agrees_with_brute_force(dim):
    codes, z = CODES[:, :dim], RNG.normal(size=(50, dim)) * 2
    report, (ratio, nearest) = Support.fit(codes).at(z), brute_force(codes, z)
    np.testing.assert_allclose(report.ratio, ratio, rtol=1e-10)
    np.testing.assert_array_equal(report.nearest, nearest)


def test_support_of_float32_codes_is_that_of_the_same_numbers_in_float64():
    z, radius = RNG.normal(size=(50, 8)), local_scale(CODES)
    narrow, wide = Support(CODES, radius).at(z), Support(CODES.astype(np.float64), radius).at(z)
    np.testing.assert_array_equal(narrow.ratio, wide.ratio)
    np.testing.assert_array_equal(narrow.nearest, wide.nearest)


def test_stored_codes_are_checked_as_all_others_are():
    for bad in (np.nan, np.inf, -np.inf, 1e16):
        codes = CODES.copy()
        codes[7, 3] = bad
        with pytest.raises(MapError, match=r"codes of a support: .*1 of 1500.*\[7\]"):
            Support(codes, np.ones(1500, np.float32))


def test_a_stored_code_is_fully_supported_by_itself():
    report = Support.fit(CODES).at(CODES)
    np.testing.assert_array_equal(report.ratio, 0)
    np.testing.assert_array_equal(report.nearest, np.arange(1500))


def test_ratios_do_not_depend_on_units():
    z = RNG.normal(size=(20, 8))
    small, large = Support.fit(CODES).at(z), Support.fit(CODES.astype(np.float64) * 1e4).at(z * 1e4)
    np.testing.assert_allclose(small.ratio, large.ratio, rtol=1e-6)


def test_a_given_radius_is_used_as_it_is():
    fitted = Support.fit(CODES)
    doubled = Support(CODES, 2 * fitted.radius)
    z = RNG.normal(size=(20, 8))
    np.testing.assert_allclose(doubled.at(z).ratio, fitted.at(z).ratio / 2)


def test_the_larger_of_support_and_remoteness_is_reported():
    support, z = Support.fit(CODES), np.concatenate([CODES[:1], CODES[:1] + 50])
    report = support.at(z, remoteness=[3.0, 0.0])
    assert report.ratio[0] == 3.0
    assert report.ratio[1] == support.at(z).ratio[1] > 3


@pytest.mark.parametrize(
    "ratio, word", [(0, "good"), (1, "good"), (1.01, "thin"), (2, "thin"), (2.01, "outside")]
)
def test_levels(ratio, word):
    assert level(ratio) == word


def test_most_fresh_draws_of_the_same_distribution_are_supported():
    words = [level(ratio) for ratio in Support.fit(CODES).at(RNG.normal(size=(500, 8))).ratio]
    assert words.count("good") > 400
    assert level(Support.fit(CODES).at(np.full((1, 8), 6.0)).ratio[0]) == "outside"


@pytest.mark.parametrize("codes", [np.ones((1, 4)), np.ones((50, 4)), np.eye(3)])
def test_degenerate_codes_give_finite_ratios(codes):
    report = Support.fit(codes).at(np.vstack([codes[:1], codes[:1] + 1]))
    assert report.ratio[0] == 0
    assert np.isfinite(report.ratio).all()


def test_few_codes_take_the_farthest_as_their_scale():
    np.testing.assert_allclose(local_scale([[0.0], [1.0], [5.0]]), [5, 4, 5])


def test_bad_input_is_refused():
    support = Support.fit(CODES)
    with pytest.raises(MapError, match="finite"):
        support.at(np.full((1, 8), np.nan))
    with pytest.raises(MapError, match="vectors of 8 numbers"):
        support.at(np.zeros((1, 7)))
    with pytest.raises(MapError, match="1500 distances"):
        Support(CODES, np.ones(3))
    with pytest.raises(MapError, match="negative"):
        Support(CODES, -np.ones(1500))
