"""Annealed importance sampling against a model whose p(x) is known: unbiased both ways, whatever the start."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from explorer.bounds import Examples, annealed
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian
from explorer.bounds.proposals.proposal import log_normal
from tests import tiny
from tests.exact import LinearGaussian

pytestmark = pytest.mark.slow

MODEL = LinearGaussian.random(8, 3)
SOURCE = Source(0, Stream.ANNEALED)
WIDTHS = [0.7, 1.5]


def simulated(n, seed=0):
    """x drawn from the model, and the z (n, d) that each came from: an exact draw of its posterior."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n, MODEL.latent_dim, generator=generator, dtype=torch.float64)
    return MODEL.likelihood(z).sample(generator), z


def poor(x, width=1.0, offset=0.0):
    """The exact posterior with every deviation times `width`, moved by `offset` of them."""
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    mean = MODEL.posterior_mean(x) + offset * factor.sum(1)
    return FullGaussian(mean, (width * factor).expand(len(x), -1, -1))


def examples(x):
    return Examples(x, np.arange(len(x)))


def log_mean(log_w):
    return torch.logsumexp(log_w, 0) - math.log(len(log_w))


def is_one(ratio):
    """Whether the mean of a sample (M, ...) is 1 within four of its errors, which are small enough to tell."""
    se = ratio.std(0) / len(ratio) ** 0.5
    assert float(se.max()) < 0.05
    return bool(((ratio.mean(0) - 1).abs() < 4 * se).all())


# forward


@pytest.mark.parametrize("width", WIDTHS)
def test_the_mean_weight_is_px_from_a_poor_start(width):
    x = MODEL.sample(2)
    run = annealed.forward(MODEL, examples(x), poor(x, width, 0.5), SOURCE, n_steps=6, n_chains=4000)
    assert is_one(torch.exp(run.log_w - MODEL.log_px(x)))


def test_more_temperatures_make_the_weights_more_equal():
    x = MODEL.sample(3)
    spreads = [
        annealed.forward(MODEL, examples(x), poor(x, 1.5, 1), SOURCE, n, 500).log_w.std(0).mean()
        for n in (1, 4, 16)
    ]
    assert spreads[0] > 1.5 * spreads[1] > 2.25 * spreads[2]


def test_one_temperature_is_plain_importance_sampling():
    x = MODEL.sample(3)
    q = poor(x, 1.5, 0.5)
    run = annealed.forward(MODEL, examples(x), q, SOURCE, n_steps=1, n_chains=50)
    noise = [SOURCE.generator(i, 1).standard_normal((50, MODEL.latent_dim)) for i in range(3)]
    z, log_q = q.sample(torch.from_numpy(np.stack(noise, 1)))
    log_w = MODEL.likelihood(z).log_prob(x) + MODEL.prior().log_prob(z) - log_q
    torch.testing.assert_close(run.log_w, log_w, rtol=0, atol=1e-9)


def test_from_the_exact_posterior_every_weight_is_px():
    x, z = simulated(3)
    ahead = annealed.forward(MODEL, examples(x), poor(x), SOURCE, n_chains=8)
    back = annealed.backward(MODEL, examples(x), poor(x), z, SOURCE, n_chains=8)
    for run in (ahead, back):
        torch.testing.assert_close(run.log_w, MODEL.log_px(x).expand(8, 3), rtol=0, atol=1e-9)


@dataclass(frozen=True)
class Half:
    """x is possible only where z_0 > `edge`; with the exact posterior's share there, p(x) is known."""

    whole: LinearGaussian
    edge: float
    latent_dim = MODEL.latent_dim

    def prior(self):
        return self.whole.prior()

    def likelihood(self, z):
        return HalfLikelihood(self.whole.likelihood(z), z[..., 0] > self.edge)


@dataclass(frozen=True)
class HalfLikelihood:
    whole: object
    is_possible: torch.Tensor

    def log_prob(self, x):
        return torch.where(self.is_possible, self.whole.log_prob(x), -torch.inf)


def test_chains_from_where_x_is_impossible_count_as_zero():
    x = MODEL.sample(1)
    deviation = float(torch.linalg.inv(MODEL.precision)[0, 0].sqrt())
    model = Half(MODEL, float(MODEL.posterior_mean(x)[0, 0]) - 0.5 * deviation)
    share = float(Normal(0.0, 1.0).cdf(torch.tensor(0.5)))
    run = annealed.forward(model, examples(x), poor(x, 1.5), SOURCE, n_steps=6, n_chains=4000)
    assert bool((run.log_w == -torch.inf).any())
    assert is_one(torch.exp(run.log_w - MODEL.log_px(x)) / share)


