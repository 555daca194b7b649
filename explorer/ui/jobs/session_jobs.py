"""Work that was asked for on one example or path: a job a question, kept for the session with what it found.

    key = (kind of work, model digest, example id, what else fixes it)

A control starts the job, shows how far it is beside a button that stops it, and the page goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.ui.jobs.job import Job
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

NO_EXAMPLE = -1
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Question:
    """What is asked, of which model and example.

    Attributes:
        kind: names the work and its widgets.
        digest: of the model's weights.
        example_id: of the example, or `NO_EXAMPLE`.
        detail: what else fixes the answer.
    """

    kind: str
    digest: str
    example_id: int
    detail: str = ""


@dataclass(frozen=True)
class Jobs:
    """All that was asked in this session."""

    by_question: Mapping[Question, Job[Any]] = field(default_factory=dict)


def about(kind: str, entry: Entry, example_id: int, detail: str = "") -> Question:
    """A question about an example of an entry."""
    return Question(kind, entry.checkpoint.digest, example_id, detail)


def of_model(kind: str, entry: Entry, detail: str = "") -> Question:
    """A question about an entry that is about no example."""
    return Question(kind, entry.checkpoint.digest, NO_EXAMPLE, detail)


def job_of(question: Question) -> Job[Any] | None:
    """The job that was started for a question in this session."""
    return scratch(Jobs).by_question.get(question)


def newest(question: Question) -> Any:
    """What the work on a question has come to, or None."""
    job = job_of(question)
    return None if job is None else job.newest


def start(question: Question, job: Callable[[], Job[Any]]) -> None:
    """Starts the work of a question anew; a run of it that is still going on is stopped."""
    if (running := job_of(question)) is not None:
        running.stop()
    keep(Jobs({**scratch(Jobs).by_question, question: job()}))


def once(question: Question, job: Callable[[], Job[Any]]) -> None:
    """Starts the work of a question that was never asked; the same kind of work on another example is stopped."""
    if job_of(question) is not None:
        return
    for other, running in scratch(Jobs).by_question.items():
        if other.kind == question.kind:
            running.stop()
    start(question, job)


def is_running(
    question: Question, sentence: Callable[[Any], str], is_news: Callable[[Any], bool] = lambda newest: False
) -> bool:
    """Whether the work goes on; if so shows progress and a way to stop it, else what went wrong, if anything did.

    Args:
        question: whose work.
        sentence: says how far a result is; is given None before the first.
        is_news: whether the page is to be drawn anew for a result before the last one.
    """
    job = job_of(question)
    if job is None:
        return False
    if job.is_running:
        _progress(question, sentence, is_news)
        return True
    if job.error is not None:
        st.error(plain(str(job.error)), icon=":material/error:")
    return False


@st.fragment(run_every=_POLL_SECONDS)
def _progress(question: Question, sentence: Callable[[Any], str], is_news: Callable[[Any], bool]) -> None:
    job = scratch(Jobs).by_question[question]
    if not job.is_running or (job.newest is not None and is_news(job.newest)):
        st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    text = "Stopping after this step" if job.was_stopped else sentence(job.newest)
    row.progress(min(max(job.progress, 0.0), 1.0), text)
    row.button(
        "Stop",
        key=f"stop_{question.kind}",
        icon=":material/stop:",
        on_click=job.stop,
        disabled=job.was_stopped,
    )
