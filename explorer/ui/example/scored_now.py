"""The inspected example of an atlas that is being built: scored at once, as its turn is still to come."""

from __future__ import annotations

from collections.abc import Callable

from explorer.bounds import Examples, LadderSettings, ScoreSettings
from explorer.bounds.elbo import Columns
from explorer.bounds.scores import scorer
from explorer.steps import Report, Step
from explorer.ui.example import inference, stored_score
from explorer.ui.example.kept import of_codes
from explorer.ui.example.stored_score import Score
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job
from explorer.ui.jobs.session_jobs import JobKey
from explorer.workspace import Entry

_KIND = "score_now"
_SECONDS_TO_WAIT = 0.05


def read(entry: Entry, example_id: int) -> Score:
    """The stored figures of an example; where they are still to come, those that were worked out for this tab, which
    begins with the first question."""
    stored = stored_score.read(entry, example_id)
    if not stored.is_pending:
        return stored
    key = _key(entry, example_id)
    session_jobs.once(key, lambda: Job(_work(entry, example_id), gives_way=False))
    # It is over in less than a second as a rule: the page waits a moment, rather than being drawn twice.
    job = session_jobs.job_of(key)
    assert job is not None, "it was begun above"
    job.wait_for(lambda step: step.result is not None, _SECONDS_TO_WAIT)
    return session_jobs.newest(key) or stored


def progress(entry: Entry, example_id: int) -> None:
    """Shows that it is being worked out, as long as it is."""
    session_jobs.is_running(_key(entry, example_id), lambda _: "Working out log p(x) of this example")


def _key(entry: Entry, example_id: int) -> JobKey:
    return session_jobs.of_example(_KIND, entry, example_id)


def _work(entry: Entry, example_id: int) -> Callable[[Report[Score]], None]:
    def work(report: Report[Score]) -> None:
        columns = _scorer(entry)(inference.example(entry, example_id))
        report(Step(1.0, stored_score.of_columns(columns)))

    return work


def _settings(entry: Entry) -> ScoreSettings:
    s = entry.atlas.manifest.settings
    return ScoreSettings(s.n_samples, s.seed, LadderSettings(s.target_se, s.max_samples))


@of_codes(maxsize=1)
def _scorer(entry: Entry) -> Callable[[Examples], Columns]:
    """With the survey of the prior that all examples of a model share."""
    return scorer(entry.checkpoint.model, _settings(entry))
