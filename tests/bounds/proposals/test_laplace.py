"""Laplace's approximation: exact on Gaussians, uphill everywhere, blind to what the decoder does not use."""

import math
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from explorer.bounds.proposals import laplace
from explorer.likelihoods import Bernoulli, Gaussian
from explorer.models.latent_model import DataSpec
from tests.exact import LinearGaussian


@pytest.mark.parametrize("d", [2, 8])
def test_a_gaussian_posterior_is_found_exactly(d):
    model = LinearGaussian.random(4 * d, d)
    x = model.sample(6)
    found = laplace.fit(model, x, torch.randn(6, d, dtype=torch.float64))
    torch.testing.assert_close(found.mean, model.posterior_mean(x), rtol=1e-9, atol=1e-9)
    covariance = torch.linalg.inv(model.precision).expand(6, -1, -1)
    torch.testing.assert_close(found.factor @ found.factor.mT, covariance, rtol=1e-9, atol=1e-9)


@dataclass(frozen=True)
class Curved:
    """x|z ~ Bernoulli(sigmoid(5 sin(W z))): neither concave nor convex in z."""

    weight: Tensor
    latent_dim: int = 3
    data_spec: DataSpec = field(default_factory=lambda: DataSpec((20,), "vector", 2))

    def prior(self):
        return Independent(Normal(torch.zeros(3), torch.ones(3)), 1)

    def posterior(self, x):
        return Independent(Normal(torch.zeros(len(x), 3), torch.ones(len(x), 3)), 1)

    def likelihood(self, z):
        return Bernoulli(5 * torch.sin(z @ self.weight.T), 1)


def test_it_climbs_to_a_place_without_slope():
    torch.manual_seed(0)
    model = Curved(torch.randn(20, 3))
    x = (torch.rand(40, 20) < 0.5).float()
    start = torch.randn(40, 3)
    found = laplace.fit(model, x, start, n_steps=40)

    def log_joint(z):
        return model.likelihood(z).log_prob(x) + model.prior().log_prob(z)

    z = found.mean.float()
    assert (log_joint(z) >= log_joint(start) - 1).all()
    slope = torch.func.grad(lambda z: log_joint(z).sum())(z)
    assert float(slope.norm(dim=-1).median()) < 1e-2
    assert torch.isfinite(found.factor).all()


def test_a_dimension_that_the_decoder_ignores_is_left_at_the_prior():
    loadings = torch.zeros(9, 4, dtype=torch.float64)
    loadings[:, [0, 2]] = torch.randn(9, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    model = LinearGaussian(loadings, torch.zeros(9, dtype=torch.float64), 0.5)
    active = laplace.active_dimensions(model)
    assert active.tolist() == [0, 2]
    x = model.sample(5)
    found = laplace.fit(model, x, torch.ones(5, 4, dtype=torch.float64), active)
    assert (found.mean[:, [1, 3]] == 0).all()
    assert (found.factor[:, [1, 3], [1, 3]] == 1).all()
    torch.testing.assert_close(found.mean, model.posterior_mean(x), rtol=1e-9, atol=1e-9)


def test_a_decoder_that_ignores_everything_gives_the_prior():
    model = LinearGaussian(torch.zeros(4, 2, dtype=torch.float64), torch.zeros(4, dtype=torch.float64), 1.0)
    found = laplace.fit(
        model, torch.zeros(3, 4, dtype=torch.float64), torch.ones(3, 2), laplace.active_dimensions(model)
    )
    assert (found.mean == 0).all()
    torch.testing.assert_close(found.factor, torch.eye(2, dtype=torch.float64).expand(3, -1, -1))


@pytest.mark.parametrize("n_at_once", [1, 4, 5, 64])
def test_the_size_of_a_block_changes_nothing_but_rounding(n_at_once):
    model = LinearGaussian.random(8, 3)
    x = model.sample(5)
    a, b = (
        laplace.fit(model, x, torch.zeros(5, 3, dtype=torch.float64), n_at_once=n) for n in (n_at_once, 32)
    )
    torch.testing.assert_close(a.mean, b.mean, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(a.factor, b.factor, rtol=1e-9, atol=1e-9)


def test_an_example_that_is_not_finite_does_not_stop_the_others():
    model = LinearGaussian.random(8, 3)
    x = model.sample(4)
    x[1] = torch.nan
    found = laplace.fit(model, x, torch.zeros(4, 3, dtype=torch.float64))
    fine = [0, 2, 3]
    torch.testing.assert_close(found.mean[fine], model.posterior_mean(x)[fine], rtol=1e-9, atol=1e-9)


@dataclass(frozen=True)
class UnderAMixture(LinearGaussian):
    """A prior of two Gaussians."""

    def prior(self):
        centres = torch.tensor([[-2.0] * self.latent_dim, [2.0] * self.latent_dim], dtype=torch.float64)
        return MixtureSameFamily(
            Categorical(torch.tensor([0.5, 0.5], dtype=torch.float64)),
            Independent(Normal(centres, torch.ones_like(centres)), 1),
        )


def test_a_mixture_prior_is_climbed_through_autograd():
    base = LinearGaussian.random(12, 2)
    model = UnderAMixture(base.loadings, base.offset, base.sigma)
    z = torch.tensor([[2.0, 2.0], [-2.0, -1.5]], dtype=torch.float64)
    x = z @ base.loadings.T + base.offset
    found = laplace.fit(model, x, torch.zeros(2, 2, dtype=torch.float64), n_steps=20)
    # Beside its centre the other component has no weight: the posterior is that of a shifted Gaussian prior.
    centre = torch.sign(z) * 2
    projected = (x - base.offset) @ base.loadings / base.sigma**2 + centre
    exact = torch.linalg.solve(base.precision, projected.T).T
    torch.testing.assert_close(found.mean, exact, rtol=1e-3, atol=1e-3)


def test_the_curvature_is_the_hessian_and_not_the_fishers():
    # A Gaussian decoder z -> z^2: the Hessian of log p has the residual in it, the Fisher information has not.
    class Square:
        latent_dim, data_spec = 1, DataSpec((1,), "vector", None)

        def prior(self):
            return Independent(
                Normal(torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)), 1
            )

        def likelihood(self, z):
            return Gaussian(z**2, torch.zeros((), dtype=torch.float64), 1)

    x = torch.tensor([[4.0]], dtype=torch.float64)
    found = laplace.fit(Square(), x, torch.ones(1, 1, dtype=torch.float64), n_steps=30)
    mode = math.sqrt(4 - 0.5)
    curvature = 1 + 6 * mode**2 - 2 * 4
    assert float(found.mean) == pytest.approx(mode, rel=1e-6)
    assert float(found.factor) == pytest.approx(curvature**-0.5, rel=1e-6)
