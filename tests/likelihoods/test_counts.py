"""Counts: SciPy's densities, the library size that is read off x itself, and Fisher information by sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import nbinom

from explorer.likelihoods import LikelihoodHead, NegativeBinomial, ZeroInflatedNegativeBinomial
from explorer.likelihoods.negative_binomial import _dispersion_information

MEANS, DISPERSIONS = [1e-3, 0.4, 7.0, 300.0], [0.05, 1.0, 30.0, 1e6]


def double(values):
    return torch.as_tensor(values, dtype=torch.float64)


def grid():
    """Log means and log inverse dispersions, each (16, 1): an example each."""
    m, t = torch.meshgrid(double(MEANS).log(), double(DISPERSIONS).log(), indexing="ij")
    return m.reshape(-1, 1), t.reshape(-1, 1)


def scipys(x):
    """log P of the grid, (len(x), 16)."""
    m, t = (part.exp().numpy() for part in grid())
    return np.stack([nbinom.logpmf(each, t, t / (t + m))[:, 0] for each in x])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_negative_binomial_is_scipys(dtype):
    x = double([0, 1, 3, 40, 2000])
    m, r = (part.to(dtype) for part in grid())
    ours = NegativeBinomial(m, r, typical_library=None, n_event_dims=1).log_prob(x[:, None, None].to(dtype))
    # A t of a million leaves SciPy few digits, and a mean in float32 some seven.
    np.testing.assert_allclose(
        ours, scipys(x.numpy()), rtol=1e-6 if dtype == torch.float64 else 2e-4, atol=2e-4
    )


@pytest.mark.parametrize("share", [1e-6, 0.3, 0.999])
def test_zero_inflation_is_a_mixture_with_zero(share):
    x = np.array([0.0, 1.0, 3.0, 40.0])
    m, r = grid()
    logit = torch.full_like(m, math.log(share / (1 - share)))
    ours = ZeroInflatedNegativeBinomial(m, r, logit, typical_library=None, n_event_dims=1).log_prob(
        double(x)[:, None, None]
    )
    with np.errstate(divide="ignore"):
        zero = np.where(x == 0, np.log(share), -np.inf)[:, None]
    np.testing.assert_allclose(ours, np.logaddexp(zero, np.log1p(-share) + scipys(x)), rtol=1e-6, atol=1e-5)


def test_probabilities_of_counts_sum_to_one_and_have_that_mean_and_variance():
    m, r = double(MEANS[:3]).log()[:, None], double(1.7).log()
    x = torch.arange(4000).double()
    for likelihood in (
        NegativeBinomial(m, r.expand_as(m), typical_library=None, n_event_dims=1),
        ZeroInflatedNegativeBinomial(
            m, r.expand_as(m), torch.full_like(m, -0.7), typical_library=None, n_event_dims=1
        ),
    ):
        p = likelihood.log_prob(x[:, None, None]).exp()
        torch.testing.assert_close(p.sum(0), torch.ones(3).double(), rtol=0, atol=1e-9)
        torch.testing.assert_close(x @ p, likelihood.mean[:, 0], rtol=1e-7, atol=1e-9)
        if type(likelihood) is NegativeBinomial:
            mean = likelihood.mean[:, 0]
            torch.testing.assert_close((x**2) @ p - mean**2, mean + mean**2 / 1.7, rtol=1e-6, atol=1e-9)


def of_a_library(n_parameters=2, n=4, n_genes=6, size=500.0):
    kind = "negative_binomial" if n_parameters == 2 else "zero_inflated_negative_binomial"
    raw = torch.randn(n, n_parameters * n_genes, generator=torch.Generator().manual_seed(0))
    return LikelihoodHead(kind, 1, typical_library=size)(raw.double())


@pytest.mark.parametrize("n_parameters", [2, 3])
def test_means_are_shares_of_the_library_of_x(n_parameters):
    likelihood = of_a_library(n_parameters)
    x = torch.randint(0, 9, (4, 6), generator=torch.Generator().manual_seed(1)).double()
    log_mean = x.sum(1, keepdim=True).log() + torch.log_softmax(likelihood.rates, 1)
    others = (likelihood.zero_logits,) if n_parameters == 3 else ()
    plain = type(likelihood)(
        log_mean, likelihood.log_inverse_dispersion, *others, typical_library=None, n_event_dims=1
    )
    torch.testing.assert_close(likelihood.log_prob(x), plain.log_prob(x))
    torch.testing.assert_close(likelihood.given(x).mean, plain.mean)
    torch.testing.assert_close(likelihood.given(x).log_prob(x), plain.log_prob(x))


def test_without_x_the_library_is_the_typical_one():
    likelihood = of_a_library()
    torch.testing.assert_close(likelihood.mean.sum(1), torch.full((4,), 500.0).double())
    many = of_a_library(n=1, size=50_000.0)
    drawn = torch.stack([many.sample(torch.Generator().manual_seed(i)) for i in range(200)])
    assert float(drawn.sum(-1).mean()) == pytest.approx(50_000, rel=0.2)


def test_an_example_without_counts_has_a_finite_density_and_gradient():
    raw = torch.zeros(1, 12, requires_grad=True)
    log_p = LikelihoodHead("negative_binomial", 1, typical_library=10.0)(raw).log_prob(torch.zeros(1, 6))
    log_p.sum().backward()
    assert float(log_p.detach()) == pytest.approx(0, abs=1e-6)
    assert torch.isfinite(raw.grad).all()


@pytest.mark.parametrize("n_parameters", [2, 3])
def test_curvature_is_that_of_finite_differences_and_can_be_batched(n_parameters):
    """What a Laplace fit takes of a likelihood."""
    head = LikelihoodHead(
        "negative_binomial" if n_parameters == 2 else "zero_inflated_negative_binomial",
        1,
        typical_library=20.0,
    )
    x = double([[0, 3, 1, 9]])
    start = torch.randn(5, 4 * n_parameters, generator=torch.Generator().manual_seed(2)).double()

    def log_p(raw):
        return head(raw[None]).log_prob(x)[0]

    found = torch.func.vmap(torch.func.jacrev(torch.func.grad(log_p)))(start)
    step = 1e-5
    for i in range(start.shape[1]):
        offset = torch.zeros_like(start[0])
        offset[i] = step
        up, down = (torch.func.grad(log_p)(start[0] + sign * offset) for sign in (1, -1))
        torch.testing.assert_close(found[0][i], (up - down) / (2 * step), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("t", [0.2, 1.0, 20.0, 1000.0])
@pytest.mark.parametrize("mean", [0.05, 2.0, 150.0])
def test_the_information_of_a_dispersion_is_the_sum_over_counts(t, mean):
    """E[(d log P / d log t)^2], by central differences of SciPy's densities."""
    x, step = np.arange(20_000), 1e-4
    up, down = (nbinom.logpmf(x, s, s / (s + mean)) for s in (t * np.exp(step), t * np.exp(-step)))
    p = nbinom.pmf(x, t, t / (t + mean))
    exact = float(np.nansum(np.where(p > 0, p * ((up - down) / (2 * step)) ** 2, 0)))
    ours = float(_dispersion_information(double(mean).log(), double(t).log()))
    # Where it is small beside the mean's own it is a difference of large numbers, here and there.
    assert ours == pytest.approx(exact, rel=0.02, abs=1e-6 * mean)


@pytest.mark.parametrize("r", [-2.0, 0.0, 5.0])
def test_a_step_of_the_mean_alone_is_as_long_as_many_small_ones(r):
    line = torch.linspace(-6, 6, 2001).double()[:, None]
    settings = {"typical_library": None, "n_event_dims": 1}
    fine, coarse = (
        NegativeBinomial(m, torch.full_like(m, r), **settings).squared_steps().sqrt()
        for m in (line, line[[0, -1]])
    )
    assert float(fine.sum()) == pytest.approx(float(coarse[0]), rel=1e-9)
