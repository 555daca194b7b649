"""What every proposal promises: the density it reports is that of its draws, it integrates to one, it selects rows."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import (
    AffineTransform,
    Categorical,
    ComposeTransform,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    StudentT,
    TransformedDistribution,
)
from torch.distributions.transforms import TanhTransform

from explorer.bounds import noise, proposals
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals.distribution import of_distribution

N, D, K = 3, 2, 4000
GENERATOR = torch.Generator().manual_seed(0)
MEAN = torch.randn(N, D, generator=GENERATOR, dtype=torch.float64)
SCALE = torch.rand(N, D, generator=GENERATOR, dtype=torch.float64) + 0.3
FACTOR = torch.linalg.cholesky(
    torch.diag_embed(SCALE) + 0.2 * torch.ones(N, D, D, dtype=torch.float64) * SCALE.min()
)
SHARES = torch.tensor([[0.7, 0.3], [1.0, 0.0], [0.2, 0.8]], dtype=torch.float64)
DIAGONAL = proposals.DiagonalGaussian(MEAN, SCALE)
FULL = proposals.FullGaussian(MEAN, FACTOR)

KINDS = {
    "diagonal": DIAGONAL,
    "full": FULL,
    "wider": FULL.scaled(1.5),
    "wider in one dimension": FULL.scaled(1.5, torch.tensor([1])),
    "student": proposals.heavy_tailed(FULL, 5.0),
    "student of a diagonal": proposals.heavy_tailed(DIAGONAL, 30.0),
    "mixture": proposals.Mixture((FULL, DIAGONAL.scaled(2.0)), SHARES),
    "flow": of_distribution(
        TransformedDistribution(
            Independent(Normal(MEAN, SCALE), 1), [TanhTransform(cache_size=1), AffineTransform(0.5, 3.0)]
        ),
        N,
    ),
}


def draws(q, n=K):
    z, log_q = q.sample(noise.normals(Source(0, Stream.PILOT), np.arange(len(q)), 0, n, q.n_noise))
    return z.double(), log_q


@pytest.mark.parametrize("kind", KINDS)
def test_the_density_is_that_of_the_draws(kind):
    z, log_q = draws(KINDS[kind])
    assert z.shape == (K, N, D)
    assert log_q.dtype == torch.float64
    torch.testing.assert_close(KINDS[kind].log_prob(z), log_q, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_density_integrates_to_one_where_the_draws_fall(kind):
    """A histogram of draws against the density: mean of 1/(q V) over a box that holds them is the share inside."""
    q = KINDS[kind]
    z, log_q = draws(q, 40_000)
    low, high = z.quantile(0.2, dim=0), z.quantile(0.8, dim=0)
    inside = ((z > low) & (z < high)).all(-1)
    volume = (high - low).prod(-1)
    integral = (torch.where(inside, torch.exp(-log_q), 0.0) / volume).mean(0)
    torch.testing.assert_close(integral, torch.ones(N, dtype=torch.float64), rtol=0.05, atol=0.0)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("flow", "student", "student of a diagonal")])
def test_some_of_the_examples_draw_as_they_did_among_all(kind):
    q, rows = KINDS[kind], torch.tensor([2, 0])
    z = draws(q, 50)[0]
    noise_of_rows = noise.normals(Source(0, Stream.PILOT), rows.numpy(), 0, 50, q.n_noise)
    torch.testing.assert_close(q.select(rows).sample(noise_of_rows)[0].double(), z[:, rows])


def test_the_t_is_torchs_in_one_dimension():
    q = proposals.StudentT(MEAN[:, :1], FACTOR[:, :1, :1], 4.0)
    z, log_q = draws(q)
    expected = StudentT(4.0, MEAN[:, 0], FACTOR[:, 0, 0])
    torch.testing.assert_close(log_q, expected.log_prob(z[..., 0]), rtol=1e-6, atol=1e-6)
    # The median of |t| is a quantile, whose standard error is below 2%.
    spread = ((z[..., 0] - MEAN[:, 0]) / FACTOR[:, 0, 0]).abs().median(0).values
    torch.testing.assert_close(spread, torch.full((N,), 0.7407, dtype=torch.float64), rtol=0.06, atol=0)


def test_a_mixture_uses_each_component_by_its_share():
    apart = proposals.DiagonalGaussian(MEAN + 100, SCALE)
    z, _ = draws(proposals.Mixture((DIAGONAL, apart), SHARES))
    share = (z[..., 0] > 50).double().mean(0)
    torch.testing.assert_close(share, SHARES[:, 1], rtol=0, atol=4 * 0.5 / math.sqrt(K))


def test_distributions_of_torch_become_proposals_with_the_same_density():
    z = torch.randn(7, N, D, generator=GENERATOR, dtype=torch.float64)
    mixture = MixtureSameFamily(
        Categorical(torch.tensor([0.25, 0.75], dtype=torch.float64)),
        Independent(Normal(MEAN[:2], SCALE[:2]), 1),
    )
    full_mixture = MixtureSameFamily(
        Categorical(torch.tensor([0.5, 0.5], dtype=torch.float64)),
        MultivariateNormal(MEAN[:2], scale_tril=FACTOR[:2]),
    )
    flow = TransformedDistribution(Independent(Normal(MEAN, SCALE), 1), [AffineTransform(1.0, -2.0)])
    for given in (
        Independent(Normal(MEAN, SCALE), 1),
        MultivariateNormal(MEAN, scale_tril=FACTOR),
        mixture,
        full_mixture,
        flow,
    ):
        torch.testing.assert_close(of_distribution(given, N).log_prob(z), given.log_prob(z))


def test_another_distribution_is_refused_by_name():
    with pytest.raises(TypeError, match="found Independent"):
        of_distribution(Independent(StudentT(3.0, MEAN, SCALE), 1), N)


def test_a_flow_composed_of_maps_has_its_centre_where_the_mean_goes():
    maps = ComposeTransform([TanhTransform(), AffineTransform(0.0, 2.0)])
    flow = of_distribution(TransformedDistribution(Independent(Normal(MEAN, SCALE), 1), [maps]), N)
    torch.testing.assert_close(proposals.centre(flow), 2 * torch.tanh(MEAN))
