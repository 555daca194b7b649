"""Calibration on simulated data: its upper bound is one, its reference is right, its verdict follows the figures."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from explorer.bounds import calibration, proposals
from explorer.bounds.calibration import (
    Calibration,
    CalibrationSettings,
    calibrate,
    simulate,
    summarised,
    upper_bound,
)
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian
from explorer.steps import last
from tests import tiny
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(8, 3)
SOURCE = Source(0, Stream.REFERENCE)
SMALL = CalibrationSettings(n_examples=60, n_annealed=6, n_steps=4, n_chains=8)


@pytest.fixture(scope="module")
def yielded():
    return list(calibrate(MODEL, SMALL))


@pytest.fixture(scope="module")
def found(yielded):
    return yielded[-1].result


# simulated data


def test_simulated_data_have_the_moments_of_the_model():
    data = simulate(MODEL, 3000, 0)
    covariance = MODEL.loadings @ MODEL.loadings.T + MODEL.sigma**2 * torch.eye(8, dtype=torch.float64)
    half = torch.linalg.cholesky(covariance)
    standard = torch.linalg.solve_triangular(half, (data.examples.x - MODEL.offset).T, upper=False)
    assert float(standard.mean(1).abs().max()) < 4 / 3000**0.5
    assert float((standard @ standard.T / 3000 - torch.eye(8)).abs().max()) < 5 / 3000**0.5
    # And z is the posterior's: its offset from the posterior mean has the posterior's covariance.
    offset = data.z - MODEL.posterior_mean(data.examples.x)
    exact = torch.linalg.inv(MODEL.precision)
    torch.testing.assert_close(offset.T @ offset / 3000, exact, rtol=0.15, atol=0.01)


def test_simulated_pixels_are_in_the_convention_of_the_model():
    levels = simulate(tiny.model(), 3, 0).examples.x * 16
    assert levels.shape == (3, 1, 8, 8)
    assert bool((levels == levels.round()).all())
    assert float(levels.min()) >= 0
    assert float(levels.max()) <= 16
    assert len(levels.unique()) > 2
    binary = tiny.config({"kind": "bernoulli"}, replace(tiny.DIGITS, n_levels=2, binarise=True))
    assert set(simulate(tiny.model(binary), 3, 0).examples.x.unique().tolist()) == {0.0, 1.0}


def test_a_longer_simulation_begins_with_a_shorter_one():
    short, long = simulate(tiny.model(), 3, 5), simulate(tiny.model(), 9, 5)
    assert torch.equal(long.examples.x[:3], short.examples.x)
    assert torch.equal(long.z[:3], short.z)
    assert not torch.equal(simulate(tiny.model(), 3, 6).z, short.z)
    assert len(long.z.unique()) == long.z.numel()


# the upper bound


@pytest.mark.parametrize("width", [0.7, 1.5])
def test_the_upper_bound_lies_above_and_comes_down_with_more_draws(width):
    """Without z_1 the same draws give a bound from below, so that this fails when it is left out."""
    data = simulate(MODEL, 400, 1)
    x = data.examples.x
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision)) * width
    q = FullGaussian(MODEL.posterior_mean(x) + 0.5 * factor.sum(1), factor.expand(400, -1, -1))
    excess = [upper_bound(MODEL, data, q, n, SOURCE) - MODEL.log_px(x) for n in (2, 128)]
    assert excess[0].mean() > 4 * excess[0].std() / 400**0.5
    assert abs(excess[1].mean()) < 0.25 * excess[0].mean()
    # E 1/w over the exact draw and the others is 1/p(x), without any bias.
    ratio = torch.exp(-excess[1])
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / 400**0.5


def test_the_upper_bound_is_px_from_the_exact_posterior():
    data = simulate(MODEL, 5, 0)
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    q = FullGaussian(MODEL.posterior_mean(data.examples.x), factor.expand(5, -1, -1))
    # The engine's noise is float32.
    torch.testing.assert_close(
        upper_bound(MODEL, data, q, 16, SOURCE), MODEL.log_px(data.examples.x), rtol=0, atol=1e-5
    )


def test_a_proposal_that_misses_where_z_lies_is_found_out():
    """Draws that agree with each other a long way from the posterior: only the exact draw can tell."""
    data = simulate(MODEL, 20, 0)
    x = data.examples.x
    factor = torch.linalg.cholesky(torch.linalg.inv(MODEL.precision))
    astray = FullGaussian(MODEL.posterior_mean(x) + 20 * factor.sum(1), factor.expand(20, -1, -1))
    assert float((upper_bound(MODEL, data, astray, 64, SOURCE) - MODEL.log_px(x)).min()) > 20


# the whole


def test_an_exact_model_is_calibrated(found):
    assert found.verdict == "calibrated"
    assert found.reason == ""
    assert found.n_trusted == found.n_examples == 60
    assert abs(found.sandwich_nats) < 4 * found.sandwich_se < 0.1
    assert abs(found.bdmc_nats) < max(4 * found.bdmc_se, 1e-6)
    assert found.coverage > 0.85
    assert abs(found.bias_nats) < 4 * math.hypot(found.bias_se, found.reference_se)
    assert found.n_missed == 0


def test_the_reference_is_log_px_within_its_error():
    data = simulate(MODEL, 40, 2)
    known = calibration.modes.survey(MODEL)
    judged = calibration._judged(MODEL, data, known, np.full(40, 0.005), CalibrationSettings())
    errors = (judged["reference_nats"] - MODEL.log_px(data.examples.x).numpy()) / judged["reference_se"]
    assert judged["reference_se"].max() <= 0.005
    assert abs(errors.mean()) < 4 / 40**0.5
    assert 0.6 < errors.std() < 1.4


def test_the_reference_is_much_surer_than_what_it_judges(found):
    assert found.reference_se < 0.45 * found.rmse_nats
    assert found.reference_se <= 0.01


def test_the_papers_protocol_is_judged_on_the_same_examples():
    """The best mean-field q of a correlated posterior is too narrow, and its error bars too small."""
    model = LinearGaussian.random(16, 8, width=0.7)
    narrow = last(calibrate(model, replace(SMALL, n_annealed=0)))
    assert narrow.encoder_coverage < 0.85 < narrow.coverage
    assert narrow.encoder_bias_nats < 0
    assert narrow.verdict == "calibrated"


def test_stages_count_up_to_their_ends(yielded):
    *progress, _ = yielded
    assert all(p.stage and p.result is None for p in progress)
    for stage, n in (("estimates", 60), ("references", 60), ("annealing", 6)):
        done = [p.n_done for p in progress if p.stage == stage]
        assert done == sorted(done)
        assert done[-1] == n
        assert {p.n_total for p in progress if p.stage == stage} == {n}


def test_a_seed_fixes_every_figure():
    settings = CalibrationSettings(n_examples=4, n_annealed=2, n_steps=2, n_chains=4)
    once = last(calibrate(MODEL, settings))
    again = last(calibrate(MODEL, settings))
    other = last(calibrate(MODEL, replace(settings, seed=1)))
    assert once == again
    assert once.log_px_nats != other.log_px_nats


@dataclass(frozen=True)
class Blind:
    """A model whose likelihood is NaN for half of what it draws."""

    whole: LinearGaussian
    latent_dim = MODEL.latent_dim
    data_spec = MODEL.data_spec
    prior = MODEL.prior
    posterior = MODEL.posterior

    def likelihood(self, z):
        return BlindLikelihood(self.whole.likelihood(z))


@dataclass(frozen=True)
class BlindLikelihood:
    whole: object
    value_range = (-math.inf, math.inf)

    def sample(self, generator):
        return self.whole.sample(generator)

    def log_prob(self, x):
        return self.whole.log_prob(x).masked_fill(x[:, 0] > MODEL.offset[0], math.nan)


def test_examples_that_fail_are_left_out_and_counted():
    found = last(calibrate(Blind(MODEL), replace(SMALL, n_examples=16, n_annealed=4)))
    n_fine = int((simulate(MODEL, 16, 0).examples.x[:, 0] <= MODEL.offset[0]).sum())
    assert 2 <= found.n_trusted == n_fine < 16
    assert found.n_annealed <= 4
    assert math.isfinite(found.sandwich_nats + found.coverage + found.rmse_nats)


# figures and verdict


def columns(n=50, error=0.0, gap=0.0, half=0.1):
    """Made-up columns: estimates off the reference by `error`, below the upper bound by `gap`."""
    zeros = np.zeros(n)
    return {
        "log_px_nats": zeros + error,
        "log_px_low_nats": zeros + error - half,
        "log_px_high_nats": zeros + error + half,
        "trust": np.array(["good"] * n, dtype="U10"),
        "encoder_log_px_nats": zeros - 1,
        "encoder_ess": zeros + 64.0,
        "encoder_n_samples": np.full(n, 512),
        "upper_nats": zeros + error + gap,
        "reference_nats": zeros,
        "reference_se": zeros + 0.003,
    }


def judge(bdmc_nats=(0.1, 0.3), **change) -> Calibration:
    made = columns(**{k: v for k, v in change.items() if k in ("n", "error", "gap", "half")})
    made |= {k: v for k, v in change.items() if k in made}
    return summarised(made, np.array(bdmc_nats), CalibrationSettings(n_examples=len(made["trust"])))


def test_figures_are_those_of_the_columns():
    found = judge(error=-0.05, gap=0.02)
    assert found.sandwich_nats == pytest.approx(0.02)
    assert found.bias_nats == pytest.approx(-0.05)
    assert found.rmse_nats == pytest.approx(0.05)
    assert found.reference_se == pytest.approx(0.003)
    assert found.coverage == 1
    assert 0 < found.coverage_se < 0.05
    assert (found.bdmc_nats, found.bdmc_se) == (pytest.approx(0.2), pytest.approx(0.1))
    assert (found.encoder_bias_nats, found.encoder_rmse_nats) == (pytest.approx(-1), pytest.approx(1))
    # The delta error of 64 effective of 512 draws is 0.117: 1.96 of it do not reach 1.
    assert found.encoder_coverage == 0
    near = judge(encoder_log_px_nats=np.full(50, -0.22))
    assert near.encoder_coverage == 1
    assert judge(encoder_log_px_nats=np.full(50, -0.24)).encoder_coverage == 0


def test_what_is_not_trusted_does_not_count():
    made = columns()
    trust, low = made["trust"].copy(), made["log_px_nats"].copy()
    trust[:10], low[:10] = "unreliable", -50.0
    found = judge(trust=trust, log_px_nats=low)
    assert found.n_trusted == 40
    assert found.rmse_nats == 0
    assert found.n_missed == 0
    assert judge(log_px_nats=low).n_missed == 10


def test_a_good_one_is_calibrated():
    assert judge().verdict == "calibrated"
    assert judge().reason == ""


@pytest.mark.parametrize(
    "change, why",
    [
        ({"gap": 0.2}, "0.20 nats apart"),
        ({"error": -0.15}, "in 0% of the examples"),
        ({"upper_nats": np.r_[np.zeros(49), 30.0]}, "known only to 0.60 nats"),
        ({"trust": np.array(["unreliable"] * 50)}, "Only 0 of 50"),
        ({"upper_nats": np.full(50, np.nan)}, "Only 0 of 50"),
    ],
)
def test_a_loose_one_says_why(change, why):
    found = judge(**change)
    assert found.verdict == "loose"
    assert why in found.reason


def test_coverage_is_judged_within_its_error():
    def covering(n_in, n):
        low = np.where(np.arange(n) < n_in, -0.1, 0.05)
        return judge(n=n, log_px_low_nats=low)

    assert covering(17, 20).verdict == "calibrated"
    assert covering(170, 200).verdict == "calibrated"
    assert covering(1700, 2000).verdict == "loose"
    assert covering(1700, 2000).coverage == pytest.approx(0.85)


@pytest.mark.parametrize(
    "change",
    [{"n_examples": 1}, {"n_annealed": -1}, {"seed": -1}, {"sandwich_n_samples": 1}, {"reference_se": 0.0}],
)
def test_settings_that_make_no_sense_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        CalibrationSettings(**change)


def test_the_encoder_needs_no_gaussian():
    """The bound takes any proposal."""
    data = simulate(MODEL, 30, 0)
    prior = proposals.prior(MODEL, data.examples.x)
    assert float((upper_bound(MODEL, data, prior, 4, SOURCE) - MODEL.log_px(data.examples.x)).mean()) > 0
