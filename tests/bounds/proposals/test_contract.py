"""What every proposal promises: the density it reports is that of its draws, it integrates to one, it selects rows.

And every rung: where it is the first that fits, the ladder stops at it, and it reports log p(x) within its error.
"""

import importlib
import math
import pkgutil

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

from explorer.bounds import Examples, noise, proposals, rungs, score_all
from explorer.bounds.decisions import Reason
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals.distribution import of_distribution
from explorer.bounds.rungs import Rung
from tests.exact import LinearGaussian

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

CASES = {
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


def test_every_kind_is_registered_and_has_a_case():
    for module in pkgutil.iter_modules(proposals.__path__):
        importlib.import_module(f"{proposals.__name__}.{module.name}")
    written = {c for c in proposals.Proposal.__subclasses__() if c.__module__.startswith(proposals.__name__)}
    assert written == set(proposals.KINDS)
    assert {type(q) for q in CASES.values()} == set(proposals.KINDS)


def draws(q, n=K):
    z, log_q = q.sample(noise.normals(Source(0, Stream.PILOT), np.arange(len(q)), 0, n, q.n_noise))
    return z.double(), log_q


@pytest.mark.parametrize("kind", CASES)
def test_the_density_is_that_of_the_draws(kind):
    z, log_q = draws(CASES[kind])
    assert z.shape == (K, N, D)
    assert log_q.dtype == torch.float64
    torch.testing.assert_close(CASES[kind].log_prob(z), log_q, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", CASES)
def test_the_density_integrates_to_one_where_the_draws_fall(kind):
    """A histogram of draws against the density: mean of 1/(q V) over a box that holds them is the share inside."""
    q = CASES[kind]
    z, log_q = draws(q, 40_000)
    low, high = z.quantile(0.2, dim=0), z.quantile(0.8, dim=0)
    inside = ((z > low) & (z < high)).all(-1)
    volume = (high - low).prod(-1)
    integral = (torch.where(inside, torch.exp(-log_q), 0.0) / volume).mean(0)
    torch.testing.assert_close(integral, torch.ones(N, dtype=torch.float64), rtol=0.05, atol=0.0)


@pytest.mark.parametrize("kind", [k for k in CASES if k != "flow"])
def test_some_of_the_examples_draw_as_they_did_among_all(kind):
    q, rows = CASES[kind], torch.tensor([2, 0])
    z = draws(q, 50)[0]
    noise_of_rows = noise.normals(Source(0, Stream.PILOT), rows.numpy(), 0, 50, q.n_noise)
    torch.testing.assert_close(q.select(rows).sample(noise_of_rows)[0].double(), z[:, rows])


def test_a_flow_says_that_it_has_no_rows():
    with pytest.raises(NotImplementedError, match="no rows to select"):
        CASES["flow"].select(torch.tensor([0]))


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


# rungs


class Banana(LinearGaussian):
    """x ~ N(z_1 + z_2^2, 1/4): a posterior that bends, with tails that no Gaussian covers."""

    def likelihood(self, z):
        return super().likelihood(torch.cat([z[..., :1] + z[..., 1:] ** 2, z[..., 1:]], -1))

    def posterior(self, x):
        mean = torch.zeros(len(x), 2, dtype=torch.float64)
        return Independent(Normal(mean, torch.full_like(mean, 0.3)), 1)

    def log_px(self, x):
        """By quadrature over the prior's z_1, which a Gaussian leaves in closed form, and a grid of z_2."""
        z = torch.linspace(-8, 8, 4001, dtype=torch.float64)[:, None]
        given = Normal(z**2, math.hypot(1, self.sigma)).log_prob(x[:, 0])
        return torch.logsumexp(given + Normal(0.0, 1.0).log_prob(z), 0) + math.log(16 / 4000)


BANANA = Banana(torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.zeros(1, dtype=torch.float64), 0.5)
BENT_X = torch.linspace(-1, 3, 6, dtype=torch.float64)[:, None]
FITTING = LinearGaussian.random(6, 3, orthogonal=True)
NARROW = LinearGaussian.random(32, 8, width=0.6)
# Data of which some examples end at each rung.
REACHED = {
    "encoder": (FITTING, FITTING.sample(6)),
    "laplace": (NARROW, NARROW.sample(6)),
    "adapted": (BANANA, BENT_X),
    "annealed": (BANANA, BENT_X),
}


def scored(model, x):
    return score_all(model, Examples(x, np.arange(len(x))))


def test_every_rung_has_a_case():
    assert list(REACHED) == [rung.stage for rung in rungs.LADDER]


@pytest.mark.parametrize("stage", REACHED)
def test_what_a_rung_reports_is_log_px_within_its_error(stage):
    model, x = REACHED[stage]
    found = scored(model, x)
    here = (found["proposal"] == stage) & (found["trust"] == "good")
    assert here.sum() >= 2
    error = (found["log_px_nats"] - model.log_px(x).numpy())[here]
    # The least that float32 noise and a proposal without any error leave.
    assert (np.abs(error) < 4 * found["log_px_se"][here] + 1e-4).all()
    assert (found["n_spent"] >= found["encoder_n_samples"]).all()


def test_rungs_have_names_and_random_numbers_of_their_own():
    for names in ([r.stage for r in rungs.LADDER], [r.title for r in rungs.LADDER]):
        assert len(set(names)) == len(names)
    reported = [r.source(0, i) for r in rungs.LADDER for i in range(len(r.pilots))]
    deciding = [r.pilot_source(0, i) for r in rungs.LADDER for i, n in enumerate(r.pilots) if n]
    assert len({*reported, *deciding}) == len(reported) + len(deciding)


TOY = Rung(
    "student",
    "a Student t at the mode",
    lambda group, source: proposals.heavy_tailed(group.fitted.modes.best, 5.0),
)


def test_one_more_rung_is_all_that_a_new_proposal_takes(monkeypatch):
    model, x = REACHED["laplace"]
    monkeypatch.setattr(rungs, "LADDER", (rungs.ENCODER, TOY, *rungs.LADDER[1:]))
    found = scored(model, x)
    assert set(found["proposal"]) == {"student"}
    assert (np.abs(found["log_px_nats"] - model.log_px(x).numpy()) < 4 * found["log_px_se"]).all()
    assert rungs.title("student") == TOY.title
    assert rungs.in_order(["laplace", "student", "gone"]) == ["student", "laplace", "gone"]


def test_a_rung_that_fits_nothing_changes_no_other_number(monkeypatch):
    model, x = REACHED["annealed"]
    before = scored(model, x)
    monkeypatch.setattr(
        rungs,
        "LADDER",
        (*rungs.LADDER[:-1], Rung("never", "nothing", lambda *_: Reason.DRAWS), rungs.ANNEALED),
    )
    after = scored(model, x)
    for key in before.keys() - {"reason"}:
        np.testing.assert_array_equal(before[key], after[key], err_msg=key)
    annealed = after["proposal"] == "annealed"
    assert set(after["reason"][annealed]) == {Reason.DRAWS}
    assert (before["reason"] == after["reason"])[~annealed].all()


def test_a_stage_of_another_version_keeps_its_name():
    assert rungs.rung_of("gone") is None
    assert rungs.title("gone") == "gone"
