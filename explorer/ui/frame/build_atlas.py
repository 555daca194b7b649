"""A checkpoint without an atlas: build it here, with progress by stage and a way to stop; a stopped build goes on."""

from __future__ import annotations

import time
from pathlib import Path

import streamlit as st

from explorer import datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build import build
from explorer.bounds.stand_ins import load_checkpoint
from explorer.latent.maps import MAPS
from explorer.models.checkpoints import Checkpoint
from explorer.models.fit_data import fitted
from explorer.steps import Report
from explorer.ui.jobs.job import Job
from explorer.ui.state import workspace
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget
from explorer.workspace import ATLAS_FOLDER

_POLL_SECONDS = 0.5
_STAGES = {
    "scores": "Scoring examples",
    "writing": "Writing",
    **{name: kind.making for name, kind in MAPS.items()},
}
_DATA, _N_SAMPLES = Widget[str]("build_data"), Widget[int]("build_samples")
# One build a model and process: a reload of the page, or a second tab, sees the same one.
_jobs: dict[str, Job[None]] = {}


def page(name: str) -> None:
    """What stands in the place of the map until there is one."""
    st.subheader(f"{plain(name)} has no atlas yet")
    job = _jobs.get(name)
    if job is not None and job.is_running:
        _progress(name)
        return
    if job is not None and job.error is not None:
        st.error(plain(str(job.error)), icon=":material/error:")
    if job is not None and job.was_stopped:
        st.info("Stopped. What was finished is kept: building again goes on from there.")
    _form(load_checkpoint(workspace.current().folder(name)))


def _form(checkpoint: Checkpoint) -> None:
    st.markdown(
        "An atlas holds every example's posterior, its bounds and its place on the maps. Built once, read after."
    )
    trained_on = checkpoint.config.get("training", {}).get("data")
    names = datasets.names()
    first = names.index(trained_on) if trained_on in names else 0
    data, samples, start = st.columns([2, 2, 1], vertical_alignment="bottom")
    data.selectbox("Data", names, index=first, key=_DATA.key, help="The test split is mapped.")
    samples.select_slider("Draws K", (64, 128, 256, 512, 1024, 2048), 512, key=_N_SAMPLES.key)
    start.button("Build", key="build", type="primary", on_click=_start, args=(checkpoint,), width="stretch")
    st.caption("Data of your own, all of a file, on the command line:")
    st.code(f"python -m explorer atlas {checkpoint.path} --data my-data.npz", language="bash")


def _start(checkpoint: Checkpoint) -> None:
    name, data_name = checkpoint.name, _DATA.value
    settings = AtlasSettings(n_samples=_N_SAMPLES.value)

    def work(report: Report[None]) -> None:
        data = fitted(
            datasets.load(data_name, "test", workspace.current().data_root), checkpoint.model, settings.seed
        )
        build(checkpoint, data, Path(checkpoint.path) / ATLAS_FOLDER, settings, report)

    _jobs[name] = Job(work)


@st.fragment(run_every=_POLL_SECONDS)
def _progress(name: str) -> None:
    job = _jobs[name]
    if not job.is_running:
        st.rerun()
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(job.progress, _sentence(job))
    stop.button("Stop", key="build_stop", icon=":material/stop:", on_click=job.stop, width="stretch")


def _sentence(job: Job[None]) -> str:
    """Stage, rate, time left."""
    now = job.step
    if now is None:
        return "Reading the data"
    seconds = time.monotonic() - job.started
    text = _STAGES.get(now.stage, now.stage)
    if job.was_stopped:
        return f"Stopping after this step ({text.lower()})"
    if now.stage != "scores" or not now.n_done:
        return text
    rate = now.n_done / seconds
    left = (now.n_total - now.n_done) / rate
    return (
        f"{text}: {now.n_done:,} of {now.n_total:,} · {rate:,.0f} a second · about {left / 60:.0f} min left"
    )
