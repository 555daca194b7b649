"""Whom the argument is about while the atlas is still being built."""

from __future__ import annotations

import numpy as np

from explorer.explain import Question, chapters, results, subject_of
from explorer.explain.terms.subject import population_of
from explorer.steps import last
from explorer.workspace import Workspace
from tests.explain.cases import texts


def test_an_example_that_is_not_scored_yet_has_no_stored_value(growing):
    entry = Workspace(growing).open("tiny")
    ids = entry.dataset.example_ids
    assert subject_of(entry, int(ids[3])).stored is not None
    pending = subject_of(entry, int(ids[30]))
    assert pending.stored is None
    assert not pending.is_trusted
    assert pending.trusted.nats is None


def test_a_population_is_of_what_is_scored_and_says_how_many_are_to_come(growing):
    entry = Workspace(growing).open("tiny")
    found = population_of(entry)
    scored = entry.atlas.columns(["log_px_nats"])["log_px_nats"][:16]
    assert (found.n, found.n_missing, found.n_to_come) == (16, 0, 24)
    assert found.mean.nats is not None
    np.testing.assert_allclose(found.mean.nats, scored.mean())


def test_the_argument_of_such_an_example_is_told_without_it(growing):
    entry = Workspace(growing).open("tiny")
    found = last(results(subject_of(entry, int(entry.dataset.example_ids[30])), Question(200)))
    said = " ".join(texts(chapters(found)))
    assert "The 16 examples of this split that are scored so far" in said
    assert "24 more are still to come" in said
    assert "nan" not in said.split()
