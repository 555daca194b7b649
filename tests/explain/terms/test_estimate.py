"""What one set of weights says: both averages, their errors, and how many draws the sum hangs on."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from explorer.explain.terms.estimate import carriers, estimate, mean_of, normalised
from explorer.explain.terms.iwae_curve import FEWEST_GROUPS, rising
from explorer.explain.terms.running_estimate import running
from explorer.explain.terms.term import Term

RNG = np.random.default_rng(5)
LOG_W = RNG.normal(-2000, 0.8, 4_096)


def test_the_two_averages_are_those_of_the_definition():
    found = estimate(LOG_W)
    assert found.log_mean.nats == pytest.approx(logsumexp(LOG_W) - math.log(4_096))
    assert found.mean_log.nats == pytest.approx(LOG_W.mean())
    assert found.mean_log.se == pytest.approx(LOG_W.std(ddof=1) / 64)
    assert found.gap.nats == pytest.approx(found.log_mean.nats - found.mean_log.nats)
    assert found.low < found.log_mean.nats < found.high
    assert found.is_trusted


def test_one_heavy_draw_is_not_trusted():
    log_w = np.append(LOG_W, -1900.0)
    assert not estimate(log_w).is_trusted
    assert carriers(log_w).n == 1
    assert carriers(log_w).share == pytest.approx(1)


def test_equal_weights_have_no_gap_and_no_tail():
    found = estimate(np.full(1_000, -7.0))
    assert (found.log_mean.nats, found.gap.nats) == (-7.0, 0.0)
    assert found.is_flat
    assert found.is_trusted
    assert carriers(np.full(1_000, -7.0)).n == pytest.approx(900, abs=1)


def test_from_one_draw_no_error_can_be_told():
    found = estimate(np.array([-3.0]))
    assert found.log_mean == Term(-3.0, None)
    assert found.mean_log == Term(-3.0, None)
    assert (found.low, found.high, found.pareto_k) == (None, None, None)


def test_no_weight_at_all():
    found = estimate(np.full(50, -np.inf))
    assert not found.log_mean.is_known
    assert not found.is_trusted
    assert found.n_zero == 50
    assert carriers(np.full(50, -np.inf)) is None
    assert not normalised(np.full(50, -np.inf)).any()


def test_a_weight_that_is_no_number_is_counted_and_not_averaged():
    found = estimate(np.append(LOG_W, np.nan))
    assert found.n_bad == 1
    assert not found.log_mean.is_known
    assert mean_of(np.array([1.0, np.nan])) == Term()
    assert normalised(np.array([0.0, np.nan])).tolist() == [1.0, 0.0]


def test_a_weight_of_zero_spoils_the_mean_of_logs_only():
    found = estimate(np.append(LOG_W, -np.inf))
    assert found.log_mean.is_known
    assert not found.mean_log.is_known
    assert found.n_zero == 1


def test_carriers_are_the_fewest():
    w = np.array([0.5, 0.3, 0.15, 0.05])
    assert carriers(np.log(w)).n == 3
    assert carriers(np.log(w)).share == pytest.approx(0.95)


def test_the_running_estimate_ends_where_the_estimate_is():
    found, last = running(LOG_W), estimate(LOG_W)
    assert found.n[0] == 1
    assert found.n[-1] == found.at[-1] == 4_096
    assert found.log_mean[0] == LOG_W[0]
    assert found.log_mean[-1] == pytest.approx(last.log_mean.nats)
    assert (found.low[-1], found.high[-1]) == (last.low, last.high)
    assert np.isfinite(found.low).all()
    assert np.isfinite(found.high).all()


def test_the_interval_of_a_running_estimate_says_where_it_is_trusted():
    assert running(LOG_W).is_trusted[-1]
    heavy = running(np.append(LOG_W[:100], 40.0))
    assert heavy.at[-1] == 101
    assert not heavy.is_trusted[-1]
    assert running(np.full(20, -np.inf)).is_empty


def test_the_bound_rises_with_the_draws_within_it():
    found = rising(LOG_W)
    assert found.k[0] == 1
    assert found.nats[0] == pytest.approx(LOG_W.mean())
    assert (np.diff(found.nats) > -2 * found.se[1:]).all()
    assert found.nats[5] > found.nats[0] + 0.2
    # E L_1 of a log-normal weight is mu, and log E w is mu + s^2/2.
    assert found.nats[-1] == pytest.approx(-2000 + 0.32, abs=0.06)
    assert found.k[-1] * FEWEST_GROUPS == 4_096


def test_too_few_draws_make_no_bound():
    assert not len(rising(LOG_W[:7]).k)
    assert not len(rising(np.full(100, -np.inf)).k)


def test_terms_add_their_errors_in_squares():
    assert Term(3.0, 0.3) - Term(1.0, 0.4) == Term(2.0, pytest.approx(0.5))
    assert Term(3.0, None) + Term(1.0, 0.4) == Term(4.0, None)
    assert Term() + Term(1.0, 0.0) == Term()
    assert Term.of(math.nan, 0.1) == Term()
    assert Term.of(1.0, math.nan) == Term(1.0, None)
