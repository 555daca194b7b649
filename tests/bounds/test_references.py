"""What calibration holds estimates against: an upper bound that is one, and a long run that is right."""

import numpy as np
import pytest
import torch

from explorer.bounds import proposals
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian, modes
from explorer.bounds.references import references, upper_bound
from explorer.bounds.simulation import simulate
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(8, 3)
SOURCE = Source(0, Stream.REFERENCE)


@pytest.mark.parametrize("width", [0.7, 1.5])
def test_the_upper_bound_lies_above_and_comes_down_with_more_draws(width):
    """Without z_1 the same draws give a bound from below, so that this fails when it is left out."""
    data = simulate(MODEL, 400, 1)
    x = data.examples.x
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision)) * width
    q = FullGaussian(MODEL.posterior_mean(x) + 0.5 * factor.sum(1), factor.expand(400, -1, -1))
    excess = [upper_bound(MODEL, data, q, n, SOURCE) - MODEL.log_px(x) for n in (2, 128)]
    assert excess[0].mean() > 4 * excess[0].std() / 400**0.5
    assert abs(excess[1].mean()) < 0.25 * excess[0].mean()
    # E 1/w over the exact draw and the others is 1/p(x), without any bias.
    ratio = torch.exp(-excess[1])
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / 400**0.5


def test_the_upper_bound_is_px_from_the_exact_posterior():
    data = simulate(MODEL, 5, 0)
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    q = FullGaussian(MODEL.posterior_mean(data.examples.x), factor.expand(5, -1, -1))
    # The engine's noise is float32.
    torch.testing.assert_close(
        upper_bound(MODEL, data, q, 16, SOURCE), MODEL.log_px(data.examples.x), rtol=0, atol=1e-5
    )


def test_a_proposal_that_misses_where_z_lies_is_found_out():
    """Draws that agree with each other a long way from the posterior: only the exact draw can tell."""
    data = simulate(MODEL, 20, 0)
    x = data.examples.x
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    astray = FullGaussian(MODEL.posterior_mean(x) + 20 * factor.sum(1), factor.expand(20, -1, -1))
    assert float((upper_bound(MODEL, data, astray, 64, SOURCE) - MODEL.log_px(x)).min()) > 20


def test_the_reference_is_log_px_within_its_error():
    data = simulate(MODEL, 40, 2)
    judged = references(MODEL, data, modes.survey(MODEL), 0, np.full(40, 0.005), 1024, 16_384)
    errors = (judged["reference_nats"] - MODEL.log_px(data.examples.x).numpy()) / judged["reference_se"]
    assert judged["reference_se"].max() <= 0.005
    assert abs(errors.mean()) < 4 / 40**0.5
    assert 0.6 < errors.std() < 1.4


def test_the_encoder_needs_no_gaussian():
    """The bound takes any proposal."""
    data = simulate(MODEL, 30, 0)
    prior = proposals.prior(MODEL, data.examples.x)
    assert float((upper_bound(MODEL, data, prior, 4, SOURCE) - MODEL.log_px(data.examples.x)).mean()) > 0
