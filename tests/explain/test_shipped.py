"""The shipped models: the numbers that are shown add up within the errors that are shown."""

import itertools
import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.explain import ProposalChoice, ProposalKind, Question, chapters, results, subject_of
from explorer.explain.figures import as_json
from explorer.steps import last
from tests.explain.cases import assert_readable, printed, texts, whole

pytestmark = pytest.mark.slow

# Rounding of what is printed.
ROUNDING = 0.011
EXAMPLES = {"digits_2d": (0, 5, 120), "fashion_16d": (5, 77)}
CASES = [pytest.param((name, at), id=f"{name}-{at}") for name, places in EXAMPLES.items() for at in places]


@pytest.fixture(scope="module", params=CASES)
def found(request):
    name, at = request.param
    entry = request.getfixturevalue(name)
    return whole(subject_of(entry, int(entry.dataset.example_ids[at])), Question(4_000))


@pytest.fixture(scope="module")
def values(found):
    """What the rows say, as a person would copy it."""
    return {key: row.value for step in chapters(found) for key, row in step.rows.items()}


def agree(a, b):
    (x, s), (y, t) = printed(a), printed(b)
    assert abs(x - y) <= 4 * math.hypot(s, t) + ROUNDING, (a, b)


def test_the_two_forms_of_the_elbo_agree(values):
    agree(values["elbo-first"], values["elbo-second"])
    difference, se = printed(values["elbo-difference"])
    assert abs(difference) <= 4 * se + ROUNDING
    first, second = printed(values["elbo-first"])[0], printed(values["elbo-second"])[0]
    assert difference == pytest.approx(first - second, abs=2 * ROUNDING)


def test_reconstruction_less_rate_is_the_second_form(values):
    parts = printed(values["reconstruction"])[0] - printed(values["rate"])[0]
    assert parts == pytest.approx(printed(values["elbo-second"])[0], abs=2 * ROUNDING)


def test_the_gap_equation_adds_up(found, values):
    assert found.own.is_trusted
    agree(values["left"], values["right"])
    for line in ("line-2", "line-3", "line-4"):
        agree(values["line-1"], values[line])
    left = printed(values["line-1"])[0] - printed(values["kl"])[0]
    assert left == pytest.approx(printed(values["left"])[0], abs=2 * ROUNDING)


def test_the_sentence_of_the_equation_adds_up_as_it_is_read(found):
    (sentence,) = [
        text for text in texts(chapters(found)) if text.startswith("For this example the left side")
    ]
    for side in sentence.removesuffix(" nats.").split("nats, the right side"):
        terms, total = side.replace("−", "-").replace(",", "").removesuffix(" nats").split(" = ")
        terms = terms.replace("For this example the left side is", "").replace("- ", "-").replace("+ ", "")
        assert sum(map(float, terms.split())) == pytest.approx(float(total.replace("nats", "")), abs=1e-6)


def test_grid_and_weights_agree_in_two_dimensions(found, values):
    if found.subject.model.latent_dim != 2:
        assert "grid-kl" not in values
        return
    agree(values["kl"], values["grid-kl"])
    agree(values["trusted"], values["grid-log-px"])
    agree(values["fitted"], values["grid-log-px"])


def test_the_bound_rises_and_stays_below(values):
    bounds = [printed(value) for key, value in values.items() if key.startswith("bound-")]
    agree(values["bound-1"], values["elbo-first"])
    assert len(bounds) == 3
    for (low, s), (high, t) in itertools.pairwise(bounds):
        assert high - low > -4 * math.hypot(s, t) - ROUNDING
    assert bounds[-1][0] <= printed(values["trusted"])[0] + 4 * bounds[-1][1] + ROUNDING


def test_the_parts_of_the_gap_add_up(found, values):
    parts = sum(printed(values[name])[0] for name in ("amortization", "mean-field", "residual"))
    stored = found.subject.stored
    assert parts == pytest.approx(stored["log_px_nats"] - stored["elbo_nats"], abs=3 * ROUNDING)


def test_jensens_two_averages_are_a_gap_apart(values):
    distance = printed(values["log-mean"])[0] - printed(values["mean-log"])[0]
    assert distance == pytest.approx(printed(values["jensen-gap"])[0], abs=2 * ROUNDING)
    assert distance >= 0


def test_everything_can_be_read(found):
    assert_readable(found)
    for step in chapters(found):
        for row in step.rows.values():
            if row.term is not None and row.term.nats is not None:
                assert " nats" in row.value
                assert not row.value.startswith("-")


def test_every_step_has_its_figure(found):
    steps = {step.key: step for step in chapters(found)}
    for step, chart in (
        ("model", "needle"),
        ("naive", "running-naive"),
        ("naive", "prior-draws"),
        ("importance", "running-both"),
        ("importance", "chosen-draws"),
        ("jensen", "log-weights"),
        ("elbo", "rate-by-dimension"),
        ("difference", "densities"),
        ("better", "rising"),
    ):
        made = steps[step].charts[chart]
        # Plotly itself finds every property known and every value in its range.
        assert go.Figure(as_json(made.figure)).data
        assert len(made.description) > 40


