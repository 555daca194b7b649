"""The bound of the selected example against the number of draws, and a control that draws more and can be stopped."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from explorer.show.numbers import Units
from explorer.steps import Step
from explorer.ui.example import inference, stored_score
from explorer.ui.example.inference import BoundCurves
from explorer.ui.inspector import figures
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job, each
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

CHOICES = (512, 2_048, 8_192, 32_768, 100_000)
# Answers within the blink of a rerun; the stored scores used as many.
FIRST_SAMPLES = CHOICES[0]
# A second or two even on a small machine, and four doublings further on than the first draws.
SUGGESTED_SAMPLES = 8_192
_N_SAMPLES = Widget[int]("n_samples")


def section(entry: Entry, example_id: int, units: Units) -> None:
    """The curve, and below it the control, in a fold: nothing is drawn before it is opened."""
    fold = st.expander("The bound as K grows", key="running", on_change="rerun", icon=":material/show_chart:")
    if fold.open:
        with fold:
            _against_draws(entry, example_id, units)


def _against_draws(entry: Entry, example_id: int, units: Units) -> None:
    job_key = session_jobs.of_example("bound", entry, example_id)
    found = _newest(job_key, entry)
    st.plotly_chart(
        _figure(found, job_key, entry.atlas.digest, entry, units),
        key="bound_curve",
        config={"displayModeBar": False},
        alt="L_K against the number of draws K, with the trusted log p(x) and the naive prior estimate",
    )
    _control(job_key, entry, _n_done(found))


def _newest(job_key: JobKey, entry: Entry) -> BoundCurves:
    """The best that is known of an example's bound: what a job reached, or the first draws."""
    reached: BoundCurves | None = session_jobs.newest(job_key)
    if reached is not None and _n_done(reached) > FIRST_SAMPLES:
        return reached
    return _first(job_key, entry)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={JobKey: repr})
def _first(job_key: JobKey, _entry: Entry) -> BoundCurves:
    *_, last = inference.bounds(_entry, job_key.example_id, FIRST_SAMPLES)
    return last


def _figure(found: BoundCurves, job_key: JobKey, atlas: str, entry: Entry, units: Units) -> go.Figure:
    return _drawn(job_key, _n_done(found), atlas, units.n_dims, units.in_bits, found, entry)


@st.cache_resource(max_entries=256, show_spinner=False, hash_funcs={JobKey: repr})
def _drawn(
    job_key: JobKey,
    n_done: int,
    atlas: str,
    n_dims: int,
    in_bits: bool,
    _found: BoundCurves,
    _entry: Entry,
) -> go.Figure:
    """Built once for each number of draws: it takes longer to build than all else that a rerun does."""
    stored = stored_score.stored(_entry, job_key.example_id)
    return figures.bound_curve(_found.encoder, _found.prior, stored, Units(n_dims, in_bits))


def _control(job_key: JobKey, entry: Entry, n_done: int) -> None:
    """Chooses K, starts, shows progress, stops."""
    if session_jobs.is_running(job_key, lambda found: f"{0 if found is None else _n_done(found):,} draws"):
        return
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.select_slider(
        "Draws K",
        CHOICES[1:],
        key=_N_SAMPLES.beginning_with(_suggested(n_done)),
        format_func=lambda k: f"{k:,}",
        help="The encoder's bound tightens as K grows; the trusted log p(x) does not depend on it.",
    )
    row.button("Draw more", key="start", icon=":material/play_arrow:", on_click=_start, args=(job_key, entry))


def _suggested(n_done: int) -> int:
    """What to draw next: more than there is, and at least what shows where the curve goes."""
    return next((k for k in CHOICES if k > n_done and k >= SUGGESTED_SAMPLES), CHOICES[-1])


def _start(job_key: JobKey, entry: Entry) -> None:
    n_samples = _N_SAMPLES.value
    bounds = inference.bounds(entry, job_key.example_id, n_samples)
    work = each(Step(_n_done(found) / n_samples, found) for found in bounds)
    session_jobs.start(job_key, lambda: Job(work))


def _n_done(found: BoundCurves) -> int:
    return int(found.encoder.last.n_samples)
