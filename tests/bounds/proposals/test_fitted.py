"""The one fit of a density to p(z|x): what it is made of, what the defence bounds, and when it stops."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal

from explorer.bounds import Examples
from explorer.bounds.engine import draw
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian, encoder, fitted, modes
from explorer.steps import last
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(12, 3, width=0.6)
X = MODEL.sample(5)
SOURCE = Source(0, Stream.REFERENCE)


class Mirrored(LinearGaussian):
    """A decoder of the absolute value: z and -z (in the first dimension) say the same; the encoder sees one side."""

    def likelihood(self, z):
        return super().likelihood(torch.cat([z[..., :1].abs(), z[..., 1:]], -1))

    def posterior(self, x):
        mean = torch.tensor([[1.5, 0.4]], dtype=torch.float64).expand(len(x), -1)
        return Independent(Normal(mean, torch.full_like(mean, 0.1)), 1)


MIRRORED = Mirrored(torch.eye(4, dtype=torch.float64)[:, :2], torch.zeros(4, dtype=torch.float64), 0.2)
TWO_SIDED = torch.tensor([[1.5, 0.4, 0.1, 0.0]], dtype=torch.float64)


def at_modes(model, x):
    survey = modes.survey(model)
    starts, _ = modes.surveyed(model, x, survey)
    return fitted.at_modes(model, x, encoder(model, x), starts, survey)


def drawn(model, x, proposal, n=512):
    return draw(model, Examples(x, np.arange(len(x))), proposal, n, SOURCE)


def one(model, x, q):
    example = Examples(x[:1], np.array([7]))
    steps = list(fitted.fit(model, example, q, modes.survey(model), SOURCE))
    return example, steps


def test_with_one_mode_it_is_one_gaussian_a_little_wider_than_the_posterior():
    around = at_modes(MODEL, X).around()
    assert isinstance(around, FullGaussian)
    exact = torch.linalg.inv(MODEL.precision) * fitted.WIDTH**2
    torch.testing.assert_close(around.factor @ around.factor.mT, exact.expand(5, -1, -1))


def test_a_tenth_of_the_draws_is_of_the_encoders_q_made_wider():
    q = encoder(MODEL, X)
    proposal = at_modes(MODEL, X).defended()
    torch.testing.assert_close(proposal.components[0].scale, fitted.DEFENCE_WIDTH * q.scale)
    torch.testing.assert_close(proposal.shares[:, 0], torch.full((5,), fitted.DEFENCE, dtype=torch.float64))


def test_the_shares_sum_to_one_before_and_after_draws_have_moved_it():
    for model, x, n_parts in (
        (MODEL, X, 2),
        (MIRRORED, TWO_SIDED, 2 + len(at_modes(MIRRORED, TWO_SIDED).modes.components)),
    ):
        at_first = at_modes(model, x)
        moved = at_first.moved_to(*drawn(model, x, at_first.defended()))
        assert len(moved.defended().components) == n_parts
        for found in (at_first, moved):
            total = found.defended().shares.sum(1)
            torch.testing.assert_close(total, torch.ones_like(total))


def test_half_of_a_moved_fit_stays_around_several_modes():
    found = at_modes(MIRRORED, TWO_SIDED)
    assert not found.is_single
    shares = found.moved_to(*drawn(MIRRORED, TWO_SIDED, found.defended())).defended().shares[0]
    assert float(shares[0]) == pytest.approx(0.45)
    assert float(shares[1]) == pytest.approx(0.1)
    assert float(shares[2:].sum()) == pytest.approx(0.45)


def test_without_an_encoder_the_defence_is_the_fitted_gaussian_made_wider():
    survey = modes.survey(MODEL)
    starts, _ = modes.surveyed(MODEL, X, survey)
    found = fitted.at_modes(MODEL, X, None, starts, survey)
    wide = found.defended().components[0]
    torch.testing.assert_close(wide.factor, fitted.DEFENCE_WIDTH * found.modes.best.factor)


def test_no_weight_is_larger_than_the_defence_allows():
    """q >= delta times the wide density, so that log w <= log p(x, z) - log wide(z) - log delta wherever z falls."""
    found = at_modes(MODEL, X)
    z, log_w = drawn(MODEL, X, found.defended())
    wide = found.q.scaled(fitted.DEFENCE_WIDTH)
    log_joint = MODEL.likelihood(z).log_prob(X) + MODEL.prior().log_prob(z)
    assert bool((log_w <= log_joint - wide.log_prob(z) - math.log(fitted.DEFENCE) + 1e-9).all())


def test_rows_are_those_of_the_whole():
    found = at_modes(MODEL, X)
    found = found.moved_to(*drawn(MODEL, X, found.defended()))
    rows = torch.tensor([4, 1])
    z = torch.randn(6, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    everywhere = torch.zeros(6, 5, 3, dtype=torch.float64)
    everywhere[:, rows] = z
    torch.testing.assert_close(
        found.select(rows).defended().log_prob(z), found.defended().log_prob(everywhere)[:, rows]
    )


@pytest.mark.parametrize("has_q", [True, False])
def test_one_example_is_fitted_until_its_weights_are_even(has_q):
    example, steps = one(MODEL, X, encoder(MODEL, X[:1]) if has_q else None)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1
    assert all(step.result is None for step in steps[:-1])
    _, log_w = drawn(MODEL, example.x, last(steps), 1024)
    assert fitted._is_even(log_w)
    error = torch.logsumexp(log_w, 0) - math.log(1024) - MODEL.log_px(example.x)
    assert float(error.abs()) < 0.05


def test_a_fit_that_is_not_even_takes_every_round_and_is_moved(monkeypatch):
    q = encoder(MODEL, X[:1])
    assert len(one(MODEL, X, q)[1]) == 3
    monkeypatch.setattr(fitted, "GOOD_SHAPE", -math.inf)
    _, steps = one(MODEL, X, q)
    assert len(steps) == 2 + len(fitted.ROUNDS)
    # Beside the wide one stands the Gaussian of the draws, with the exact posterior's mean.
    moved, _wide = last(steps).components
    torch.testing.assert_close(moved.mean, MODEL.posterior_mean(X[:1]), rtol=0, atol=0.02)
