"""The numbers of the argument: computed in a job, shown as far as they are, kept for the session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from explorer.explain import Missing, Question, Results, Subject, results, subject_of, taken_apart
from explorer.explain.blocks import Numbers
from explorer.explain.chapters.naive import side_by_side
from explorer.explain.kept import Kept
from explorer.ui import asked
from explorer.ui import asked as asking
from explorer.ui.jobs import Job, each
from explorer.ui.opened import workspace
from explorer.workspace import Entry

# So long a repaint waits for all of its draws before it shows those that are there.
PATIENCE_SECONDS = 0.15
# The longest wait for any numbers at all.
MOST_SECONDS = 2.0
PAUSE_SECONDS = 0.25
# The results of the draws have this fraction when all of them are there.
DRAWN = 0.8
FEW_DIMENSIONS, MANY_DIMENSIONS = 2, 16
MOST_BESIDE = 1_000

_beside: Kept[Results] = Kept(8)


@dataclass(frozen=True)
class Work:
    """What is computed for one example and question."""

    entry: Entry
    example_id: int
    question: Question

    @cached_property
    def subject(self) -> Subject:
        """Whom it is about.

        Raises:
            ExplainError: there is no such example.
        """
        return subject_of(self.entry, self.example_id)

    @property
    def asked(self) -> asking.Question:
        """The question of the main numbers, which do not depend on K."""
        drawn = replace(self.question, k=1)
        return asked.about("bound_page", self.entry, self.example_id, repr(drawn))

    @property
    def apart(self) -> asking.Question:
        """The question of the gap's parts, which do not depend on N or on the proposal."""
        return asked.about("bound_parts", self.entry, self.example_id)

    def begin(self) -> None:
        """Starts the work where nobody has."""
        asked.once(self.asked, self._job)

    def found(self) -> Results:
        """The results so far; waits a moment for all draws, and longer for the first of them."""
        job: Job[Results] | None = asked.job_of(self.asked)
        assert job is not None, "it was begun"
        job.wait_for(lambda newest: newest.fraction >= DRAWN, PATIENCE_SECONDS)
        job.wait_for(lambda newest: True, MOST_SECONDS)
        newest = job.newest or Results(self.subject, self.question)
        parts: Results | None = asked.newest(self.apart)
        split = None if parts is None else parts.split
        return replace(newest, question=self.question, split=split)

    def again(self) -> None:
        """Goes on after a stop; what was drawn is kept."""
        asked.start(self.asked, self._job)

    def take_apart(self) -> None:
        """Starts the work on the gap's parts."""
        found = self.found()
        asked.start(self.apart, lambda: Job(each(taken_apart(found)), lambda part: part.fraction))

    def beside(self, found: Results) -> Numbers | None:
        """The naive estimates of this model and of one with few latent dimensions, or with many, if it is known."""
        other = _other(self.entry)
        theirs = None if other is None else _beside.get(_key(other, found.question))
        if theirs is None or found.naive is None or isinstance(found.naive, Missing):
            return None
        return side_by_side(*sorted((found, theirs), key=lambda of: of.subject.model.latent_dim))

    def _job(self) -> Job[Results]:
        return Job(each(self._all()), lambda found: found.fraction)

    def _all(self) -> Iterator[Results]:
        for found in results(self.subject, self.question):
            if found.fraction == 1:
                # Before the last result, which is what the page is drawn anew for.
                _look_beside(self.entry, self.question)
            yield found
            if found.fraction == DRAWN:
                # The page shows these first: a fit at the same time would hold it up.
                time.sleep(PAUSE_SECONDS)


def _look_beside(entry: Entry, question: Question) -> None:
    """Another model's naive estimate, of its first example, is worked out once."""
    other = _other(entry)
    if other is None or _beside.get(_key(other, question)) is not None:
        return
    subject = subject_of(other, int(other.dataset.example_ids[0]))
    for found in results(subject, Question(_n_beside(question), question.seed)):
        if found.naive is not None:
            _beside.keep(_key(other, question), found)
            return


def _key(other: Entry, question: Question) -> tuple[str, int, int]:
    return other.checkpoint.digest, _n_beside(question), question.seed


def _n_beside(question: Question) -> int:
    return min(question.n_draws, MOST_BESIDE)


def _other(own: Entry) -> Entry | None:
    wanted = MANY_DIMENSIONS if own.atlas.latent_dim == FEW_DIMENSIONS else FEW_DIMENSIONS
    for name in workspace().names():
        if name != own.name and workspace().has_atlas(name):
            try:
                entry = workspace().open(name)
            # A model that cannot be opened is told of where it is chosen.
            except (ValueError, OSError):
                continue
            if entry.atlas.latent_dim == wanted:
                return entry
    return None
