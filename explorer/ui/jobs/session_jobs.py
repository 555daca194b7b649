"""Work that was asked for on one example or path: a job a key, kept for the session with what it found.

A control starts the job, shows how far it is beside a button that stops it, and the page goes on meanwhile. Work whose
tab was closed stops by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.ui.jobs import presence
from explorer.ui.jobs.job import Job
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

NO_EXAMPLE = -1
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class JobKey:
    """Which work, on which model and example; there is one job of it in a session.

    Attributes:
        kind: names the work and its widgets.
        identity: of the atlas: its weights, data and draws; it stays while the atlas is being built.
        example_id: of the example, or `NO_EXAMPLE`.
        detail: what else fixes the result.
    """

    kind: str
    identity: str
    example_id: int
    detail: str = ""


@dataclass(frozen=True)
class Jobs:
    """All that was started in this session."""

    by_key: Mapping[JobKey, Job[Any]] = field(default_factory=dict)


def of_example(kind: str, entry: Entry, example_id: int, detail: str = "") -> JobKey:
    """The key of work on an example."""
    return JobKey(kind, entry.atlas.manifest.identity, example_id, detail)


def of_model(kind: str, entry: Entry, detail: str = "") -> JobKey:
    """The key of work on a model that is on no example."""
    return JobKey(kind, entry.atlas.manifest.identity, NO_EXAMPLE, detail)


def job_of(key: JobKey) -> Job[Any] | None:
    """The job of a key, where one was started."""
    return scratch(Jobs).by_key.get(key)


def newest(key: JobKey) -> Any:
    """What the work of a key has come to, or None."""
    job = job_of(key)
    return None if job is None else job.newest


def start(key: JobKey, job: Callable[[], Job[Any]]) -> None:
    """Starts the work of a key anew; a run of it that is still going on is stopped."""
    if (running := job_of(key)) is not None:
        running.stop()
    begun = job()
    begun.stop_when(presence.of_this_session().is_gone)
    keep(Jobs({**scratch(Jobs).by_key, key: begun}))


def once(key: JobKey, job: Callable[[], Job[Any]]) -> None:
    """Starts the work of a key that has no job yet; the same kind of work on another example is stopped."""
    if job_of(key) is not None:
        return
    for other, running in scratch(Jobs).by_key.items():
        if other.kind == key.kind:
            running.stop()
    start(key, job)


def is_running(
    key: JobKey, sentence: Callable[[Any], str], is_news: Callable[[Any], bool] = lambda newest: False
) -> bool:
    """Whether the work goes on; if so shows progress and a way to stop it, else what went wrong, if anything did.

    Args:
        key: whose work.
        sentence: says how far a result is; is given None before the first.
        is_news: whether the page is to be drawn anew for a result before the last one.
    """
    job = job_of(key)
    if job is None:
        return False
    if job.is_running:
        _progress(key, sentence, is_news)
        return True
    if job.error is not None:
        st.error(plain(str(job.error)), icon=":material/error:")
    return False


@st.fragment(run_every=_POLL_SECONDS)
def _progress(key: JobKey, sentence: Callable[[Any], str], is_news: Callable[[Any], bool]) -> None:
    job = scratch(Jobs).by_key[key]
    if not job.is_running or (job.newest is not None and is_news(job.newest)):
        st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    text = "Stopping after this step" if job.was_stopped else sentence(job.newest)
    row.progress(min(max(job.progress, 0.0), 1.0), text)
    row.button(
        "Stop",
        key=f"stop_{key.kind}",
        icon=":material/stop:",
        on_click=job.stop,
        disabled=job.was_stopped,
    )
