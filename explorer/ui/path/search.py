"""The path that is known so far, and the work that finds it.

The graph and the geodesic take work, which goes on in a job; until it is done a path that is known stands in for them.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.geodesics import Geodesic
from explorer.show.numbers import number
from explorer.steps import Step
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job, each
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.path import computation
from explorer.ui.path.computation import Anchors, KnownPath
from explorer.workspace import Entry


def known_path(entry: Entry, kind: str, anchors: Anchors) -> KnownPath:
    """The path of a kind, or, until that is found, one that stands in for it."""
    job_key = _job_key(entry, kind, anchors)
    job = None if job_key is None or kind != "geodesic" else session_jobs.job_of(job_key)
    step: Step[Geodesic] | None = None if job is None else job.step
    if step is not None:
        return KnownPath(anchors, kind, step.result, step.fraction == 1)
    if kind in ("graph", "geodesic"):
        return KnownPath(anchors, "linear" if computation.graph_if_made(entry) is None else "graph")
    return KnownPath(anchors, kind)


def _job_key(entry: Entry, kind: str, anchors: Anchors) -> JobKey | None:
    """The work that a kind of path needs; none where it is computed at once."""
    if kind == "geodesic":
        return session_jobs.of_model("geodesic", entry, repr(anchors))
    if kind == "graph" and computation.graph_if_made(entry) is None:
        return session_jobs.of_model("graph", entry)
    return None


def _job(job_key: JobKey, entry: Entry, anchors: Anchors) -> Job[Any]:
    if job_key.kind == "geodesic":
        return Job(each(computation.geodesics(entry, anchors)))
    return Job(lambda report: report(Step(1.0, computation.graph(entry))))


def wait_for_path(entry: Entry, kind: str, path: KnownPath) -> None:
    """Says what is shown in the place of a path that is not found yet, and how far the work for that is."""
    shown = "the best path so far" if path.kind == kind else f"the {path.kind} path in its place"
    st.html(
        f"<p class='lx-caption' data-testid='path-stands-in'>Shown is {shown}. "
        f"Play, PNG and GIF wait until the {kind} path is found.</p>"
    )
    job_key = _job_key(entry, kind, path.anchors)
    if job_key is None:
        st.rerun()
    session_jobs.once(job_key, lambda: _job(job_key, entry, path.anchors))
    if session_jobs.is_running(job_key, _sentence):
        return
    if known_path(entry, kind, path.anchors) != path:  # it was found while the page was drawn
        st.rerun()
    st.button(
        "Look again",
        key="path_again",
        icon=":material/play_arrow:",
        on_click=lambda: session_jobs.start(job_key, lambda: _job(job_key, entry, path.anchors)),
    )


def _sentence(found: object) -> str:
    if not isinstance(found, Geodesic):
        return "Joining nearest neighbours"
    share = sum(found.energy) / max(sum(found.start_energy), 1e-300)
    return f"Looking for the geodesic: {number(100 * share, 1)}% of the energy that it began with"
