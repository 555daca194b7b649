"""What takes a second: its steps, at each of which it can be stopped, and one set of draws for all that needs them."""

import itertools

import numpy as np
import pytest

from explorer.bounds.density import WANTED_ESS
from explorer.explain import Missing, ProposalChoice, ProposalKind, Question, chapters, results
from explorer.explain.terms import fits, proposing
from explorer.explain.terms.estimate import estimate, normalised
from explorer.steps import last
from tests.explain.cases import Impossible, assert_readable, exact_subject, subject_like


def forget():
    """As in a fresh process."""
    for kept in (fits._own, fits._own_draws, fits._densities, proposing._fits):
        kept.forget()


def test_the_picture_above_two_dimensions_is_of_the_draws_of_the_estimate():
    subject = exact_subject(4)
    drawn = last(fits.own_draws(subject, 0))
    density = last(fits.density_of(subject, 0))
    assert len(drawn) == fits.OWN_DRAWS
    assert estimate(drawn.log_w) == last(fits.own_estimate(subject, 0))
    np.testing.assert_allclose(density.samples, subject.ground.place(drawn.z))
    np.testing.assert_allclose(density.weights, normalised(drawn.log_w))
    assert density.ess > WANTED_ESS


@pytest.mark.parametrize("d", [2, 4])
def test_the_numbers_do_not_hang_on_what_was_asked_first(d):
    subject = exact_subject(d)
    own, density = last(fits.own_estimate(subject, 0)), last(fits.density_of(subject, 0))
    forget()
    other_density, other_own = last(fits.density_of(subject, 0)), last(fits.own_estimate(subject, 0))
    assert other_own == own
    np.testing.assert_array_equal(other_density.posterior, density.posterior)


def test_each_step_is_a_larger_share_and_what_is_known_takes_none():
    subject = exact_subject(4)
    for work in (fits.own_estimate, fits.density_of):
        for _ in range(2):
            *before, end = work(subject, 0)
            shares = [step.fraction for step in before]
            assert shares == sorted(shares)
            assert all(0 < share < 1 for share in shares)
            assert all(step.result is None for step in before)
            assert end.fraction == 1
            assert not isinstance(end.result, Missing)
        assert not shares
        fits._own_draws.forget()
        proposing._fits.forget()


@pytest.mark.parametrize("d", [1, 2, 4])
def test_every_step_between_the_draws_and_the_end_is_an_argument(d):
    steps = list(results(exact_subject(d), Question(100)))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1
    found = [step.result for step in steps]
    # Of the fit: where it starts from, its modes, its draws.
    waiting = [reached for reached in found if len(reached.chosen) == 100 and reached.own is None]
    assert len(waiting) > 3
    assert found[-1].own is not None
    for reached in found:
        assert_readable(reached)
        assert len(reached.naive) == len(reached.encoder) == 100
        assert len(chapters(reached)) == len(chapters(found[-1]))


def test_a_fit_that_is_stopped_is_made_again_alike():
    question = Question(100)
    at_once = last(results(exact_subject(4), question))
    subject = exact_subject(4)
    for n in range(1, 5):
        *_, reached = itertools.islice(results(subject, question), n)
        assert reached.fraction < 1
    gone_on = last(results(subject, question))
    assert gone_on.own == at_once.own
    np.testing.assert_array_equal(gone_on.density.posterior, at_once.density.posterior)


def test_the_density_that_is_drawn_from_is_that_of_the_estimate():
    subject = exact_subject(3)
    found = last(results(subject, Question(100, 0, ProposalChoice(ProposalKind.FITTED))))
    assert proposing.fitted(subject, 0) is last(proposing.fitting(subject, 0))
    assert found.own.is_trusted


def test_a_posterior_that_is_nowhere_has_no_picture():
    base = exact_subject(4).model
    model = Impossible(base.loadings, base.offset, base.sigma)
    subject = subject_like(model, base.sample(1))
    assert isinstance(last(fits.density_of(subject, 0)), Missing)
