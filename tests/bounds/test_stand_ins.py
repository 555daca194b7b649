"""What stands in for an encoder or for the density of its q, held against closed forms."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from explorer.bounds import Examples, LadderSettings, ScoreSettings, posterior, score
from explorer.bounds.calibration import calibrate
from explorer.bounds.proposals import laplace
from explorer.bounds.split import split
from explorer.bounds.stand_ins import N_DRAWS, completed
from explorer.geodesics import geodesic
from explorer.models.capabilities import MOST_FITTED, Capabilities, CapabilityError, capabilities_of
from tests.exact import LinearGaussian

WHOLE = LinearGaussian.random(12, 3)
N = 5
ALL = Capabilities()


@dataclass(frozen=True)
class Without(LinearGaussian):
    """The same model without what `capabilities` says that it lacks."""

    capabilities: Capabilities = ALL

    def likelihood(self, z):
        return super().likelihood(z if self.capabilities.gradients else z.detach())

    def posterior(self, x):
        if not self.capabilities.encoder:
            raise AssertionError("there is no encoder to ask")
        q = super().posterior(x)
        return q if self.capabilities.density else _OnlyDraws(q)


class _OnlyDraws:
    """A distribution that can be drawn from, and no more."""

    def __init__(self, q):
        self._q = q

    def sample(self, shape):
        return self._q.sample(shape)


def without(**lacking: bool) -> Without:
    return Without(**vars(WHOLE), capabilities=Capabilities(**lacking))


@pytest.fixture(scope="module")
def x():
    return WHOLE.sample(N)


def test_a_model_that_lacks_nothing_is_left_as_it_is():
    assert completed(WHOLE) is WHOLE


def test_without_an_encoder_q_is_the_best_diagonal_gaussian(x):
    found = posterior(completed(without(encoder=False)), x)
    np.testing.assert_allclose(found.mean, WHOLE.posterior_mean(x), atol=1e-6)
    scale = WHOLE.precision.diagonal().rsqrt().expand(N, -1)
    np.testing.assert_allclose(found.log_variance, 2 * scale.log(), atol=1e-6)


def test_without_an_encoder_the_gap_is_that_of_the_best_diagonal_gaussian(x):
    (figures,) = score(completed(without(encoder=False)), Examples(x, np.arange(N)), ScoreSettings(2048))
    np.testing.assert_allclose(figures["log_px_nats"], WHOLE.log_px(x), atol=0.1)
    off = np.abs(figures["gap_nats"] - WHOLE.mean_field_gap()) / figures["gap_se"]
    assert off.max() < 4


def test_without_a_density_q_has_the_moments_of_its_draws_and_is_the_same_at_every_call(x):
    model = completed(without(density=False))
    before = torch.random.get_rng_state()
    q, again = model.posterior(x), model.posterior(x)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(q.mean, again.mean)
    exact = WHOLE.posterior(x)
    error = (q.mean - exact.mean) / exact.stddev
    assert error.abs().max() < 5 / N_DRAWS**0.5
    np.testing.assert_allclose(q.stddev, exact.stddev, rtol=5 / (2 * N_DRAWS) ** 0.5)


def test_without_a_density_the_elbo_is_still_a_bound(x):
    (figures,) = score(completed(without(density=False)), Examples(x, np.arange(N)), ScoreSettings(2048))
    slack = WHOLE.log_px(x).numpy() - figures["elbo_nats"]
    assert (slack > -4 * figures["elbo_se"]).all()


def test_without_encoder_and_gradients_there_is_no_way_to_a_code():
    with pytest.raises(CapabilityError, match="neither an encoder nor gradients"):
        completed(without(encoder=False, gradients=False))


def test_without_gradients_only_the_encoders_draws_are_tried():
    # Orthogonal loadings: the posterior has no correlations, and a q that is a little wider fits it.
    exact = LinearGaussian.random(12, 3, orthogonal=True, width=1.2)
    fitting, x = Without(**vars(exact), capabilities=Capabilities(gradients=False)), exact.sample(N)
    (figures,) = score(fitting, Examples(x, np.arange(N)), ScoreSettings(512))
    assert set(figures["proposal"]) == {"encoder"}
    assert set(figures["trust"]) <= {"good", "usable"}
    off = np.abs(figures["log_px_nats"] - exact.log_px(x).numpy())
    assert (off < 5 * figures["log_px_se"]).all()


def test_without_gradients_what_the_encoder_does_not_fit_is_marked(x):
    narrow = replace(without(gradients=False), width=0.4)
    settings = ScoreSettings(512, ladder=LadderSettings(max_samples=4096))
    (figures,) = score(narrow, Examples(x, np.arange(N)), settings)
    assert set(figures["proposal"]) == {"encoder"}
    assert set(figures["trust"]) == {"unreliable"}
    assert np.isfinite(figures["log_px_nats"]).all()


def test_without_gradients_what_needs_them_says_so(x):
    model, one = without(gradients=False), Examples(x[:1], np.arange(1))
    work = {
        "taking the gap apart": split(model, one, {}),
        "calibration": calibrate(model),
        "looking for a geodesic": geodesic(model, None, np.zeros((2, 3))),
    }
    for name, steps in work.items():
        with pytest.raises(CapabilityError, match=f"{name} needs gradients"):
            next(steps)


def test_layers_in_training_mode_are_found_in_what_was_completed():
    inner = torch.nn.Sequential(torch.nn.BatchNorm1d(2))
    inner.capabilities = Capabilities(density=False)
    names = [name for name, _ in completed(inner).named_modules()]
    assert "model.0" in names


def test_every_lack_has_its_sentence():
    assert Capabilities().notes == ()
    assert len(Capabilities(encoder=False, gradients=False).notes) == 2
    assert "no encoder" in replace(Capabilities(), encoder=False).notes[0]
    assert "not known" in replace(Capabilities(), density=False).notes[0]


LONG = LinearGaussian.random(200, MOST_FITTED + 1)


def test_codes_that_are_too_long_for_fits_are_scored_by_the_encoders_draws_alone(monkeypatch):
    def climbed(*args, **kwargs):
        raise AssertionError("no second derivatives of a code of this length")

    monkeypatch.setattr(laplace, "fit", climbed)
    examples = Examples(LONG.sample(N), np.arange(N))
    (figures,) = score(LONG, examples, ScoreSettings(64, ladder=LadderSettings(max_samples=4096)))
    assert set(figures["proposal"]) == {"encoder"}
    assert np.isfinite(figures["elbo_nats"]).all()
    is_trusted = figures["trust"] != "unreliable"
    off = np.abs(figures["log_px_nats"] - LONG.log_px(examples.x).numpy())
    assert not (is_trusted & (off > 0.5)).any()
    assert not is_trusted.all()


def test_codes_that_are_too_long_for_fits_are_told_so_where_fits_are_needed():
    x = LONG.sample(1)
    (note,) = capabilities_of(LONG).notes
    assert f"up to {MOST_FITTED} numbers" in note
    assert capabilities_of(WHOLE).notes == ()
    with pytest.raises(
        CapabilityError, match=f"at most {MOST_FITTED} numbers; this model's have {MOST_FITTED + 1}"
    ):
        next(calibrate(LONG))
    with pytest.raises(CapabilityError, match="taking the gap apart needs fits"):
        next(split(LONG, Examples(x, np.arange(1)), {}))
    with pytest.raises(CapabilityError, match="neither an encoder nor codes short enough"):
        completed(Without(**vars(LONG), capabilities=Capabilities(encoder=False)))
