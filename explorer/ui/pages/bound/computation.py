"""The numbers of the argument: computed in a job, shown as far as they are, kept for the session."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from explorer.explain import Question, Results, Subject, results, subject_of, taken_apart
from explorer.explain.terms import other_model
from explorer.steps import Step
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job, each
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.state import workspace
from explorer.workspace import Entry

# So long a repaint waits for all of its draws before it shows those that are there.
PATIENCE_SECONDS = 0.1
# The longest wait for any numbers at all.
MOST_SECONDS = 2.0
PAUSE_SECONDS = 0.25
# This fraction is done when all draws are there.
DRAWN = 0.8


@dataclass(frozen=True)
class Computation:
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
    def results_key(self) -> JobKey:
        """Of the main numbers, which do not depend on K."""
        drawn = replace(self.question, k=1)
        return session_jobs.of_example("bound_page", self.entry, self.example_id, repr(drawn))

    @property
    def parts_key(self) -> JobKey:
        """Of the gap's parts, which do not depend on N or on the proposal."""
        waits = "" if self.subject.stored else "not scored yet"
        return session_jobs.of_example("bound_parts", self.entry, self.example_id, waits)

    def begin(self) -> None:
        """Starts the work where nobody has."""
        session_jobs.once(self.results_key, self._job)

    def results_so_far(self) -> Results:
        """The results so far; waits a moment for all draws, and longer for the first of them."""
        job: Job[Results] | None = session_jobs.job_of(self.results_key)
        assert job is not None, "it was begun"
        job.wait_for(lambda step: step.fraction >= DRAWN, PATIENCE_SECONDS)
        job.wait_for(lambda step: True, MOST_SECONDS)
        newest = job.newest or Results(self.subject, self.question)
        parts: Results | None = session_jobs.newest(self.parts_key)
        split = None if parts is None else parts.split
        other = other_model.known(workspace.current(), self.subject, self.question)
        # The atlas may have more numbers by now than when the work was begun.
        subject = self.subject
        return replace(newest, subject=subject, question=self.question, split=split, beside=other)

    def again(self) -> None:
        """Goes on after a stop; what was drawn is kept."""
        session_jobs.start(self.results_key, self._job)

    def take_apart(self) -> None:
        """Starts the work on the gap's parts."""
        found = self.results_so_far()
        session_jobs.start(self.parts_key, lambda: Job(each(taken_apart(found))))

    def _job(self) -> Job[Results]:
        return Job(each(self._all()))

    def _all(self) -> Iterator[Step[Results]]:
        for step in results(self.subject, self.question):
            if step.fraction == 1:
                # Before the last result, which is what the page is drawn anew for.
                other_model.beside(workspace.current(), self.subject, self.question)
            yield step
            if step.fraction == DRAWN:
                # The page shows these first: a fit at the same time would hold it up.
                time.sleep(PAUSE_SECONDS)
