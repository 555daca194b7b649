"""Calibration of a model from the page: one a model and process, shown, stopped, written beside the weights."""

from __future__ import annotations

import streamlit as st

from explorer.atlas import calibration
from explorer.atlas.calibration import CALIBRATION_FILE, StoredCalibration
from explorer.bounds.calibration import CalibrationSettings, calibrate
from explorer.bounds.stand_ins import load_checkpoint
from explorer.models.capabilities import capabilities_of
from explorer.steps import Report
from explorer.ui.frame import calibration_badge
from explorer.ui.jobs.job import Job
from explorer.ui.state import workspace
from explorer.ui.widgets.markdown import plain

_POLL_SECONDS = 1.0
# Minutes on two cores; the command line takes more.
_SETTINGS = CalibrationSettings()
_STAGES = {
    "estimates": "Estimating simulated examples",
    "references": "Comparing with long runs",
    "annealing": "Annealing",
}
_jobs: dict[str, Job[None]] = {}


def section(name: str) -> None:
    """What is known of the model's errors, and a way to find out."""
    there = workspace.current()
    checkpoint = load_checkpoint(there.folder(name))
    if why := capabilities_of(checkpoint.model).why_no_fits:
        st.caption(f"It cannot be calibrated. {why}")
        return
    found = calibration.of(there.atlas_folder(name), checkpoint.path, checkpoint.digest)
    st.html(calibration_badge.html(None if found is None else found.calibration, str(checkpoint.path)))
    job = _jobs.get(name)
    if job is not None and job.is_running:
        _progress(name)
        return
    if job is not None and job.error is not None:
        st.error(plain(str(job.error)), icon=":material/error:")
    word = "Calibrate" if found is None else "Calibrate again"
    text = f"Simulates {_SETTINGS.n_examples:,} examples from the model, whose log p(x) is then known on both sides."
    st.button(word, key=f"calibrate_{name}", on_click=_start, args=(name,), help=text)


def _start(name: str) -> None:
    def work(report: Report[None]) -> None:
        checkpoint = load_checkpoint(workspace.current().folder(name))
        for step in calibrate(checkpoint.model, _SETTINGS):
            report(step)  # type: ignore[arg-type]  # the last step's result is taken below
        assert step.result is not None, "work ends with a result"
        out = checkpoint.path / CALIBRATION_FILE
        calibration.write(out, StoredCalibration(checkpoint.digest, _SETTINGS, step.result))

    if (job := _jobs.get(name)) is None or not job.is_running:
        _jobs[name] = Job(work)


@st.fragment(run_every=_POLL_SECONDS)
def _progress(name: str) -> None:
    job = _jobs[name]
    if not job.is_running:
        st.rerun()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    stage = "" if job.step is None else job.step.stage
    row.progress(min(max(job.progress, 0.0), 1.0), _STAGES.get(stage, "Reading the model"))
    row.button("Stop", key=f"calibrate_stop_{name}", icon=":material/stop:", on_click=job.stop)
