"""Pareto k: against a scalar transcription of the published algorithm, and on tails of known shape."""

import math

import numpy as np
import pytest
import scipy.stats
import torch

from explorer.bounds import weights
from explorer.bounds.pareto import Reliability, fit_tail, reliability, trust_limit


def reference_k(x):
    """Zhang & Stephens 2009, section 4, one sample at a time, with the prior of Vehtari et al. 2024, appendix C."""
    x = sorted(x)
    n = len(x)
    m = 30 + math.floor(math.sqrt(n))
    quartile = x[math.floor(n / 4 + 0.5) - 1]
    thetas = [1 / x[-1] + (1 - math.sqrt(m / (j - 0.5))) / 3 / quartile for j in range(1, m + 1)]
    ks = [sum(math.log1p(-t * v) for v in x) / n for t in thetas]
    lengths = [n * (math.log(-t / k) - k - 1) for t, k in zip(thetas, ks, strict=True)]
    shares = [1 / sum(math.exp(other - own) for other in lengths) for own in lengths]
    theta = sum(s * t for s, t in zip(shares, thetas, strict=True))
    k = sum(math.log1p(-theta * v) for v in x) / n
    return (n * k + 10 * 0.5) / (n + 10)


def largest_of(log_w):
    n_tail = weights.tail_length(len(log_w))
    return torch.topk(log_w, n_tail + 1, dim=0).values


@pytest.mark.parametrize("seed", range(5))
def test_batched_fit_equals_the_scalar_algorithm(seed):
    generator = np.random.default_rng(seed)
    log_w = torch.from_numpy(generator.normal(scale=2.0, size=(600, 4)))
    top = largest_of(log_w)
    scaled = torch.exp(top - top[0])
    expected = [reference_k((scaled[:-1, i] - scaled[-1, i]).tolist()) for i in range(4)]
    np.testing.assert_allclose(fit_tail(top).k, expected, rtol=1e-9)


@pytest.mark.parametrize("k", [0.2, 0.5, 0.8, 1.2])
def test_shape_of_a_pareto_tail_is_recovered(k):
    draws = scipy.stats.genpareto.rvs(k, size=(50_000, 8), random_state=1)
    found = fit_tail(largest_of(torch.from_numpy(np.log1p(draws)))).k
    assert float(found.mean()) == pytest.approx(k, abs=0.1)


def test_shape_does_not_depend_on_the_scale_of_the_weights():
    log_w = torch.from_numpy(np.random.default_rng(0).normal(size=(500, 2)))
    top = largest_of(log_w)
    torch.testing.assert_close(fit_tail(top).k, fit_tail(top - 5000.0).k)


def test_equal_weights_have_no_tail():
    assert float(fit_tail(torch.zeros(30, 1, dtype=torch.float64)).k) == -math.inf


def test_too_few_draws_have_no_shape():
    assert math.isnan(float(fit_tail(torch.zeros(4, 1, dtype=torch.float64)).k))


@pytest.mark.parametrize(
    "k, n, expected",
    [
        (0.3, 1000, Reliability.GOOD),
        (0.6, 1000, Reliability.USABLE),
        (0.68, 1000, Reliability.UNRELIABLE),
        (0.68, 10**6, Reliability.USABLE),
        (0.75, 10**6, Reliability.UNRELIABLE),
        (math.nan, 1000, Reliability.UNRELIABLE),
        (-math.inf, 1000, Reliability.GOOD),
    ],
)
def test_verdict_follows_the_published_limits(k, n, expected):
    assert reliability(k, n) is expected


def test_trust_limit_grows_with_the_draws_to_seven_tenths():
    assert trust_limit(100) == pytest.approx(0.5)
    assert trust_limit(1000) == pytest.approx(2 / 3)
    assert trust_limit(10**6) == 0.7
