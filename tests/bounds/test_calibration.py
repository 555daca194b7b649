"""Calibration on simulated data: exact models are calibrated, figures are counted right, the verdict follows them."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from explorer.bounds.calibration import (
    Calibration,
    CalibrationSettings,
    calibrate,
    summarised,
)
from explorer.bounds.simulation import simulate
from explorer.steps import last
from tests.exact import LinearGaussian

pytestmark = pytest.mark.slow

MODEL = LinearGaussian.random(8, 3)
SMALL = CalibrationSettings(n_examples=60, n_annealed=6, n_steps=4, n_chains=8)


@pytest.fixture(scope="module")
def yielded():
    return list(calibrate(MODEL, SMALL))


@pytest.fixture(scope="module")
def found(yielded):
    return yielded[-1].result


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


def test_the_reference_is_much_surer_than_what_it_judges(found):
    assert found.reference_se < 0.45 * found.rmse_nats
    assert found.reference_se <= 0.01


def test_the_papers_protocol_is_judged_on_the_same_examples():
    """The best mean-field q of a correlated posterior is too narrow, and its error bars too small."""
    model = LinearGaussian.random(16, 8, width=0.7)
    narrow = last(calibrate(model, replace(SMALL, n_examples=40, n_annealed=0)))
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
    data_levels = None
    takes_counts = False

    def sample(self, generator):
        return self.whole.sample(generator)

    def log_prob(self, x):
        return self.whole.log_prob(x).masked_fill(x[:, 0] > MODEL.offset[0], math.nan)


def test_examples_that_fail_are_left_out_and_counted():
    found = last(calibrate(Blind(MODEL), replace(SMALL, n_examples=10, n_annealed=4)))
    n_fine = int((simulate(MODEL, 10, 0).examples.x[:, 0] <= MODEL.offset[0]).sum())
    assert 2 <= found.n_trusted == n_fine < 10
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
