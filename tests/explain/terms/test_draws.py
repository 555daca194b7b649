"""Draws come in ever larger numbers, and the first N are the same for every larger N."""

import itertools

import numpy as np
import pytest

from explorer.explain import Missing, ProposalChoice, ProposalKind, Question, results
from explorer.explain.terms import prior_draws
from explorer.explain.terms.draws import PASS, PER_REPORT
from explorer.steps import last
from tests.explain.cases import exact_subject

SETS = ("naive", "encoder", "chosen")


def drawn(subject, question):
    found = last(results(subject, question))
    return [getattr(found, name) for name in SETS]


def same(a, b):
    for column in ("z", "log_px_z", "log_pz", "log_q", "log_w"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


@pytest.mark.parametrize("kind", ProposalKind)
@pytest.mark.parametrize("n", [1, 2, 255, 256, 257, 1000])
def test_the_first_draws_are_the_same_for_every_larger_number(kind, n):
    few = drawn(exact_subject(), Question(n, 0, ProposalChoice.usual(kind)))
    many = drawn(exact_subject(), Question(2_500, 0, ProposalChoice.usual(kind)))
    for a, b in zip(few, many, strict=True):
        assert len(a) == n
        assert len(b) == 2_500
        same(a, b.first(n))


def test_draws_that_are_there_are_gone_on_from():
    subject, question = exact_subject(), Question(4_000)
    first = next(results(subject, Question(1_000))).result
    grown = last(results(subject, question))
    at_once = last(results(exact_subject(), question))
    same(grown.encoder.first(1_000), first.encoder)
    same(grown.encoder, at_once.encoder)
    # And back again: a smaller number is cut from what is there.
    back = last(results(subject, Question(10)))
    same(back.encoder, at_once.encoder.first(10))


def test_a_run_that_is_stopped_loses_nothing():
    subject, question = exact_subject(), Question(20_000)
    reached = last(itertools.islice(results(subject, question), 6))
    n = len(reached.naive)
    assert PER_REPORT < n < 20_000
    before = reached.naive.log_w.copy()
    whole = last(results(subject, question))
    assert len(whole.naive) == len(whole.encoder) == 20_000
    np.testing.assert_array_equal(whole.naive.log_w[:n], before)
    np.testing.assert_array_equal(reached.naive.log_w, before)


def test_progress_grows_to_one_and_the_first_results_come_after_few_draws():
    steps = list(results(exact_subject(), Question(10_000)))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    first = steps[0].result
    assert len(first.naive) == len(first.encoder) == PER_REPORT


def test_the_prior_is_decoded_once_for_all_examples():
    one, other = exact_subject(), exact_subject(example_id=4)
    other = type(other)(one.model, other.one, one.key)
    a, b = (drawn(s, Question(700))[0] for s in (one, other))
    np.testing.assert_array_equal(a.z, b.z)
    assert not np.array_equal(a.log_px_z, b.log_px_z)
    store = prior_draws._store(one.key, 0)
    assert sorted(store.passes) == [0, PASS, 2 * PASS]


def test_what_is_kept_of_the_prior_is_bounded(monkeypatch):
    monkeypatch.setattr(prior_draws, "MOST_KEPT", 2 * PASS)
    subject = exact_subject()
    naive = drawn(subject, Question(5 * PASS))[0]
    assert len(naive) == 5 * PASS
    assert sorted(prior_draws._store(subject.key, 0).passes) == [0, PASS]
    again = drawn(exact_subject(), Question(5 * PASS))[0]
    np.testing.assert_array_equal(naive.log_w, again.log_w)


def test_another_seed_gives_other_draws():
    a, b = (drawn(exact_subject(), Question(300, seed)) for seed in (0, 1))
    for one, other in zip(a, b, strict=True):
        assert not np.isin(one.log_px_z, other.log_px_z).any()


def test_moving_the_proposal_moves_its_draws():
    subject = exact_subject()
    q = subject.model.posterior(subject.one.x)
    mean, scale = q.mean[0].numpy(), q.stddev[0].numpy()
    z = {
        kind: drawn(subject, Question(4_000, 0, ProposalChoice(kind, amount)))[2].z
        for kind, amount in (
            (ProposalKind.ENCODER, 1.0),
            (ProposalKind.NARROWER, 2.0),
            (ProposalKind.WIDER, 3.0),
            (ProposalKind.SHIFTED, 2.0),
        )
    }
    np.testing.assert_allclose(
        z[ProposalKind.NARROWER], mean + (z[ProposalKind.ENCODER] - mean) / 2, atol=1e-6
    )
    np.testing.assert_allclose(z[ProposalKind.WIDER], mean + 3 * (z[ProposalKind.ENCODER] - mean), atol=1e-6)
    moved = (z[ProposalKind.SHIFTED] - z[ProposalKind.ENCODER]) / scale
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 2, atol=1e-5)


def test_every_choice_is_drawn_from():
    for kind in ProposalKind:
        assert not isinstance(drawn(exact_subject(), Question(5, 0, ProposalChoice.usual(kind)))[2], Missing)
