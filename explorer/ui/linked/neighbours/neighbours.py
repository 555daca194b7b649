"""The linked view of neighbourhoods: what lies nearest in latent space, and what the selection is taken together."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from explorer.show import pictures
from explorer.show.numbers import number
from explorer.ui.example import label_names, nearest
from explorer.ui.example.kept import of_codes
from explorer.ui.example.label_names import NONE, short
from explorer.ui.example.nearest import NearestExamples
from explorer.ui.linked.neighbours import selection_summary
from explorer.ui.state import active_handle, selection, session
from explorer.ui.state.gesture import Handle
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View, with_selection
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

COUNTS = (12, 24, 48)
PICTURE_PIXELS = 56
_BUTTON_PIXELS = 96
_LABEL_LETTERS = 24
_K = Widget[int]("near_count")
_HELP = (
    "Nearest by distance in latent space, not on the map. The number with × is the distance in units of that "
    "example's own local scale, the distance to its 10th neighbour: up to 1 × is as near as its neighbours are."
)


@dataclass(frozen=True)
class NeighboursScratch:
    """How many neighbours are shown."""

    k: int = COUNTS[1]


def section(entry: Entry, view: View) -> None:
    """The nearest examples of the active handle, then the selection."""
    handle = active_handle.current(entry, view)
    if handle is None:
        st.caption(
            "Click a point or a place on the map: the examples nearest to it in latent space come here."
        )
    else:
        _near(entry, view, handle)
    if view.selection:
        st.html(selection_summary.html(entry, view.selection))
    else:
        st.caption(
            "Select examples to see their mean, their labels, and how pure latent space is around them."
        )


def _near(entry: Entry, view: View, handle: Handle) -> None:
    base = None if handle.base is None else entry.atlas.row(handle.base)
    code = tuple(map(float, active_handle.code(entry, view.map_id, handle)))
    k = scratch(NeighboursScratch).k
    found = nearest.nearest_examples(entry, code, base, k)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="near_head"
    ):
        st.markdown(_sentence(entry, handle, code, found), help=_HELP, width="content")
        _controls(found, k)
    with st.container(horizontal=True, gap="xsmall", key="near"):
        for i, text in enumerate(_texts(entry, code, base, k)):
            example_id = int(entry.dataset.example_ids[found.rows[i]])
            st.button(
                text,
                key=f"near_{i}",
                type="tertiary",
                width=_BUTTON_PIXELS,
                on_click=session.inspect,
                args=(entry, example_id),
            )


def _controls(found: NearestExamples, k: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.segmented_control(
            "How many neighbours",
            COUNTS,
            key=_K.showing(k),
            required=True,
            label_visibility="collapsed",
            on_change=_counted,
        )
        st.button(
            "Select these", key="near_select", icon=":material/select_all:", on_click=_choose, args=(found,)
        )


def _counted() -> None:
    keep(NeighboursScratch(_K.value))


def _choose(found: NearestExamples) -> None:
    session.change(with_selection(session.view(), selection.of_rows(found.rows)))


def _sentence(entry: Entry, handle: Handle, code: nearest.Code, found: NearestExamples) -> str:
    """Whose neighbours they are and what labels they have, as Markdown."""
    k = len(found.rows)
    most, n_most = _name(entry, found.most_frequent), found.n_of(found.most_frequent)
    own = -1 if handle.base is None else int(label_names.codes_of(entry)[entry.atlas.row(handle.base)])
    whose = f"**{k} nearest to {_place(entry, handle, code)}** in latent space"
    if own < 0:
        return f"{whose} · most are {most}, {n_most} of {k}"
    same = f"{whose} · {found.n_of(own)} of {k} share its label, {_name(entry, own)}"
    return same if own == found.most_frequent else f"{same}; most are {most}, {n_most}"


def _place(entry: Entry, handle: Handle, code: nearest.Code) -> str:
    """What is active: an example, or a handle that was moved away from it."""
    if handle.base is None or tuple(entry.atlas.means[entry.atlas.row(handle.base)].tolist()) != code:
        return active_handle.name(handle)
    return f"example {handle.base}"


def _name(entry: Entry, code: int) -> str:
    return plain(short(label_names.name(entry, code), 2 * _LABEL_LETTERS)) if code >= 0 else NONE


@of_codes(maxsize=16)
def _texts(entry: Entry, code: nearest.Code, base: int | None, k: int) -> list[str]:
    """What stands on each one's button, as Markdown: image, label, and how far it is."""
    found = nearest.nearest_examples(entry, code, base, k)
    x = entry.dataset.x(found.rows)
    shown = pictures.pictures_of(x, PICTURE_PIXELS, entry.dataset.features)
    return [
        f"![]({pictures.uri(pictures.png(picture))}) "
        f"{plain(short(label_names.name(entry, label), _LABEL_LETTERS))} "
        f":small[{entry.dataset.example_ids[row]} · {number(distance)} · {number(ratio)}×]"
        for picture, row, label, distance, ratio in zip(
            shown, found.rows, found.labels.tolist(), found.distances, found.ratios, strict=True
        )
    ]