def test_another_example_another_n_and_another_proposal_change_the_numbers(digits_2d):
    ids = digits_2d.dataset.example_ids[:2].tolist()
    asked = (
        (ids[0], Question(1_000)),
        (ids[1], Question(1_000)),
        (ids[0], Question(3_000)),
        (ids[0], Question(1_000, 0, ProposalChoice.usual(ProposalKind.WIDER))),
    )
    seen = set()
    for example_id, question in asked:
        got = last(results(subject_of(digits_2d, example_id), question))
        seen.add(chapters(got)[2].rows["importance"].value)
    assert len(seen) == len(asked)


def test_the_population_is_the_sum_over_the_atlas(digits_2d):
    subject = subject_of(digits_2d, int(digits_2d.dataset.example_ids[0]))
    value = digits_2d.atlas.columns(["log_px_nats"])["log_px_nats"]
    population = subject.population
    assert population.n + population.n_missing == len(value)
    assert population.total.nats == pytest.approx(value[np.isfinite(value)].sum())
    assert population.mean.nats == pytest.approx(np.nanmean(value))
    assert population.mean_of_data.se > 0


def test_the_error_of_a_sum_with_an_estimate_that_is_not_trusted_is_not_known(digits_2d):
    got = last(results(subject_of(digits_2d, int(digits_2d.dataset.example_ids[0])), Question(1_000)))
    assert got.subject.population.n_untrusted == 3
    assert got.subject.population.total.se is None
    told = " ".join(texts(chapters(got)))
    assert (
        "3 of the estimates in the sum are marked as not to be trusted, so that the error of the sum is not known"
        in told
    )


def test_two_models_stand_side_by_side(digits_2d, fashion_16d):
    both = []
    for entry in (digits_2d, fashion_16d):
        got = last(results(subject_of(entry, int(entry.dataset.example_ids[5])), Question(2_000)))
        both.append(got)
    naive = chapters(replace(both[1], beside=both[0]))[1]
    compared = naive.rows
    assert [key for key in compared if key[-1].isdigit()] == [
        "naive-2",
        "trusted-2",
        "naive-16",
        "trusted-16",
    ]
    assert compared["naive-16"].is_doubted
    assert "with 16 latent dimensions it ends −" in naive.charts["running-two-models"].description
    missed = {d: abs(compared[f"naive-{d}"].term.nats - compared[f"trusted-{d}"].term.nats) for d in (2, 16)}
    assert missed[2] < 10 < 100 < missed[16]


def test_a_needle_loses_hundreds_of_nats(fashion_16d):
    first = next(results(subject_of(fashion_16d, 5), Question(1))).result
    assert first.needle.loss(0.0) == pytest.approx(0, abs=1e-9)
    assert first.needle.loss(1.5) > 100
    assert first.needle.at_mean.nats - first.needle.at_origin.nats > 100


def step_of(found, key):
    return next(step for step in chapters(found) if step.key == key)


def test_a_moved_proposal_says_which_average_went_with_it(fashion_16d):
    subject = subject_of(fashion_16d, 7)
    narrow = whole(subject, Question(1_000, choice=ProposalChoice(ProposalKind.NARROWER, 5.0)))
    said = " ".join(texts((step_of(narrow, "jensen"),)))
    assert "the mean of the logs moved by" in said
    assert "its weights are not to be trusted" in said
    assert "hardly ever draws where its flanks should be" in " ".join(texts((step_of(narrow, "importance"),)))
    fitted = whole(subject, Question(1_000, choice=ProposalChoice(ProposalKind.FITTED)))
    assert "the log of the mean stays within" in " ".join(texts((step_of(fitted, "jensen"),)))
    # Before it is moved nothing is said of moving.
    assert "moved by" not in " ".join(texts((step_of(whole(subject, Question(1_000)), "jensen"),)))


def test_the_fitted_density_in_the_place_of_q_has_the_smaller_gap(fashion_16d):
    fitted = whole(subject_of(fashion_16d, 7), Question(1_000, choice=ProposalChoice(ProposalKind.FITTED)))
    rows = step_of(fitted, "better").rows
    elbo = step_of(fitted, "elbo").rows["elbo-first"]
    assert rows["fit-elbo"].term.nats > elbo.term.nats + 4 * elbo.term.se
    assert 0 < rows["fit-gap"].term.nats < step_of(fitted, "difference").rows["kl"].term.nats
    assert elbo.value in rows["fit-elbo"].meaning


def test_what_does_not_depend_on_the_draws_is_there_from_the_first_result_on(digits_2d):
    subject = subject_of(digits_2d, int(digits_2d.dataset.example_ids[5]))
    known = whole(subject, Question(100))
    first = next(results(subject, Question(200))).result
    assert first.own is known.own
    assert first.density is known.density
