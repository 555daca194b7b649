"""Whatever is asked of whatever model: an explanation in its place, and nothing on the page that is not a number."""

import numpy as np
import pytest
import torch

from explorer.explain import (
    MOST_DRAWS,
    ExplainError,
    Missing,
    ProposalChoice,
    ProposalKind,
    Question,
    chapters,
    results,
    subject_of,
)
from explorer.explain.typesetting.blocks import Note
from tests.exact import LinearGaussian
from tests.explain.cases import (
    Broken,
    Impossible,
    Intractable,
    assert_readable,
    exact_subject,
    rows,
    subject_like,
    texts,
    whole,
)


def made(kind, d=2):
    """A model of a kind with an example of it."""
    base = LinearGaussian.random(6, d)
    model = kind(base.loadings, base.offset, base.sigma)
    return subject_like(model, base.sample(1))


def notes(step):
    return [block.text for block in step.blocks if isinstance(block, Note)]


@pytest.mark.parametrize("n", [0, -1, MOST_DRAWS + 1, 1.5, "10", True, None, float("nan")])
def test_a_number_of_draws_that_makes_no_sense_is_explained(n):
    with pytest.raises(
        ExplainError, match="number of draws N: expected a whole number from 1 to 100,000, found"
    ):
        Question(n)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5])
def test_a_seed_out_of_range_is_explained(seed):
    with pytest.raises(ExplainError, match="the seed: expected"):
        Question(1, seed)


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        (ProposalKind.WIDER, 0.5),
        (ProposalKind.NARROWER, 11),
        (ProposalKind.SHIFTED, -1),
        (ProposalKind.SHIFTED, float("nan")),
    ],
)
def test_a_proposal_out_of_range_is_explained(kind, amount):
    with pytest.raises(ExplainError, match="how far the proposal is moved: expected"):
        ProposalChoice(kind, amount)


@pytest.mark.parametrize("example_id", [-1, 10**9, 2**70, "47", 1.0, None])
def test_an_example_that_is_not_there_is_explained(tiny_entry, example_id):
    with pytest.raises(ExplainError, match="expected the id of one of its 40 examples"):
        subject_of(tiny_entry, example_id)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8])
@pytest.mark.parametrize("kind", ProposalKind)
def test_a_handful_of_draws_can_be_read(n, kind):
    assert_readable(whole(exact_subject(), Question(n, 0, ProposalChoice.usual(kind))))


def test_one_draw_says_in_words_that_it_has_no_error():
    steps = {step.key: step for step in chapters(whole(exact_subject(), Question(1)))}
    for step, key in (("naive", "naive"), ("importance", "importance"), ("elbo", "elbo-first")):
        row = steps[step].rows[key]
        assert row.value.endswith("nats, error not known")
        assert row.term.nats is not None
        assert row.term.se is None
    said = " ".join(texts(tuple(steps.values())))
    assert "From a single draw no error can be told." in said
    assert any("cannot be split into two halves" in note for note in notes(steps["difference"]))
    assert any("at least 8 groups" in note for note in notes(steps["better"]))


def test_weights_that_are_all_zero_are_explained():
    subject = made(Impossible)
    found = whole(subject)
    assert_readable(found)
    steps = {step.key: step for step in chapters(found)}
    assert steps["naive"].rows["naive"].value == "no number: all 2,000 draws have weight zero"
    assert "none carries anything" in steps["naive"].rows["naive-carriers"].value
    assert "all 2,000 draws have weight zero" in steps["importance"].rows["importance"].value
    assert any("no weights to draw" in note for note in notes(steps["jensen"]))
    assert not rows(found)["elbo-first"].is_known


def test_a_decoder_that_answers_with_no_number_is_explained():
    found = whole(made(Broken))
    assert_readable(found)
    value = {step.key: step for step in chapters(found)}["naive"].rows["naive"].value
    assert value == "no number: 2,000 weights of 2,000 could not be computed"


@pytest.mark.parametrize("d", [1, 2, 3])
def test_a_posterior_without_a_density_leaves_what_does_not_need_it(d):
    found = whole(made(Intractable, d))
    assert_readable(found)
    assert isinstance(found.encoder, Missing)
    steps = {step.key: step for step in chapters(found)}
    assert steps["naive"].rows["naive"].term.nats is not None
    for key in ("importance", "jensen", "elbo", "difference", "better"):
        assert any("no density that can be worked out" in note for note in notes(steps[key]))
    # The fitted density needs no encoder.
    other = whole(made(Intractable, d), Question(2_000, 0, ProposalChoice(ProposalKind.FITTED)))
    assert_readable(other)
    subject = other.subject
    got = {step.key: step for step in chapters(other)}["importance"].rows["importance"].term
    assert got.nats == pytest.approx(float(subject.model.log_px(subject.one.x)), abs=0.1)


def test_a_choice_that_a_model_cannot_make_is_explained():
    found = whole(made(Intractable), Question(100, 0, ProposalChoice.usual(ProposalKind.WIDER)))
    assert isinstance(found.chosen, Missing)
    assert_readable(found)


@pytest.mark.parametrize("missing", ["log_px_nats", "log_px_se"])
def test_an_example_whose_score_failed_can_be_read(missing):
    subject = exact_subject()
    spoilt = dict(subject.stored) | {missing: float("nan"), "trust": "unreliable"}
    spoilt = type(subject)(subject.model, subject.one, subject.key, stored=spoilt, ground=subject.ground)
    found = whole(spoilt)
    assert_readable(found)
    assert (
        "not known" in chapters(found)[1].rows["trusted"].value
        or "failed" in chapters(found)[1].rows["trusted"].value
    )


def test_an_untrusted_score_is_shown_as_one():
    subject = exact_subject()
    doubted = type(subject)(
        subject.model, subject.one, subject.key, stored={**subject.stored, "trust": "unreliable"}
    )
    row = chapters(whole(doubted))[1].rows["trusted"]
    assert row.is_doubted
    assert row.name == "log p(x), not trusted"


def test_one_latent_dimension_has_no_plane():
    found = whole(exact_subject(1))
    assert_readable(found)
    assert "prior-draws" not in chapters(found)[1].charts
    assert any("one dimension" in note for note in notes(chapters(found)[6]))


def test_an_empty_population_is_explained(tiny_entry, monkeypatch):
    subject = subject_of(tiny_entry, int(tiny_entry.dataset.example_ids[0]))
    assert subject.population is not None
    alone = exact_subject()
    assert any("Only this example was scored" in note for note in notes(chapters(whole(alone))[3]))


def test_results_that_are_not_there_yet_can_be_read():
    first = next(results(exact_subject(), Question(50_000))).result
    assert_readable(first)
    waiting = [b for step in chapters(first) for b in step.blocks if isinstance(b, Note) and b.is_waiting]
    assert waiting


def test_x_that_is_no_number_can_be_read():
    subject = exact_subject()
    x = torch.full_like(subject.one.x, torch.nan)
    spoilt = subject_like(subject.model, x)
    assert_readable(whole(spoilt))
    assert np.isnan(spoilt.x).all()
