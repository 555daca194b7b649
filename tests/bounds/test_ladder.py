"""The ladder of proposals: it stops at the first that fits, says why, and never gives a wrong number unmarked."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import (
    AffineTransform,
    Independent,
    Normal,
    TransformedDistribution,
)

from explorer import datasets
from explorer.bounds import Examples, LadderSettings, Reliability, ScoreSettings, reliability, score_all
from explorer.likelihoods import Bernoulli, Gaussian
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from tests.exact import LinearGaussian
from tests.quadrature import log_px_by_grid

SHIPPED = Path(__file__).parents[2] / "checkpoints"


def scored(model, x, settings=None, ids=None):
    ids = np.arange(len(x)) if ids is None else ids
    return score_all(model, Examples(x, ids), settings or ScoreSettings())


def digits(n):
    data = datasets.load("digits").take(slice(n))
    return (
        checkpoints.load(SHIPPED / "digits-2d").model,
        torch.from_numpy(data.x(slice(None))),
        data.example_ids,
    )


def test_a_good_encoder_is_used_as_it_is():
    model = LinearGaussian.random(6, 3, orthogonal=True)
    found = scored(model, model.sample(8))
    assert set(found["proposal"]) == {"encoder"}
    assert set(found["reason"]) == {""}


def test_a_narrow_encoder_is_given_up_and_the_reason_is_kept():
    model = LinearGaussian.random(32, 8, width=0.6)
    x = model.sample(30)
    found = scored(model, x)
    assert set(found["proposal"]) == {"laplace"}
    assert set(found["reason"]) <= {"heavy tail", "too many draws needed"}
    error = found["log_px_nats"] - model.log_px(x).numpy()
    assert (np.abs(error) < 4 * found["log_px_se"]).all()
    assert np.abs(error).max() < np.abs(found["encoder_log_px_nats"] - model.log_px(x).numpy()).max() / 5


@pytest.mark.parametrize("target", [0.1, 0.02])
def test_the_target_error_is_reached_with_as_many_draws_as_it_needs(target):
    model = LinearGaussian.random(128, 32)
    found = scored(model, model.sample(20), ScoreSettings(ladder=LadderSettings(target_se=target)))
    assert (found["log_px_se"] < 1.3 * target).all()
    assert found["n_samples"].max() <= 256 * 2**5
    assert (found["n_spent"] > found["n_samples"]).all()


def test_a_smaller_target_takes_more_draws():
    model = LinearGaussian.random(128, 32)
    x = model.sample(5)
    few, many = (
        scored(model, x, ScoreSettings(ladder=LadderSettings(target_se=t)))["n_samples"] for t in (0.1, 0.01)
    )
    assert (many > 8 * few).all()


def test_the_cap_on_draws_holds():
    model = LinearGaussian.random(128, 32)
    found = scored(model, model.sample(5), ScoreSettings(ladder=LadderSettings(1e-4, max_samples=512)))
    assert found["n_samples"].max() <= 512
    assert (found["log_px_se"] > 1e-3).all()


@pytest.mark.parametrize("target", [0.0, -1.0, np.nan, np.inf])
def test_a_target_that_means_nothing_is_refused(target):
    with pytest.raises(ValueError, match="positive number of nats"):
        LadderSettings(target_se=target)


def test_a_cap_below_the_least_is_refused():
    with pytest.raises(ValueError, match="at least 256"):
        LadderSettings(max_samples=10)


@pytest.mark.slow
def test_a_result_does_not_depend_on_batch_order_or_shard():
    """On a float32 decoder, where a matrix product of another shape rounds otherwise."""
    model, x, ids = digits(34)
    whole = scored(model, x, ids=ids)
    order = np.random.default_rng(0).permutation(34)
    shuffled = scored(model, x[order], ids=ids[order])
    shards = [scored(model, x[rows], ids=ids[rows]) for rows in np.array_split(np.arange(34), [1, 6, 30])]
    for key, value in whole.items():
        parts = np.concatenate([s[key] for s in shards])
        if value.dtype.kind == "f" and key.endswith(("nats", "se")):
            np.testing.assert_allclose(shuffled[key], value[order], rtol=0, atol=1e-5, err_msg=key)
            np.testing.assert_allclose(parts, value, rtol=0, atol=1e-5, err_msg=key)
        elif value.dtype.kind != "f":
            assert (shuffled[key] == value[order]).all(), key
            assert (parts == value).all(), key


def test_the_reported_draws_are_not_those_that_decided():
    """Two estimates at one proposal, pilot and report, must be independent: they differ, and by their errors."""
    model = LinearGaussian.random(8, 2, width=1.3)
    x = model.sample(200)
    found = scored(model, x)
    kept = found["proposal"] == "encoder"
    assert kept.mean() > 0.5
    difference = (found["log_px_nats"] - found["encoder_log_px_nats"])[kept]
    errors = np.hypot(found["log_px_se"], found["encoder_log_px_se"])[kept]
    assert 0.7 < (difference / errors).std() < 1.3


@dataclass(frozen=True)
class Faulty(LinearGaussian):
    """NaN, zero or infinite densities for some examples, told by the first value of x."""

    def likelihood(self, z: Tensor):
        outer = super().likelihood(z)
        assert isinstance(outer, Gaussian)

        class Poisoned(Gaussian):
            def log_prob(self, x: Tensor) -> Tensor:
                value = super().log_prob(x)
                value = torch.where(x[..., 0] == 101, torch.nan, value)
                value = torch.where(x[..., 0] == 102, -torch.inf, value)
                return torch.where(x[..., 0] == 103, torch.inf, value)

        return Poisoned(outer.location, outer.log_scale, 1)


def test_weights_that_are_not_numbers_fail_their_example_and_no_other():
    base = LinearGaussian.random(8, 2)
    model = Faulty(base.loadings, base.offset, base.sigma)
    x = base.sample(6)
    for row, code in ((1, 101.0), (3, 102.0), (4, 103.0)):
        x[row, 0] = code
    found = scored(model, x)
    fine = [0, 2, 5]
    error = found["log_px_nats"][fine] - base.log_px(x[fine]).numpy()
    assert (np.abs(error) < 4 * found["log_px_se"][fine] + 1e-6).all()
    for row in (1, 3, 4):
        assert found["trust"][row] == "unreliable"
        assert not np.isfinite(found["log_px_nats"][row])


@dataclass(frozen=True)
class Saturated:
    """A Bernoulli decoder whose logits end at +-60: gradients vanish, curvatures are zero or huge."""

    weight: Tensor
    latent_dim: int = 2
    data_spec: DataSpec = field(default_factory=lambda: DataSpec((12,), "vector", 2))

    def prior(self):
        return Independent(Normal(torch.zeros(2), torch.ones(2), validate_args=False), 1)

    def posterior(self, x):
        return Independent(
            Normal(torch.zeros(len(x), 2), 0.3 * torch.ones(len(x), 2), validate_args=False), 1
        )

    def likelihood(self, z):
        return Bernoulli(60 * torch.tanh(z @ self.weight.T), 1)


@pytest.mark.slow
def test_a_saturated_decoder_is_right_within_its_error_or_marked():
    generator = torch.Generator().manual_seed(0)
    model = Saturated(torch.randn(12, 2, generator=generator))
    x = model.likelihood(torch.randn(10, 2, generator=generator)).sample(generator)
    found = scored(model, x)
    exact = log_px_by_grid(model, x, 5.0, 1001).numpy()
    off = np.abs(found["log_px_nats"] - exact) > 4 * found["log_px_se"] + 0.05
    assert (found["trust"][off] == "unreliable").all()
    assert off.mean() < 0.5


@pytest.mark.slow
def test_examples_far_out_of_distribution_are_right_or_marked():
    model, x, _ = digits(4)
    noise = torch.randint(0, 17, x.shape, generator=torch.Generator().manual_seed(0)) / 16
    strange = torch.cat([noise, 1 - x, torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)])
    found = scored(model, strange)
    exact = log_px_by_grid(model, strange, 7.0, 561).numpy()
    off = np.abs(found["log_px_nats"] - exact) > 4 * found["log_px_se"] + 0.05
    assert (found["trust"][off] == "unreliable").all()
    assert off.mean() < 0.2


@dataclass(frozen=True)
class Collapsed(LinearGaussian):
    """A decoder deaf to z and an encoder that says so."""

    @classmethod
    def of(cls, d):
        return cls(torch.zeros(5, d, dtype=torch.float64), torch.zeros(5, dtype=torch.float64), 1.0)


def test_a_collapsed_posterior_has_no_gap_and_no_error():
    model = Collapsed.of(6)
    x = model.sample(4)
    found = scored(model, x)
    np.testing.assert_allclose(found["log_px_nats"], model.log_px(x), atol=1e-9)
    np.testing.assert_allclose(found["gap_nats"], 0, atol=1e-9)
    assert set(found["trust"]) == {"good"}


@dataclass(frozen=True)
class FlowPosterior(LinearGaussian):
    """The same model with q(z|x) given as a flow over a Gaussian."""

    def posterior(self, x: Tensor):
        q = super().posterior(x)
        standard = Independent(Normal(torch.zeros_like(q.mean), torch.ones_like(q.mean)), 1)
        return TransformedDistribution(standard, [AffineTransform(q.mean, q.stddev, event_dim=1)])


def test_a_flow_posterior_scores_as_the_gaussian_that_it_is():
    base = LinearGaussian.random(16, 4, width=0.8)
    flow = FlowPosterior(base.loadings, base.offset, base.sigma, base.width)
    x = base.sample(10)
    one, other = scored(base, x), scored(flow, x)
    for key in ("elbo_nats", "log_px_nats", "encoder_log_px_nats"):
        np.testing.assert_allclose(one[key], other[key], atol=1e-9, err_msg=key)
    # Its KL has no closed form that torch knows, and is what the draws say.
    np.testing.assert_allclose(one["kl_nats"], other["kl_nats"], atol=1.0)


def test_settings_are_part_of_the_score():
    assert ScoreSettings() != replace(ScoreSettings(), ladder=LadderSettings(target_se=0.1))


def test_scores_hold_no_error_that_is_not_known():
    """By the words beside them: k of the encoder's draws, and the verdict on log p(x)."""
    found = scored(*digits(60)[:2], ScoreSettings(ladder=LadderSettings(annealing=False)))
    weights = zip(found["encoder_pareto_k"].tolist(), found["encoder_n_samples"].tolist(), strict=True)
    is_known = np.array([reliability(*each) != Reliability.UNRELIABLE for each in weights])
    assert 0 < is_known.sum() < 60
    np.testing.assert_array_equal(np.isfinite(found["encoder_log_px_se"]), is_known)
    is_trusted = found["trust"] != Reliability.UNRELIABLE
    for name in ("log_px_se", "gap_se", "log_px_low_nats", "log_px_high_nats"):
        np.testing.assert_array_equal(np.isfinite(found[name]), is_trusted)
