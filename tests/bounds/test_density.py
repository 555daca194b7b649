"""The posterior on a plane: closed forms on a linear model, brute force on a small one."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal

from explorer.bounds import Examples
from explorer.bounds.density import WANTED_ESS, plane_density
from tests.exact import LinearGaussian

SHIPPED = Path(__file__).parents[2] / "checkpoints"
TWO = LinearGaussian.random(6, 2, width=1.3)
FIVE = LinearGaussian.random(8, 5)
TURN = np.array([[0.6, -0.8], [0.8, 0.6]])


def example(model, example_id=5):
    return Examples(model.sample(1), np.array([example_id]))


def plane(d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(d), np.linalg.qr(rng.standard_normal((d, 2)))[0]


def total(found, density):
    return density.sum() * (found.x[1] - found.x[0]) * (found.y[1] - found.y[0])


def gaussian(found, mean, covariance):
    places = torch.from_numpy(np.stack(np.meshgrid(found.x, found.y), -1))
    exact = MultivariateNormal(torch.as_tensor(mean), torch.as_tensor(covariance))
    return exact.log_prob(places).exp().numpy()


def marginals(model, x, origin, basis):
    """Mean on the plane of posterior and q alike, and the two covariances."""
    mean = (model.posterior_mean(x)[0].numpy() - origin) @ basis
    posterior = torch.linalg.inv(model.precision).numpy()
    q = np.diag(model.posterior(x).stddev[0].numpy() ** 2)
    return mean, basis.T @ posterior @ basis, basis.T @ q @ basis


@pytest.mark.parametrize("basis", [np.eye(2), TURN])
def test_in_two_dimensions_the_picture_is_the_exact_posterior(basis):
    one, origin = example(TWO), np.array([0.3, -1.0])
    found = plane_density(TWO, one, origin, basis)
    mean, posterior, q = marginals(TWO, one.x, origin, basis)
    assert found.is_exact
    np.testing.assert_allclose(found.posterior, gaussian(found, mean, posterior), rtol=1e-7)
    np.testing.assert_allclose(found.q, gaussian(found, mean, q), rtol=1e-9)


@pytest.mark.parametrize("sigma", [0.5, 0.02, 5.0])
def test_in_two_dimensions_log_px_and_kl_are_the_closed_forms(sigma):
    model = LinearGaussian(TWO.loadings, TWO.offset, sigma, 1.3)
    one = example(model)
    exact = plane_density(model, one, np.zeros(2), np.eye(2)).exact
    _, posterior, q = marginals(model, one.x, np.zeros(2), np.eye(2))
    kl = 0.5 * (
        np.trace(np.linalg.solve(posterior, q)) - 2 + np.log(np.linalg.det(posterior) / np.linalg.det(q))
    )
    assert exact.log_px_nats == pytest.approx(float(model.log_px(one.x)), abs=1e-8)
    assert exact.kl_nats == pytest.approx(kl, abs=1e-8)
    assert exact.log_px_error < 1e-8
    assert exact.kl_error < 1e-8


def test_above_two_dimensions_the_marginal_is_near_the_exact_one():
    one, (origin, basis) = example(FIVE), plane(5)
    found = plane_density(FIVE, one, origin, basis)
    mean, posterior, q = marginals(FIVE, one.x, origin, basis)
    exact = gaussian(found, mean, posterior)
    assert not found.is_exact
    assert 0.5 * total(found, np.abs(found.posterior - exact)) < 0.06
    assert 0.5 * total(found, np.abs(found.posterior - found.q)) > 0.1
    np.testing.assert_allclose(found.q, gaussian(found, mean, q), rtol=1e-9)


@pytest.mark.parametrize("model", [TWO, FIVE])
def test_densities_integrate_to_one(model):
    d = model.latent_dim
    found = plane_density(model, example(model), *plane(d))
    assert total(found, found.posterior) == pytest.approx(1, abs=2e-3)
    assert total(found, found.q) == pytest.approx(1, abs=2e-3)
    assert found.posterior.shape == found.q.shape == (len(found.y), len(found.x))


@pytest.mark.parametrize("model", [TWO, FIVE])
def test_samples_have_the_moments_of_the_posterior(model):
    one, (origin, basis) = example(model), plane(model.latent_dim)
    found = plane_density(model, one, origin, basis)
    mean, covariance, _ = marginals(model, one.x, origin, basis)
    assert found.weights.sum() == pytest.approx(1)
    assert found.ess > 1000
    drawn = found.weights @ found.samples
    np.testing.assert_allclose(drawn, mean, rtol=0, atol=5 * math.sqrt(covariance.max() / found.ess))
    spread = np.cov(found.samples.T, aweights=found.weights)
    np.testing.assert_allclose(spread, covariance, rtol=0, atol=0.15 * covariance.max())


def importance_draws(model, one, n, width=1.2):
    """Draws of a widened exact posterior, z (n, d), and their log-weights."""
    exact = torch.linalg.inv(model.precision)
    proposal = MultivariateNormal(model.posterior_mean(one.x)[0], width**2 * exact)
    torch.manual_seed(0)
    z = proposal.sample((n,))
    log_joint = model.likelihood(z[:, None]).log_prob(one.x)[:, 0] + model.prior().log_prob(z)
    return z, log_joint - proposal.log_prob(z)


def test_draws_that_are_given_are_those_of_the_picture():
    one, (origin, basis) = example(FIVE), plane(5)
    z, log_w = importance_draws(FIVE, one, 4_000)
    found = plane_density(FIVE, one, origin, basis, drawn=(z, log_w))
    np.testing.assert_allclose(found.samples, (z.numpy() - origin) @ basis)
    np.testing.assert_allclose(found.weights, torch.softmax(log_w, 0).numpy())
    mean, posterior, _ = marginals(FIVE, one.x, origin, basis)
    assert 0.5 * total(found, np.abs(found.posterior - gaussian(found, mean, posterior))) < 0.06


@pytest.mark.parametrize("spoilt", ["few", "uneven", "no numbers"])
def test_draws_that_are_worth_too_little_are_drawn_anew(spoilt):
    one, where = example(FIVE), plane(5)
    z, log_w = importance_draws(FIVE, one, 4_000)
    if spoilt == "few":
        z, log_w = z[: WANTED_ESS - 1], log_w[: WANTED_ESS - 1]
    elif spoilt == "uneven":
        log_w = log_w + 5 * torch.randn(len(log_w))
    else:
        log_w = torch.full_like(log_w, torch.nan)
    a, b = (plane_density(FIVE, one, *where, drawn=drawn) for drawn in ((z, log_w), None))
    np.testing.assert_array_equal(a.samples, b.samples)
    np.testing.assert_array_equal(a.posterior, b.posterior)


def test_in_two_dimensions_no_draws_are_needed():
    one = example(TWO)
    drawn = importance_draws(TWO, one, 2_000)
    a, b = (plane_density(TWO, one, np.zeros(2), np.eye(2), drawn=given) for given in (drawn, None))
    np.testing.assert_array_equal(a.posterior, b.posterior)
    assert a.is_exact


def test_a_narrow_q_and_a_wide_posterior_are_both_in_the_window():
    model = LinearGaussian(FIVE.loadings, FIVE.offset, FIVE.sigma, 0.1)
    found = plane_density(model, example(model), *plane(5))
    assert total(found, found.posterior) == pytest.approx(1, abs=2e-3)
    assert total(found, found.q) == pytest.approx(1, abs=5e-2)


class Mirrored(LinearGaussian):
    """A decoder of the absolute value: z and -z (in the first dimension) say the same, so there are two modes."""

    def likelihood(self, z):
        return super().likelihood(torch.cat([z[..., :1].abs(), z[..., 1:]], -1))

    def posterior(self, x):
        mean = self.posterior_mean(x)
        scale = self.precision.diagonal().rsqrt().expand(len(x), -1)
        return Independent(Normal(torch.cat([mean[:, :1].abs(), mean[:, 1:]], -1), scale), 1)


@pytest.mark.parametrize("d", [2, 3])
def test_a_second_mode_that_q_does_not_know_is_in_the_picture(d):
    loadings = torch.eye(6, dtype=torch.float64)[:, :d]
    model = Mirrored(loadings, torch.zeros(6, dtype=torch.float64), 0.2)
    x = torch.tensor([[1.5, 0.4, -0.3, 0.1, 0.0, 0.2]], dtype=torch.float64)
    found = plane_density(model, Examples(x, np.array([1])), np.zeros(d), np.eye(d)[:, :2])
    left = found.x < 0
    assert total(found, found.posterior[:, left]) == pytest.approx(0.5, abs=0.06)
    assert found.weights[found.samples[:, 0] < 0].sum() == pytest.approx(0.5, abs=0.06)
    assert total(found, found.q[:, left]) < 1e-6
    if d == 2:
        # Half of the posterior is where q is not: KL = log 2 for a q that fits the other half.
        assert found.exact.kl_nats == pytest.approx(math.log(2), abs=0.01)


class Lost(LinearGaussian):
    """An encoder that answers the prior whatever it sees."""

    def posterior(self, x):
        zeros = torch.zeros(len(x), self.latent_dim, dtype=torch.float64)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)


def test_a_posterior_far_from_prior_and_q_is_found():
    model = Lost(TWO.loadings, TWO.offset, 0.01)
    x = (torch.tensor([[40.0, -25.0]], dtype=torch.float64) @ model.loadings.T) + model.offset
    exact = plane_density(model, Examples(x, np.array([0])), np.zeros(2), np.eye(2)).exact
    assert exact.log_px_nats == pytest.approx(float(model.log_px(x)), abs=1e-6)


def test_the_same_seed_and_id_give_the_same_picture():
    one, where = example(FIVE), plane(5)
    a, again = (plane_density(FIVE, one, *where) for _ in range(2))
    np.testing.assert_array_equal(a.posterior, again.posterior)
    for other in (plane_density(FIVE, one, *where, seed=1), plane_density(FIVE, example(FIVE, 6), *where)):
        assert not np.array_equal(a.samples, other.samples)


def test_the_digits_grid_agrees_with_brute_force(digits_2d, few_digits, digits_log_px):
    for i in range(3):
        one = few_digits.select(torch.tensor([i]))
        exact = plane_density(digits_2d, one, np.zeros(2), np.eye(2)).exact
        assert exact.log_px_nats == pytest.approx(float(digits_log_px[i]), abs=1e-4)
        assert exact.log_px_error < 1e-4
        assert exact.kl_nats > 0


def test_a_posterior_that_is_nowhere_finite_is_refused():
    class Unchecked(LinearGaussian):
        def posterior(self, x):
            return Independent(Normal(torch.zeros(1, 2), torch.ones(1, 2)), 1)

    model = Unchecked(TWO.loadings, TWO.offset, TWO.sigma)
    broken = Examples(torch.full((1, 6), torch.nan, dtype=torch.float64), np.array([0]))
    with pytest.raises(FloatingPointError, match="not finite"):
        plane_density(model, broken, np.zeros(2), np.eye(2))


def test_the_estimated_density_is_a_sum_of_kernels():
    z, log_w = importance_draws(FIVE, example(FIVE), 1_000)
    log_w[::7] = -torch.inf
    found = plane_density(FIVE, example(FIVE), *plane(5), n_shown=9, drawn=(z, log_w))
    mean = found.weights @ found.samples
    covariance = np.cov(found.samples.T, aweights=found.weights, ddof=0)
    h = found.ess ** (-1 / 6)
    centres = torch.from_numpy(mean + math.sqrt(1 - h**2) * (found.samples - mean))
    kernels = MultivariateNormal(centres, torch.from_numpy(h**2 * covariance))
    places = torch.from_numpy(np.stack(np.meshgrid(found.x, found.y), -1))
    exact = (kernels.log_prob(places[:, :, None]).exp() @ torch.from_numpy(found.weights)).numpy()
    np.testing.assert_allclose(found.posterior, exact, rtol=1e-9, atol=1e-12 * exact.max())
