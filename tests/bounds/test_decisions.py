"""Decisions as functions of figures: what fits, how many draws, what holds."""

import math
from dataclasses import replace

import pytest
import torch

from explorer.bounds.decisions import MIN_SAMPLES, LadderSettings, Reason, doubts, plan
from explorer.bounds.estimates import Estimates

SETTINGS = LadderSettings(target_se=0.05, max_samples=8192)


def figures(**changed):
    """One example of 512 draws with light tails and an error of 0.05."""
    plain = {
        "elbo_nats": -101.0,
        "elbo_se": 0.1,
        "log_px_nats": -100.0,
        "log_px_se": 0.05,
        "log_px_low_nats": -100.1,
        "log_px_high_nats": -99.9,
        "gap_nats": 1.0,
        "gap_se": 0.1,
        "ess": 300.0,
        "pareto_k": 0.1,
        "n_samples": 512.0,
    }
    return Estimates(**{k: torch.tensor([v], dtype=torch.float64) for k, v in (plain | changed).items()})


def test_the_draws_are_those_that_the_error_asks_for_with_a_margin():
    planned = plan(figures(), SETTINGS)
    assert planned.n_samples.tolist() == [1024]
    assert planned.reason == [Reason.NONE]


def test_a_small_error_still_takes_the_least_draws():
    assert plan(figures(log_px_se=1e-4), SETTINGS).n_samples.tolist() == [MIN_SAMPLES]


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"pareto_k": 0.4}, Reason.TAIL),
        ({"pareto_k": math.nan}, Reason.TAIL),
        ({"log_px_se": 0.3}, Reason.DRAWS),
        ({"log_px_nats": math.nan}, Reason.NOT_FINITE),
        ({"log_px_se": math.inf}, Reason.NOT_FINITE),
    ],
)
def test_what_does_not_fit_gets_no_draws_and_a_reason(changed, reason):
    planned = plan(figures(**changed), SETTINGS)
    assert planned.n_samples.tolist() == [0]
    assert planned.reason == [reason]
    assert list(planned.groups()) == []


def test_the_last_proposal_may_use_the_whole_cap():
    planned = plan(figures(pareto_k=0.4, log_px_se=0.9), SETTINGS, is_last=True)
    assert planned.n_samples.tolist() == [8192]
    assert planned.reason == [Reason.NONE]


def test_examples_are_grouped_by_their_draws():
    both = Estimates.concatenate([figures(), figures(log_px_se=1e-3), figures()])
    groups = {n: rows.tolist() for n, rows in plan(both, SETTINGS).groups()}
    assert groups == {1024: [0, 2], 256: [1]}


def test_a_good_estimate_raises_no_doubt():
    assert doubts(figures(), [figures(log_px_nats=-100.05)], is_last=False) == [Reason.NONE]


def test_what_another_estimate_found_more_is_missed():
    other = figures(log_px_nats=-99.0)
    assert doubts(figures(), [other], is_last=True) == [Reason.MISSED]
    assert doubts(figures(), [replace(other, log_px_se=torch.tensor([1.0]))], is_last=True) == [Reason.NONE]


def test_equal_estimates_without_errors_do_not_doubt_each_other():
    exact = figures(log_px_se=0.0)
    assert doubts(exact, [figures(log_px_se=0.0, log_px_nats=-100 + 1e-9)], is_last=False) == [Reason.NONE]


def test_a_usable_tail_holds_only_where_nothing_better_is_left():
    usable = figures(pareto_k=0.6)
    assert doubts(usable, [], is_last=False) == [Reason.TAIL]
    assert doubts(usable, [], is_last=True) == [Reason.NONE]
    assert doubts(figures(pareto_k=0.8), [], is_last=True) == [Reason.TAIL]


def test_what_is_not_finite_is_doubted_first():
    assert doubts(figures(log_px_nats=math.nan), [], is_last=True) == [Reason.NOT_FINITE]
