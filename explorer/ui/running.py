"""The bound of the selected example, and a control that draws more in the background and can be stopped."""

from __future__ import annotations

import streamlit as st

from explorer.ui import decoding
from explorer.ui.decoding import Bounds
from explorer.ui.jobs import Job, each
from explorer.ui.plain import plain
from explorer.workspace import Entry

CHOICES = (512, 2_048, 8_192, 32_768, 100_000)
# Answers within the blink of a rerun; the stored scores used as many.
FIRST_SAMPLES = 512
_POLL_SECONDS = 0.3


def newest(entry: Entry, example_id: int) -> Bounds:
    """The best that is known of an example's bound: what a job reached, or the first draws."""
    job: Job[Bounds] | None = _jobs().get(_key(entry, example_id))
    if job is not None and job.newest is not None and _n_done(job.newest) > FIRST_SAMPLES:
        return job.newest
    return _first(_key(entry, example_id), entry, example_id)


@st.cache_resource(max_entries=256, show_spinner=False)
def _first(key: str, _entry: Entry, example_id: int) -> Bounds:
    *_, last = decoding.bounds(_entry, example_id, FIRST_SAMPLES)
    return last


def control(entry: Entry, example_id: int) -> None:
    """Chooses K, starts, shows progress, stops."""
    job = _jobs().get(_key(entry, example_id))
    if job is not None and job.is_running:
        _progress(_key(entry, example_id))
        return
    if job is not None and job.error is not None:
        st.error(plain(str(job.error)), icon=":material/error:")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.select_slider(
        "Draws K",
        CHOICES[1:],
        key="n_samples",
        format_func=lambda k: f"{k:,}",
        help="The bound tightens as K grows.",
    )
    row.button(
        "Draw more", key="start", icon=":material/play_arrow:", on_click=_start, args=(entry, example_id)
    )


@st.fragment(run_every=_POLL_SECONDS)
def _progress(key: str) -> None:
    job = _jobs()[key]
    if not job.is_running:
        st.rerun()
    n = 0 if job.newest is None else _n_done(job.newest)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.progress(job.progress, f"{n:,} draws")
    row.button("Stop", key="stop", icon=":material/stop:", on_click=job.stop)


def _start(entry: Entry, example_id: int) -> None:
    n_samples = int(st.session_state.n_samples)
    work = each(decoding.bounds(entry, example_id, n_samples))
    _jobs()[_key(entry, example_id)] = Job(work, lambda found: _n_done(found) / n_samples)


def _n_done(found: Bounds) -> int:
    return int(found.encoder.last.n_samples)


def _jobs() -> dict[str, Job[Bounds]]:
    return st.session_state.setdefault("jobs", {})


def _key(entry: Entry, example_id: int) -> str:
    return f"{entry.checkpoint.digest}/{example_id}"
