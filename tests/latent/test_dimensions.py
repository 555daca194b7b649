"""Latent dimensions one by one: torch's KL as the oracle, and the laws of ranges and grids."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.latent import dimensions
from explorer.latent.arrays import MapError


@pytest.fixture
def posterior():
    rng = np.random.default_rng(0)
    means, log_variances = rng.normal(size=(50, 4)), rng.normal(-2, 1, size=(50, 4))
    means[:, 3], log_variances[:, 3] = 0, 0
    return means.astype(np.float32), log_variances.astype(np.float32)


def test_kl_by_dimension_is_that_of_torch(posterior, monkeypatch):
    means, log_variances = (torch.from_numpy(a).double() for a in posterior)
    expected = kl_divergence(Normal(means, (0.5 * log_variances).exp()), Normal(0, 1)).mean(0)
    np.testing.assert_allclose(dimensions.kl_by_dimension(*posterior), expected, atol=1e-7)
    monkeypatch.setattr(dimensions, "_BLOCK", 7)
    np.testing.assert_allclose(dimensions.kl_by_dimension(*posterior), expected, atol=1e-7)


def test_ranges_hold_the_data_and_for_a_dimension_without_use_the_prior(posterior):
    found = dimensions.ranges(*posterior)
    np.testing.assert_allclose(found[3], [-3, 3])
    assert (found[:3, 0] < posterior[0][:, :3].min(0)).all()
    assert (found[:3, 1] > posterior[0][:, :3].max(0)).all()


def test_one_outlier_does_not_widen_a_range(posterior):
    means, log_variances = (np.tile(a, (10, 1)) for a in posterior)
    before = dimensions.ranges(means, log_variances)
    means[0] = 1e6
    np.testing.assert_allclose(dimensions.ranges(means, log_variances), before, rtol=0.1, atol=0.1)


def test_equal_codes_without_spread_still_have_a_range():
    found = dimensions.ranges(np.ones((3, 2)), np.full((3, 2), -200.0))
    assert (found[:, 0] < found[:, 1]).all()


def test_with_value_changes_one_number_of_a_copy():
    code = np.arange(4.0)
    assert dimensions.with_value(code, 2, 9).tolist() == [0, 1, 9, 3]
    assert code.tolist() == [0, 1, 2, 3]


def test_a_grid_goes_through_two_dimensions_and_keeps_the_others():
    code, across, up = np.arange(4.0), np.array([-1.0, 0, 1]), np.array([5.0, 6])
    codes = dimensions.grid(code, 2, 0, across, up)
    assert codes.shape == (2, 3, 4)
    for row in range(2):
        for column in range(3):
            assert codes[row, column].tolist() == [up[row], 1, across[column], 3]


def test_a_grid_of_one_dimension_twice_is_refused():
    with pytest.raises(MapError, match="1 twice"):
        dimensions.grid(np.zeros(3), 1, 1, [0], [0])
