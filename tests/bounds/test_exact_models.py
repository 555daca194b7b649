"""The whole engine against models whose log p(x), posterior and gap are known exactly."""

import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal

from explorer.bounds import Examples, ScoreSettings, curve, score_all, score_elbo
from explorer.likelihoods import Gaussian
from explorer.models.latent_model import DataSpec
from tests.exact import LinearGaussian
from tests.quadrature import log_px_by_grid

SHIPPED = Path(__file__).parents[2] / "checkpoints"


def scored(model, x, n_samples, seed=0):
    examples = Examples(x, np.arange(len(x)))
    return score_all(model, examples, ScoreSettings(n_samples, seed))


def elbo_of(model, x, n_samples):
    return score_elbo(model, Examples(x, np.arange(len(x))), n_samples, seed=0)


def standardised(estimate, exact, se):
    return (estimate - exact) / se


def test_exact_posterior_makes_every_weight_equal():
    model = LinearGaussian.random(6, 3, orthogonal=True)
    x = model.sample(5)
    found = scored(model, x, 64)
    exact = model.log_px(x).numpy()
    np.testing.assert_allclose(found["log_px_nats"], exact, atol=1e-6)
    np.testing.assert_allclose(found["elbo_nats"], exact, atol=1e-6)
    np.testing.assert_allclose(found["gap_nats"], 0, atol=1e-9)
    assert (found["log_px_se"] < 1e-6).all()
    np.testing.assert_allclose(found["ess"], found["n_samples"], rtol=1e-9)
    assert set(found["proposal"]) == {"encoder"}


@pytest.mark.slow
@pytest.mark.parametrize("d", [2, 4])
def test_elbo_and_gap_of_the_mean_field_posterior_are_the_closed_forms(d):
    model = LinearGaussian.random(8, d)
    x = model.sample(100)
    found = scored(model, x, 4096)
    gap = model.mean_field_gap()
    errors = standardised(found["elbo_nats"], model.log_px(x).numpy() - gap, found["elbo_se"])
    # A standardised error is nearly N(0, 1): its mean over n examples has standard error 1/sqrt(n).
    assert abs(errors.mean()) < 4 / math.sqrt(len(errors))
    assert 0.8 < errors.std() < 1.2
    assert np.median(found["gap_nats"]) == pytest.approx(gap, abs=0.1)


def test_a_wider_proposal_covers_log_px_within_its_errors():
    model = LinearGaussian.random(8, 2, width=1.6)
    x = model.sample(400)
    found = elbo_of(model, x, 2048)
    errors = standardised(found["encoder_log_px_nats"], model.log_px(x).numpy(), found["encoder_log_px_se"])
    assert abs(errors.mean()) < 4 / math.sqrt(len(errors))
    assert 0.92 < (np.abs(errors) < 1.96).mean() < 0.98


def test_both_forms_of_the_elbo_agree_within_their_errors():
    model = LinearGaussian.random(8, 3)
    found = elbo_of(model, model.sample(300), 1024)
    difference = found["elbo_nats"] - found["elbo_analytic_nats"]
    se = np.hypot(found["elbo_se"], found["distortion_se"])
    assert abs((difference / se).mean()) < 4 / math.sqrt(300)
    rate_and_distortion = -found["distortion_nats"] - found["kl_nats"]
    np.testing.assert_allclose(found["elbo_analytic_nats"], rate_and_distortion, atol=1e-9)


def test_bounds_are_ordered_and_the_gap_is_their_difference():
    model = LinearGaussian.random(8, 4, width=0.7)
    found = scored(model, model.sample(100), 128)
    assert (found["gap_nats"] > 0).all()
    assert (found["encoder_log_px_nats"] >= found["elbo_nats"]).all()
    np.testing.assert_allclose(found["log_px_nats"] - found["elbo_nats"], found["gap_nats"], atol=1e-9)


def test_bound_tightens_with_more_samples_on_average():
    model = LinearGaussian.random(8, 4)
    x = model.sample(300)
    means = [elbo_of(model, x, k)["encoder_log_px_nats"].mean() for k in (1, 4, 16, 64)]
    assert means == sorted(means)
    assert means[-1] < model.log_px(x).mean() + 0.05


def test_naive_estimate_reaches_log_px_in_two_dimensions():
    model = LinearGaussian.random(3, 2)
    x = model.sample(1)
    *_, last = curve(model, Examples(x, np.array([3])), "prior", 65_536)
    error = float(last.last.log_px_nats) - float(model.log_px(x))
    assert abs(error) < 4 * float(last.last.log_px_se)


@dataclass(frozen=True)
class Deaf:
    """A decoder that ignores z, and q(z|x) = p(z)."""

    latent_dim: int = 2
    data_spec: DataSpec = field(default_factory=lambda: DataSpec((3,), "vector", None))

    def prior(self):
        return Independent(Normal(torch.zeros(2), torch.ones(2)), 1)

    def posterior(self, x):
        return Independent(Normal(torch.zeros(len(x), 2), torch.ones(len(x), 2)), 1)

    def likelihood(self, z):
        return Gaussian(torch.zeros(*z.shape[:-1], 3), torch.zeros(()), 1)


def test_a_decoder_that_ignores_z_has_no_gap():
    x = torch.tensor([[0.0, 1.0, -2.0]])
    found = scored(Deaf(), x, 32)
    exact = Normal(0.0, 1.0).log_prob(x).sum()
    np.testing.assert_allclose(found["log_px_nats"], exact, rtol=1e-6)
    np.testing.assert_allclose(found["gap_nats"], 0, atol=1e-6)
    np.testing.assert_allclose(found["kl_nats"], 0, atol=1e-12)


@pytest.mark.slow
def test_pareto_k_flags_a_proposal_whose_weights_have_no_variance():
    # E w^2 is finite iff 2P - Q is positive definite; q with half the width has Q = 4P.
    narrow = LinearGaussian.random(6, 1, orthogonal=True, width=0.5)
    wide = LinearGaussian.random(6, 1, orthogonal=True, width=1.5)
    x = narrow.sample(40)
    assert np.median(elbo_of(narrow, x, 16_384)["encoder_pareto_k"]) > 0.6
    assert np.median(elbo_of(wide, x, 16_384)["encoder_pareto_k"]) < 0.3


@pytest.mark.slow
def test_digits_2d_agrees_with_quadrature(digits_2d, few_digits, digits_log_px):
    coarse = log_px_by_grid(digits_2d, few_digits.x, 6.0, 301)
    torch.testing.assert_close(digits_log_px, coarse, rtol=0, atol=1e-2)
    n_compared = 0
    for i, exact in enumerate(digits_log_px.tolist()):
        one = few_digits.select(torch.tensor([i]))
        for proposal in ("encoder", "prior"):
            *_, found = curve(digits_2d, one, proposal, 16_384)
            if float(found.last.pareto_k) < 0.6:
                error = float(found.last.log_px_nats) - exact
                assert abs(error) < 4.5 * float(found.last.log_px_se) + 1e-3
                n_compared += 1
    assert n_compared >= 4