# backward, and the sandwich


def exact_draws(x, n):
    """Draws (n, N, d) of p(z|x)."""
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    e = torch.randn(n, *x.shape[:-1], MODEL.latent_dim, generator=torch.Generator().manual_seed(3)).double()
    return MODEL.posterior_mean(x) + e @ factor.T


@pytest.mark.parametrize("width", WIDTHS)
def test_the_backward_mean_of_one_over_w_is_one_over_px(width):
    x, n_chains = MODEL.sample(2), 8000
    q, z = poor(x, width, 0.3), exact_draws(x, n_chains)
    run = annealed.backward(MODEL, examples(x), q, z, SOURCE, n_steps=4, n_chains=n_chains)
    assert is_one(torch.exp(MODEL.log_px(x) - run.log_w))


@pytest.mark.parametrize("width", WIDTHS)
def test_log_px_lies_between_the_two_directions(width):
    """Bounds from two chains each, many of them: backward, both start at the exact draw that there is for an x."""
    x, n_pairs = MODEL.sample(1), 500
    q, z = poor(x, width, 0.5), exact_draws(x, n_pairs).repeat_interleave(2, 0)
    ahead = annealed.forward(MODEL, examples(x), q, SOURCE, 3, 2 * n_pairs).log_w
    back = annealed.backward(MODEL, examples(x), q, z, SOURCE, 3, 2 * n_pairs).log_w
    lower = log_mean(ahead.view(n_pairs, 2).T) - MODEL.log_px(x)
    upper = -log_mean(-back.view(n_pairs, 2).T) - MODEL.log_px(x)
    for gap in (-lower, upper):
        assert gap.mean() > 3 * gap.std() / len(gap) ** 0.5
        assert gap.mean() < 1


def test_all_chains_of_an_example_start_at_its_one_exact_draw():
    x, z = simulated(3)
    q = poor(x, 1.5, 0.3)
    one, each = (
        annealed.backward(MODEL, examples(x), q, exact, SOURCE, 3, 5) for exact in (z, z.expand(5, -1, -1))
    )
    assert torch.equal(one.log_w, each.log_w)
    assert len(one.log_w.unique()) == 15


# transitions


@pytest.mark.parametrize("b", [0.3, 1.0])
def test_a_transition_leaves_its_temperature_invariant(b):
    """Chains that begin at exact draws of f_b have its moments after six steps."""
    x = MODEL.sample(1)
    q = poor(x, 0.7, 0.5)
    target = annealed._Target(MODEL, examples(x), q)
    factor = q.factor[0]
    identity = torch.eye(MODEL.latent_dim, dtype=torch.float64)
    precision = (1 - b) * identity + b * factor.T @ MODEL.precision @ factor
    pull = b * factor.T @ MODEL.precision @ (MODEL.posterior_mean(x) - q.mean)[0]
    mean, half = torch.linalg.solve(precision, pull), torch.linalg.cholesky(torch.linalg.inv(precision))

    n_chains = 20_000
    random = annealed._Random(SOURCE, np.array([0]), n_chains, MODEL.latent_dim, part=3)
    y = mean + random.normal() @ half.T
    state, step = (y, *target(y)), torch.tensor([1.2], dtype=torch.float64)
    for _ in range(6):
        state, acceptance = annealed._transition(target, state, b, step, random)
    assert 0.3 < float(acceptance.mean()) < 0.95, "so easy or so hard that a wrong acceptance would not show"
    assert float((state[0] == y).all(-1).double().mean()) < 0.01
    standard = torch.linalg.solve_triangular(half, (state[0][:, 0] - mean).T, upper=False)
    assert float(standard.mean(1).abs().max()) < 4 / n_chains**0.5
    covariance = standard @ standard.T / n_chains
    assert float((covariance - identity).abs().max()) < 4 * (2 / n_chains) ** 0.5


