"""The best Gaussians for one x: closed forms on a linear model, and what a climb may not do."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from explorer import datasets
from explorer.bounds import Examples, best_gaussian
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian, modes
from explorer.bounds.proposals.gaussian import DiagonalGaussian
from explorer.models import checkpoints
from explorer.steps import last
from tests.exact import LinearGaussian

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[2] / "checkpoints"
MODEL = LinearGaussian.random(8, 4)
X = MODEL.sample(6)
IDS = np.arange(70, 76)


class Bent(LinearGaussian):
    """The same with a decoder that is not linear: Laplace's approximation is not the best Gaussian."""

    def likelihood(self, z):
        return super().likelihood(z + 0.6 * torch.sin(2 * z))


class Unchecked(Bent):
    """One that lets NaN through, as networks do."""

    def prior(self):
        zeros = torch.zeros(self.latent_dim, dtype=torch.float64)
        return Independent(Normal(zeros, torch.ones_like(zeros), validate_args=False), 1, validate_args=False)

    def posterior(self, x):
        scale = self.precision.diagonal().rsqrt().expand(len(x), -1)
        normal = Normal(self.posterior_mean(x), scale, validate_args=False)
        return Independent(normal, 1, validate_args=False)


BENT = Bent(MODEL.loadings, MODEL.offset, MODEL.sigma)


def found(model, x=X, ids=IDS, seed=0, n_steps=best_gaussian.N_STEPS):
    return last(best_gaussian.fit(model, Examples(x, ids), seed, modes.survey(model), n_steps))


@pytest.fixture(scope="module")
def best():
    """Of the model that is not linear."""
    return found(BENT)


def elbo(model, x, ids, q):
    """ELBO and its error on draws that no climb has seen."""
    source = Source(99, Stream.REFERENCE)
    _, log_joint, log_q = best_gaussian.paired_draws(model, Examples(x, ids), q, 4096, source)
    pairs = (log_joint - log_q).mean(0)
    return pairs.mean(0), pairs.std(0) / len(pairs) ** 0.5


def kl_to_posterior(model, x, q):
    factor = torch.diag_embed(q.scale) if isinstance(q, DiagonalGaussian) else q.factor
    exact = MultivariateNormal(model.posterior_mean(x), precision_matrix=model.precision)
    return kl_divergence(MultivariateNormal(q.mean, scale_tril=factor), exact)


@pytest.mark.parametrize("width", [1.0, 0.4, 3.0])
def test_on_a_linear_model_both_optima_are_the_closed_ones(width):
    model = LinearGaussian(MODEL.loadings, MODEL.offset, MODEL.sigma, width)
    best = found(model)
    gap = torch.full((6,), model.mean_field_gap(), dtype=torch.float64)
    torch.testing.assert_close(kl_to_posterior(model, X, best.diagonal), gap, rtol=0, atol=1e-8)
    torch.testing.assert_close(kl_to_posterior(model, X, best.full), torch.zeros_like(gap), rtol=0, atol=1e-8)


def test_the_climb_finds_the_optimum_from_a_bad_start():
    # The curvature of the start is that of the prior: b, A and the inner turn all have to move.
    prior = FullGaussian(torch.zeros(6, 4).double(), torch.eye(4).double().expand(6, 4, 4))
    active, examples = torch.arange(4), Examples(X, IDS)
    for frame_of, wanted in (
        (best_gaussian._diagonal_frame, MODEL.mean_field_gap()),
        (best_gaussian._full_frame, 0.0),
    ):
        *_, (reached, fraction) = best_gaussian._climb(MODEL, examples, frame_of(prior, active), 0, 1, 400)
        assert fraction == 1.0
        assert kl_to_posterior(MODEL, X, reached).sub(wanted).abs().max() < 0.02


def test_where_laplace_is_not_the_best_the_climb_gains(best):
    short = found(BENT, n_steps=1)
    for name in ("diagonal", "full"):
        before, _ = elbo(BENT, X, IDS, getattr(short, name))
        after, se = elbo(BENT, X, IDS, getattr(best, name))
        assert (after - before).mean() > 5 * se.mean()
        assert (after - before > -4 * se).all()


