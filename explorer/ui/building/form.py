"""A checkpoint without an atlas: build it here. The map is there as soon as the examples are encoded."""

from __future__ import annotations

import streamlit as st

from explorer import builder, datasets
from explorer.atlas import AtlasSettings
from explorer.bounds.stand_ins import load_checkpoint
from explorer.models.checkpoints import Checkpoint
from explorer.ui.building import steering, words
from explorer.ui.state import workspace
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget

_POLL_SECONDS = 0.5
_SECONDS_TO_NOTICE = 2.0
_DATA, _N_SAMPLES = Widget[str]("build_data"), Widget[int]("build_samples")


def page(name: str) -> None:
    """What stands in the place of the map until there is one."""
    out = workspace.current().atlas_folder(name)
    if builder.is_running(out):
        st.subheader(f"{plain(name)}: the map comes as soon as the examples are encoded")
        _progress(name)
        return
    st.subheader(f"{plain(name)} has no atlas yet")
    if fault := builder.fault(out):
        st.error(plain(fault), icon=":material/error:")
    _notice(name)
    _form(name, load_checkpoint(workspace.current().folder(name)))


def _form(name: str, checkpoint: Checkpoint) -> None:
    st.markdown(
        "An atlas holds every example's posterior, its bounds and its place on the maps. The map is there at once, the "
        "numbers come one by one."
    )
    trained_on = checkpoint.config.get("training", {}).get("data")
    names = datasets.names()
    first = names.index(trained_on) if trained_on in names else 0
    data, samples, start = st.columns([2, 2, 1], vertical_alignment="bottom")
    data.selectbox("Data", names, index=first, key=_DATA.key, help="The test split is mapped.")
    samples.select_slider("Draws K", (64, 128, 256, 512, 1024, 2048), 512, key=_N_SAMPLES.key)
    start.button("Build", key="build", type="primary", on_click=_begin, args=(name,), width="stretch")
    st.caption("Data of your own: by the page Open, or on the command line:")
    st.code(f"python -m explorer open {checkpoint.path} --data my-data.npz", language="bash")


def _begin(name: str) -> None:
    steering.begin(name, _DATA.value, AtlasSettings(n_samples=_N_SAMPLES.value))


@st.fragment(run_every=_SECONDS_TO_NOTICE)
def _notice(name: str) -> None:
    """Draws the page anew when somebody begins elsewhere, in another tab or a terminal."""
    if workspace.current().has_atlas(name) or builder.is_running(workspace.current().atlas_folder(name)):
        st.rerun()


@st.fragment(run_every=_POLL_SECONDS)
def _progress(name: str) -> None:
    out = workspace.current().atlas_folder(name)
    if workspace.current().has_atlas(name) or not builder.is_running(out):
        st.rerun()
    progress = builder.progress(out)
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(words.share(progress), plain(words.sentence(progress)))
    stop.button(
        "Stop",
        key="build_stop",
        icon=":material/stop:",
        on_click=steering.stop,
        args=(name,),
        width="stretch",
    )