def test_what_a_target_says_is_the_density_and_its_slope():
    x = MODEL.sample(2)
    q = poor(x, 1.5, 0.5)
    target = annealed._Target(MODEL, examples(x), q)
    y = torch.randn(5, 2, MODEL.latent_dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def density(y):
        z = target.place(y)
        log_joint = MODEL.likelihood(z).log_prob(x) + MODEL.prior().log_prob(z)
        return log_joint - q.log_prob(z) + log_normal(y)

    value, slope = target(y)
    torch.testing.assert_close(value, density(y))
    torch.testing.assert_close(slope, torch.func.grad(lambda y: density(y).sum())(y))


def test_the_step_is_tuned_in_the_pilot_and_then_frozen(monkeypatch):
    x = MODEL.sample(2)
    seen, transition = [], annealed._transition

    def watched(target, state, b, step, random):
        seen.append((len(state[0]), step.clone()))
        return transition(target, state, b, step, random)

    monkeypatch.setattr(annealed, "_transition", watched)
    annealed.forward(MODEL, examples(x), poor(x, 1.5, 0.5), SOURCE, n_steps=12, n_chains=8)
    pilot = [step for n_chains, step in seen if n_chains == annealed.N_PILOT_CHAINS]
    frozen = [step for n_chains, step in seen if n_chains == 8]
    assert len(frozen) == 12
    assert all(torch.equal(step, frozen[0]) for step in frozen)
    assert len({float(step[0]) for step in pilot}) == len(pilot) > 4


def test_the_tuned_step_accepts_about_as_often_as_wanted():
    x = MODEL.sample(3)
    for width in WIDTHS:
        target = annealed._Target(MODEL, examples(x), poor(x, width))
        step = annealed._tuned(target, SOURCE)
        random = annealed._Random(SOURCE, np.arange(3), 500, MODEL.latent_dim, part=3)
        y = random.normal() / width
        _, acceptance = annealed._transition(target, (y, *target(y)), 1.0, step, random)
        assert float((acceptance.mean(0) - annealed.WANTED_ACCEPTANCE).abs().max()) < 0.2


# examples and their company


@pytest.mark.parametrize("is_double", [True, False])
def test_a_result_does_not_depend_on_batch_or_order(is_double):
    """Also in float32, where log p of the same z differs with the number of rows decoded at once."""
    if is_double:
        model, x = MODEL, MODEL.sample(5)
        q = poor(x, 1.5, 0.5)
    else:
        model = tiny.model()
        x = torch.rand(5, 1, 8, 8, generator=torch.Generator().manual_seed(0)).mul(16).round() / 16
        q = FullGaussian(torch.zeros(5, 3).double(), torch.eye(3).double().expand(5, 3, 3))
    ids, order = np.array([7, 3, 99, 0, 12]), torch.tensor([4, 2, 0, 1, 3])
    whole = annealed.forward(model, Examples(x, ids), q, SOURCE, 12, 70)
    shuffled = annealed.forward(model, Examples(x, ids).select(order), q.select(order), SOURCE, 12, 70)
    torch.testing.assert_close(shuffled.log_w, whole.log_w[:, order], rtol=0, atol=1e-5)
    for i in range(5):
        row = torch.tensor([i])
        alone = annealed.forward(model, Examples(x, ids).select(row), q.select(row), SOURCE, 12, 70)
        torch.testing.assert_close(alone.log_w, whole.log_w[:, row], rtol=0, atol=1e-5)
        torch.testing.assert_close(alone.z, whole.z[:, row], rtol=0, atol=1e-5)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_example_that_is_not_finite_does_not_stop_the_others(bad):
    x, z = simulated(3)
    q = poor(x, 1.5)
    broken = x.clone()
    broken[1, 2] = bad
    fine = [0, 2]
    for run in (
        lambda x: annealed.forward(MODEL, examples(x), q, SOURCE, 4, 8),
        lambda x: annealed.backward(MODEL, examples(x), q, z, SOURCE, 4, 8),
    ):
        found, wanted = run(broken).log_w, run(x).log_w
        assert not bool(torch.isfinite(found[:, 1]).any())
        assert bool(torch.isfinite(wanted).all())
        torch.testing.assert_close(found[:, fine], wanted[:, fine], rtol=0, atol=1e-9)


def test_nan_gives_nan_weights():
    x = MODEL.sample(2)
    broken = x.clone()
    broken[0] = math.nan
    run = annealed.forward(MODEL, examples(broken), poor(x), SOURCE, 4, 8)
    assert bool(torch.isnan(run.log_w[:, 0]).all())
    lost = FullGaussian(poor(x).mean * math.nan, poor(x).factor)
    assert bool(torch.isnan(annealed.forward(MODEL, examples(x), lost, SOURCE, 4, 8).log_w).all())


def test_every_decoded_row_is_counted():
    rows = []

    @dataclass(frozen=True)
    class Counting:
        latent_dim = MODEL.latent_dim
        prior = MODEL.prior

        def likelihood(self, z):
            rows.append(z[..., 0].numel())
            return MODEL.likelihood(z)

    x = MODEL.sample(2)
    run = annealed.forward(Counting(), examples(x), poor(x), SOURCE, 5, 7)
    assert 2 * run.n_decoded == sum(rows)