def test_a_long_climb_gains_next_to_nothing(best):
    longer = found(BENT, n_steps=6 * best_gaussian.N_STEPS)
    for name in ("diagonal", "full"):
        gain = elbo(BENT, X, IDS, getattr(longer, name))[0] - elbo(BENT, X, IDS, getattr(best, name))[0]
        assert gain.mean() < 0.02


def test_the_full_family_contains_the_diagonal_one(best):
    (diagonal, a), (full, b) = (elbo(BENT, X, IDS, q) for q in (best.diagonal, best.full))
    assert (full - diagonal > -4 * torch.hypot(a, b)).all()
    assert best.full.factor.triu(1).abs().max() == 0


def test_a_result_is_independent_of_batch_and_order(best):
    order = [4, 1, 5]
    part = found(BENT, X[order], IDS[order])
    for name in ("diagonal", "full"):
        for key, value in vars(getattr(part, name)).items():
            wanted = getattr(getattr(best, name), key)[order]
            torch.testing.assert_close(value, wanted, rtol=0, atol=1e-9, msg=f"{name} {key}")


def test_the_seed_and_the_id_change_the_climb():
    known = modes.survey(BENT)

    def first_step(ids, seed):
        return next(best_gaussian.fit(BENT, Examples(X, ids), seed, known)).result.diagonal.mean

    for other in (first_step(IDS, 1), first_step(IDS + 1, 0)):
        assert (first_step(IDS, 0) != other).any(1).all()


def test_it_yields_on_the_way_and_each_is_a_pair_of_gaussians():
    known = modes.survey(BENT)
    steps = list(best_gaussian.fit(BENT, Examples(X, IDS), 0, known, 5))
    fractions = [s.fraction for s in steps]
    assert len(steps) == 11
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    for step in steps:
        assert (step.result.diagonal.scale > 0).all()
        assert (step.result.full.factor.diagonal(dim1=1, dim2=2) > 0).all()


def test_collapsed_dimensions_stay_at_the_prior():
    loadings = MODEL.loadings.clone()
    loadings[:, 1] = 0
    model = Bent(loadings, MODEL.offset, MODEL.sigma)
    best = found(model)
    assert best.diagonal.mean[:, 1].abs().max() == 0
    torch.testing.assert_close(best.diagonal.scale[:, 1], torch.ones(6).double())
    covariance = best.full.factor @ best.full.factor.mT
    torch.testing.assert_close(covariance[:, 1], torch.eye(4).double()[1].expand(6, 4))


def test_one_example_that_is_not_finite_leaves_the_others_alone():
    broken = X.clone()
    broken[2] = torch.nan
    others = [0, 1, 3, 4, 5]
    model = Unchecked(MODEL.loadings, MODEL.offset, MODEL.sigma)
    best, wanted = found(model, broken), found(model)
    torch.testing.assert_close(best.full.mean[others], wanted.full.mean[others], rtol=0, atol=1e-9)
    torch.testing.assert_close(best.diagonal.scale[others], wanted.diagonal.scale[others], rtol=0, atol=1e-9)


def test_an_encoder_without_a_diagonal_gaussian_is_refused():
    class Full(LinearGaussian):
        def posterior(self, x):
            return MultivariateNormal(self.posterior_mean(x), precision_matrix=self.precision)

    with pytest.raises(ValueError, match="diagonal Gaussian"):
        found(Full(MODEL.loadings, MODEL.offset, MODEL.sigma))


def test_on_digits_a_climb_loses_to_no_start():
    model = checkpoints.load(SHIPPED / "digits-2d").model
    data = datasets.load("digits").take(slice(8))
    x, ids = torch.from_numpy(data.x(slice(None))), data.example_ids
    best = found(model, x, ids)
    given, _ = elbo(model, x, ids, best_gaussian.diagonal_encoder(model, x))
    diagonal, se = elbo(model, x, ids, best.diagonal)
    assert (diagonal > given - 4 * se).all()
    assert float((diagonal - given).mean()) > 0.2
