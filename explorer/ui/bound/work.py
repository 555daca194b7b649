"""The numbers of the argument: computed in a job, shown as far as they are, kept for the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from explorer.explain import Chapter, Missing, Question, Results, chapters, results, subject_of, taken_apart
from explorer.explain.blocks import Numbers
from explorer.explain.chapters.naive import side_by_side
from explorer.ui import asked
from explorer.ui import asked as asking
from explorer.ui.jobs import Job, each
from explorer.ui.opened import workspace
from explorer.workspace import Entry

# Within these a reader sees no progress, only numbers.
PATIENCE_SECONDS = 0.35
FEW_DIMENSIONS, MANY_DIMENSIONS = 2, 16


@dataclass(frozen=True)
class Work:
    """What is computed for one example and question."""

    entry: Entry
    example_id: int
    question: Question

    @property
    def asked(self) -> asking.Question:
        """The question of the main numbers."""
        return asked.about("bound_page", self.entry, self.example_id, repr(self.question))

    @property
    def apart(self) -> asking.Question:
        """The question of the gap's parts, which do not depend on N or on the proposal."""
        return asked.about("bound_parts", self.entry, self.example_id)

    def found(self) -> Results:
        """The results so far, started where nobody has; waits a moment for them."""
        asked.once(self.asked, self._job)
        job = asked.job_of(self.asked)
        assert job is not None, "it was just started"
        job.wait(PATIENCE_SECONDS)
        newest = job.newest or Results(subject_of(self.entry, self.example_id), self.question)
        parts = asked.newest(self.apart)
        return newest if parts is None else replace(newest, split=parts.split)

    def again(self) -> None:
        """Goes on after a stop; what was drawn is kept."""
        asked.start(self.asked, self._job)

    def take_apart(self) -> None:
        """Starts the work on the gap's parts."""
        found = self.found()
        asked.start(self.apart, lambda: Job(each(taken_apart(found)), lambda part: part.fraction))

    def _job(self) -> Job[Results]:
        return Job(each(self._all()), lambda found: found.fraction)

    def _all(self) -> Iterator[Results]:
        yield from results(subject_of(self.entry, self.example_id), self.question)


@lru_cache(maxsize=8)
def chapters_of(found: Results) -> tuple[Chapter, ...]:
    """The chapters, kept with their figures as long as their results are."""
    return chapters(found)


def beside(found: Results) -> Numbers | None:
    """The naive estimate of this model and of one with few latent dimensions, or with many, where there is one."""
    other = _other(found.subject.name)
    if other is None:
        return None
    theirs = _naive_of(other, found.question.n_draws, found.question.seed)
    if theirs is None or found.naive is None or isinstance(found.naive, Missing):
        return None
    return side_by_side(*sorted((found, theirs), key=lambda each_found: each_found.subject.model.latent_dim))


def _other(name: str) -> Entry | None:
    own = workspace().open(name)
    wanted = MANY_DIMENSIONS if own.atlas.latent_dim == FEW_DIMENSIONS else FEW_DIMENSIONS
    for other in workspace().names():
        if other != name and workspace().has_atlas(other):
            try:
                entry = workspace().open(other)
            # A model that cannot be opened is told of where it is chosen.
            except (ValueError, OSError):
                continue
            if entry.atlas.latent_dim == wanted:
                return entry
    return None


@lru_cache(maxsize=8)
def _naive_of(entry: Entry, n_draws: int, seed: int) -> Results | None:
    """The first results of another model's first example that have all N draws of the prior."""
    subject = subject_of(entry, int(entry.dataset.example_ids[0]))
    for found in results(subject, Question(n_draws=min(n_draws, 1000), seed=seed)):
        if found.naive is not None:
            return found
    return None
