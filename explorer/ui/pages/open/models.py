"""The models that are there: what each is, how far its atlas is, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from explorer import builder, datasets
from explorer.atlas import AtlasError
from explorer.atlas.build.claim import begun
from explorer.atlas.format import read_manifest
from explorer.bounds.stand_ins import load_checkpoint
from explorer.models.checkpoints import CONFIG_FILE, TRAINING, CheckpointError, read_json
from explorer.ui.building import steering, words
from explorer.ui.frame import frame
from explorer.ui.pages.open import calibrating, facts, sent
from explorer.ui.pages.open.scratch import OpenScratch
from explorer.ui.pages.registry import page_of
from explorer.ui.state import allowed, opening, session, workspace
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget

_POLL_SECONDS = 1.0


def models() -> None:
    """A row each."""
    names = workspace.current().names()
    if not names:
        frame.no_checkpoint()
    for name in names:
        with st.container(border=True, key=f"model_{names.index(name)}"):
            _row(name)


def _row(name: str) -> None:
    folder = workspace.current().folder(name)
    try:
        config = read_json(folder / CONFIG_FILE)
    except CheckpointError as error:
        st.markdown(f"**{plain(name)}**")
        st.error(plain(str(error)), icon=":material/error:")
        return
    head, actions = st.columns([3, 2], vertical_alignment="center")
    head.markdown(f"**{plain(name)}**  \n{plain(facts.line(config))}")
    with actions:
        _state(name)
    more = st.expander("Model card and calibration", key=f"more_{name}", on_change="rerun")
    if more.open:
        with more:
            _more(name)


def _more(name: str) -> None:
    try:
        st.html(facts.card(load_checkpoint(workspace.current().folder(name))))
        calibrating.section(name)
    except (ValueError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")


def _state(name: str) -> None:
    """How far its atlas is, in words, and the next thing to do."""
    out = workspace.current().atlas_folder(name)
    if builder.is_running(out):
        _building(name)
    elif out.is_dir():
        _whole(name)
    elif (before := begun(out)) is not None:
        _fault(name)
        st.caption(plain(f"Its atlas of {before.data} was stopped before it was whole."))
        row = st.container(horizontal=True)
        if workspace.current().has_atlas(name):
            _explore(row, name)
        row.button(
            "Go on", key=f"go_on_{name}", icon=":material/play_arrow:", on_click=steering.go_on, args=(name,)
        )
    else:
        _fault(name)
        _form(name)


def _whole(name: str) -> None:
    try:
        manifest = read_manifest(workspace.current().atlas_folder(name))
    except (AtlasError, OSError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row.markdown(
        plain(f"{manifest.n_examples:,} examples of {sent.title(manifest.data.name)} ({manifest.data.split})")
    )
    _explore(row, name)


@st.fragment(run_every=_POLL_SECONDS)
def _building(name: str) -> None:
    there = workspace.current()
    out = there.atlas_folder(name)
    if not builder.is_running(out) or scratch(OpenScratch).is_leaving:
        st.rerun()
    progress = builder.progress(out)
    st.progress(words.share(progress), plain(words.sentence(progress)))
    row = st.container(horizontal=True)
    if there.has_atlas(name):
        _explore(row, name)
    row.button("Stop", key=f"stop_{name}", icon=":material/stop:", on_click=steering.stop, args=(name,))


def _explore(row: st.delta_generator.DeltaGenerator, name: str) -> None:
    row.button("Explore", key=f"explore_{name}", type="primary", on_click=_show, args=(name,))


def _fault(name: str) -> None:
    """Why the last build ended, where it ended badly."""
    if fault := builder.fault(workspace.current().atlas_folder(name)):
        st.error(plain(fault), icon=":material/error:")


def _form(name: str) -> None:
    """Of which data an atlas is to be built."""
    trained_on = _trained_on(name)
    choices = list(dict.fromkeys([*datasets.names(), *sent.data_there(), *filter(None, [trained_on])]))
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.selectbox(
        "Data",
        choices,
        index=choices.index(trained_on) if trained_on else 0,
        key=_data_of(name).key,
        format_func=sent.title,
        help="All of a file, the test split of the others. More come in below.",
    )
    row.button("Build its map", key=f"build_{name}", type="primary", on_click=_begin, args=(name,))


def _trained_on(name: str) -> str | None:
    """The data that a model says it was trained on, where they may be read from here."""
    try:
        found = load_checkpoint(workspace.current().folder(name)).config[TRAINING].get("data")
        if isinstance(found, str) and found not in datasets.names():
            allowed.allowed(str(datasets.file_of(found) or ""))
    except (ValueError, OSError):
        return None
    return found if isinstance(found, str) else None


def _data_of(name: str) -> Widget[str]:
    """The data that are chosen for a model."""
    return Widget(f"open_data_{name}")


def _begin(name: str) -> None:
    steering.begin(name, _data_of(name).value)


def _show(name: str) -> None:
    """Turns to the model, and leaves for its map once the page is drawn again."""
    with session.told_problems():
        opening.show_model(name)
        keep(OpenScratch(is_leaving=True))


def leave_if_pressed() -> None:
    """Goes to the map where somebody has asked for it."""
    if scratch(OpenScratch).is_leaving:
        keep(OpenScratch())
        st.switch_page(page_of("explore"))
