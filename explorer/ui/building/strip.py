"""One line above the page while the model's atlas is being built: how far it is, to pause it, to stop it, its log.

It has the selected examples scored first, and draws the page anew when there are more numbers.
"""

from __future__ import annotations

import streamlit as st

from explorer import builder
from explorer.ui.building import steering, words
from explorer.ui.state import selection, session, workspace
from explorer.ui.state.view import View
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

_POLL_SECONDS = 1.0
# Of a selection, so many are asked for; the rest comes soon enough.
_MOST_ASKED = 4096


def strip(entry: Entry) -> None:
    """The line; an empty place once the atlas is whole."""
    # The place is always there: were it gone at the next run, all below would move up and the map be mounted anew.
    place = st.empty()
    if entry.is_growing:
        with place.container(key="building", horizontal=True, vertical_alignment="center"):
            _strip(entry.name)


@st.fragment(run_every=_POLL_SECONDS)
def _strip(name: str) -> None:
    workspace.current().grow(name)
    view = session.view()
    if workspace.has_grown(view):
        st.rerun()
    entry, out = workspace.entry_of(view), workspace.current().atlas_folder(name)
    if not builder.is_running(out):
        _resting(entry)
        return
    builder.ask(out, first=waited_for(entry, view))
    progress = builder.progress(out)
    is_paused = progress is not None and progress.is_paused
    row = st.container(horizontal=True, vertical_alignment="center")
    row.progress(words.share(progress), plain(words.sentence(progress)))
    word, icon = ("Go on", "play_arrow") if is_paused else ("Pause", "pause")
    row.button(
        word,
        key="build_pause",
        icon=f":material/{icon}:",
        on_click=steering.pause,
        args=(name, not is_paused),
    )
    row.button("Stop", key="build_stop", icon=":material/stop:", on_click=steering.stop, args=(name,))
    _log(row, name)


def _resting(entry: Entry) -> None:
    """What there is, and a way to go on."""
    out = workspace.current().atlas_folder(entry.name)
    growth = entry.atlas.manifest.growth
    assert growth is not None, "else there is no line"
    if fault := builder.fault(out):
        st.error(plain(fault), icon=":material/error:")
    row = st.container(horizontal=True, vertical_alignment="center")
    stands = words.where_it_stands(growth, entry.atlas.n_examples)
    row.markdown(f":material/pause_circle: The build is stopped. {stands}.", width="content")
    row.button(
        "Go on",
        key="build_begin_again",
        icon=":material/play_arrow:",
        on_click=steering.go_on,
        args=(entry.name,),
    )
    _log(row, entry.name)


def _log(row: st.delta_generator.DeltaGenerator, name: str) -> None:
    with row.popover("Log", icon=":material/notes:"):
        said = builder.log(workspace.current().atlas_folder(name))
        st.code(said or "Nothing was said yet.", language=None, wrap_lines=True, height=240)


def waited_for(entry: Entry, view: View) -> tuple[int, ...]:
    """The selected rows without trusted numbers; the inspected one has its own at once (`example.scored_now`)."""
    rows = selection.rows(view.selection)[:_MOST_ASKED]
    verdicts = entry.atlas.columns(["trust"])["trust"]
    return tuple(int(row) for row in rows if not verdicts[row])
