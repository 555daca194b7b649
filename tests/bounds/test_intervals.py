"""The interval: its coverage on weights of known mean, and where the delta method's fails."""

import math

import numpy as np
import pytest
import torch

from explorer.bounds import weights
from explorer.bounds.estimates import estimate
from explorer.bounds.intervals import lower_bound

N_REPEATS = 4000


def estimates(log_w):
    return estimate(weights.of(log_w, weights.tail_length(len(log_w)) + 1))


def lognormal(sigma, n_draws, seed=0, n_repeats=N_REPEATS):
    """Log-weights (K, repeats) with E w = 1."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(n_draws, n_repeats, generator=generator, dtype=torch.float64)
    return sigma * noise - sigma**2 / 2


def coverage(found):
    return float(((found.log_px_low_nats <= 0) & (found.log_px_high_nats >= 0)).double().mean())


def delta_coverage(log_w, found):
    v = torch.softmax(log_w, 0) * len(log_w)
    se = v.std(0) / len(log_w) ** 0.5
    return float((found.log_px_nats.abs() <= 1.96 * se).double().mean())


@pytest.mark.slow
@pytest.mark.parametrize("sigma, n_draws", [(0.3, 256), (0.6, 256), (0.6, 1024), (0.9, 1024)])
def test_it_covers_what_it_claims_on_light_tails(sigma, n_draws):
    found = estimates(lognormal(sigma, n_draws))
    assert 0.935 < coverage(found) < 0.975


def test_it_covers_where_the_delta_method_does_not():
    log_w = lognormal(1.5, 256)
    found = estimates(log_w)
    assert delta_coverage(log_w, found) < 0.91
    assert coverage(found) > 0.93


def test_it_leans_up_for_skewed_weights():
    found = estimates(lognormal(1.0, 256))
    above, below = found.log_px_high_nats - found.log_px_nats, found.log_px_nats - found.log_px_low_nats
    assert float((above / below).median()) > 1.1


def test_it_narrows_with_the_square_root_of_the_draws():
    few, many = (estimates(lognormal(0.5, n, n_repeats=500)) for n in (256, 4096))
    ratio = (few.log_px_high_nats - few.log_px_low_nats).median() / (
        many.log_px_high_nats - many.log_px_low_nats
    ).median()
    assert float(ratio) == pytest.approx(4, rel=0.1)


def test_it_holds_the_estimate_and_its_error_is_at_least_the_delta_methods():
    log_w = lognormal(1.2, 300)
    found = estimates(log_w)
    assert (found.log_px_low_nats < found.log_px_nats).all()
    assert (found.log_px_nats < found.log_px_high_nats).all()
    v = torch.softmax(log_w, 0) * len(log_w)
    assert (found.log_px_se >= v.std(0) / len(log_w) ** 0.5 - 1e-12).all()


def test_equal_weights_have_no_width():
    found = estimates(torch.full((64, 2), -3.0, dtype=torch.float64))
    torch.testing.assert_close(found.log_px_low_nats, found.log_px_high_nats)


def test_one_draw_has_no_interval():
    found = estimates(torch.zeros(1, 2, dtype=torch.float64))
    assert torch.isnan(found.log_px_low_nats).all()


def test_intervals_are_finite_for_the_wildest_weights():
    found = estimates(20 * lognormal(1.0, 200))
    assert torch.isfinite(found.log_px_low_nats).all()
    assert torch.isfinite(found.log_px_high_nats).all()


@pytest.mark.parametrize("probability", [0.5, 0.95])
def test_the_rigorous_bound_holds_whatever_the_weights_are(probability):
    found = estimates(lognormal(4.0, 16))
    holds = lower_bound(found.log_px_nats, probability) <= 0
    error = math.sqrt(probability * (1 - probability) / N_REPEATS)
    assert float(np.mean(holds.numpy())) >= probability - 3 * error
