"""The argument on models where every term of it has a closed form."""

import math

import numpy as np
import pytest

from explorer.explain import ProposalChoice, ProposalKind, Question, results
from explorer.explain.terms.elbo import elbo, rate_of
from explorer.explain.terms.estimate import estimate
from explorer.explain.terms.needle import log_densities_at
from explorer.steps import last
from tests.exact import LinearGaussian
from tests.explain.cases import exact_subject, known, near, rows, whole

N_EXAMPLES = 24


def errors_of(value):
    """Standardised errors over examples: nearly N(0, 1) where a number and its error are right."""
    found = []
    for i in range(N_EXAMPLES):
        difference, se = known(value(exact_subject(3, example_id=i)))
        found.append(difference / se)
    return np.array(found)


def exact_elbo(subject):
    return subject.trusted.nats - subject.model.mean_field_gap()


def drawn(subject, n=2_000):
    first = next(results(subject, Question(n))).result
    return first.encoder.first(min(n, len(first.encoder)))


def is_standard(errors):
    assert abs(errors.mean()) < 4 / math.sqrt(len(errors))
    assert 0.5 < errors.std() < 1.6


@pytest.mark.parametrize("form", ["first", "second"])
def test_both_forms_of_the_elbo_are_the_closed_form(form):
    def off(subject):
        got = getattr(elbo(drawn(subject), rate_of(subject)), form)
        return got - type(got)(exact_elbo(subject), 0.0)

    is_standard(errors_of(off))


def test_the_two_forms_differ_by_no_more_than_their_own_error():
    is_standard(errors_of(lambda subject: elbo(drawn(subject), rate_of(subject)).difference))


def test_the_rate_is_that_of_two_gaussians():
    subject = exact_subject(3)
    q = subject.model.posterior(subject.one.x)
    mean, variance = q.mean[0].numpy(), q.variance[0].numpy()
    exact = 0.5 * (mean**2 + variance - 1 - np.log(variance))
    got = rate_of(subject)
    np.testing.assert_allclose(got.by_dim, exact, rtol=1e-6)
    assert got.total.nats == pytest.approx(exact.sum())
    assert got.total.se == 0


@pytest.mark.parametrize("d", [1, 2, 4])
def test_every_term_of_the_exact_difference(d):
    subject = exact_subject(d)
    found = rows(whole(subject, Question(8_000)))
    gap = subject.model.mean_field_gap()
    kl, se = known(found["kl"])
    assert kl == pytest.approx(gap, abs=4 * se + 1e-4)
    for line in ("line-1", "line-2", "line-3", "line-4"):
        value, error = known(found[line])
        assert value == pytest.approx(subject.trusted.nats, abs=4 * error + 1e-4)
    assert near(found["left"], found["right"])
    assert known(found["sides-difference"])[1] > 0
    assert near(found["elbo-first"], found["elbo-second"])


@pytest.mark.slow
def test_the_sides_share_no_draw():
    """Their difference is standard normal in its own error, which it would not be if they shared their luck."""
    values = []
    for i in range(N_EXAMPLES):
        subject = exact_subject(3, example_id=i)
        found = last(results(subject, Question(1_000)))
        difference, se = known(rows(found)["sides-difference"])
        values.append(difference / se)
    is_standard(np.array(values))


def test_the_grid_is_the_closed_form_in_two_dimensions():
    subject = exact_subject(2)
    found = rows(whole(subject))
    assert found["grid-log-px"].nats == pytest.approx(subject.trusted.nats, abs=1e-6)
    assert found["grid-kl"].nats == pytest.approx(subject.model.mean_field_gap(), abs=1e-6)
    assert near(found["kl"], found["grid-kl"])


def test_the_naive_estimate_is_unbiased():
    """The mean of w is p(x), not log p(x): over many seeds the estimates' exponentials average to it."""
    model = LinearGaussian.random(2, 1, seed=2)
    subject = exact_subject(1, model=model)
    ratios = []
    for seed in range(60):
        first = next(results(subject, Question(200, seed))).result
        ratios.append(math.exp(known_mean(first.naive.log_w) - subject.trusted.nats))
    error = np.std(ratios, ddof=1) / math.sqrt(len(ratios))
    assert np.mean(ratios) == pytest.approx(1, abs=4 * error)
    assert error < 0.05


def known_mean(log_w):
    return estimate(log_w).log_mean.nats


@pytest.mark.parametrize("kind", ProposalKind)
def test_every_proposal_estimates_the_same_evidence_and_its_own_bound(kind):
    subject = exact_subject(2)
    found = last(results(subject, Question(20_000, 0, ProposalChoice.usual(kind))))
    got = estimate(found.chosen.log_w)
    assert got.mean_log.nats < subject.trusted.nats + 4 * got.mean_log.se
    if got.is_trusted:
        assert got.low - 0.05 < subject.trusted.nats < got.high + 0.05


@pytest.mark.slow
def test_the_fitted_density_finds_the_evidence():
    for i in range(6):
        subject = exact_subject(4, example_id=i)
        found = last(results(subject, Question(100)))
        assert found.own.is_trusted
        value, se = known(found.own.log_mean)
        assert value == pytest.approx(subject.trusted.nats, abs=4.5 * se)


def test_the_handle_reads_the_integrand():
    subject = exact_subject(2)
    z = np.array([0.3, -0.2])
    log_px_z, log_pz = log_densities_at(subject, z)
    assert log_pz.nats == pytest.approx(-0.5 * (z @ z) - math.log(2 * math.pi))
    mean = subject.model.loadings.numpy() @ z + subject.model.offset.numpy()
    off = (subject.x - mean) / subject.model.sigma
    exact = -0.5 * off @ off - 6 * math.log(subject.model.sigma * math.sqrt(2 * math.pi))
    assert log_px_z.nats == pytest.approx(exact)
