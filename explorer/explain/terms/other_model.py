"""Another model beside the subject's: one with few latent dimensions beside one with many, and the other way round."""

from __future__ import annotations

from explorer.explain.terms.cache import Kept
from explorer.explain.terms.question import Question
from explorer.explain.terms.results import Results, results
from explorer.explain.terms.subject import Subject
from explorer.explain.terms.subject import of as subject_of
from explorer.workspace import Entry, Workspace

FEW_DIMENSIONS, MANY_DIMENSIONS = 2, 16
# More draws of the other model than this would keep the reader waiting for no further insight.
MOST_DRAWS = 1_000

_found: Kept[Results] = Kept(8)


def known(workspace: Workspace, subject: Subject, question: Question) -> Results | None:
    """What `beside` found, if it was asked before."""
    other = _other(workspace, subject)
    return None if other is None else _found.get(_key(other, question))


def beside(workspace: Workspace, subject: Subject, question: Question) -> Results | None:
    """The naive estimate of the other model's first example; None where there is no other model. Kept."""
    other = _other(workspace, subject)
    if other is None:
        return None
    if (known := _found.get(_key(other, question))) is not None:
        return known
    first = subject_of(other, int(other.dataset.example_ids[0]))
    so_far = (step.result for step in results(first, _asked(question)))
    found = next(r for r in so_far if r is not None and r.naive is not None)
    return _found.keep(_key(other, question), found)


def _other(workspace: Workspace, subject: Subject) -> Entry | None:
    wanted = MANY_DIMENSIONS if subject.model.latent_dim == FEW_DIMENSIONS else FEW_DIMENSIONS
    for name in workspace.names():
        if name != subject.name and workspace.has_atlas(name):
            try:
                entry = workspace.open(name)
            # A model that cannot be opened is told of where it is chosen.
            except (ValueError, OSError):
                continue
            if entry.atlas.latent_dim == wanted:
                return entry
    return None


def _key(other: Entry, question: Question) -> tuple[str, int, int]:
    asked = _asked(question)
    return other.atlas.digest, asked.n_draws, asked.seed


def _asked(question: Question) -> Question:
    return Question(min(question.n_draws, MOST_DRAWS), question.seed)
