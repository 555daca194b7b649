"""The attribute vector on the page: the groups that it comes from, and the slider that moves the handle along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.latent.directions import Direction
from explorer.show import pictures
from explorer.show.numbers import number
from explorer.show.pictures import Picture
from explorer.ui.example import inference
from explorer.ui.linked.directions import groups, walk
from explorer.ui.linked.directions.scratch import DirectionsScratch
from explorer.ui.linked.directions.walk import FAR, STEP
from explorer.ui.state import session, workspace
from explorer.ui.state.gesture import Handle
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View, with_handle
from explorer.ui.widgets import following_slider
from explorer.ui.widgets.following_slider import Scale
from explorer.workspace import Entry

STRIP = np.linspace(-FAR, FAR, 9)
FRAME_PIXELS = 84
REFERENCE = "Larsen et al. 2016; White 2016"


def part(entry: Entry, view: View, handle: Handle | None) -> None:
    """The groups and, where there are two, the direction from A to B and the walk along it."""
    how = groups.missing(view.groups)
    left, right = st.columns([2, 3], gap="medium")
    left.html(groups.cards_html(entry, view.groups))
    if how:
        right.markdown(how)
        return
    found = groups.direction(entry, view.groups)
    left.html(groups.facts_html(found, view.groups))
    right.html(f"<p class='lx-caption'>v = mean z of B − mean z of A, ± one standard error ({REFERENCE})</p>")
    right.plotly_chart(
        groups.components(entry, view.groups),
        key="direction_components",
        config={"displayModeBar": False},
        alt="Components of the direction from A to B by latent dimension, largest first",
    )
    if len(entry.dataset.shape) == 1:
        right.html(groups.top_features_html(entry, view.groups))
    if handle is not None and found.length > 0:
        _walk(entry, view, handle, found)


def _walk(entry: Entry, view: View, handle: Handle, found: Direction) -> None:
    """The slider, and beneath it what the model decodes along the whole of it."""
    now = walk.read(entry, view.map_id, handle, found.v, scratch(DirectionsScratch).walk)
    keep(replace(scratch(DirectionsScratch), walk=now))
    following_slider.slider(
        st.container(),
        "walk_t",
        "along A → B",
        Scale(-FAR, FAR, STEP),
        now.t,
        _walked,
        format="%.2f",
        help="In lengths of v. At 0 the handle is where it was when the walk began; whatever else moves it begins "
        "a new walk there.",
    )
    frames = inference.decode(entry, walk.codes(entry, now, found.v, STRIP))
    shown = pictures.pictures_of(frames, FRAME_PIXELS, entry.dataset.features)
    st.html(strip_html(shown, int(np.abs(STRIP - now.t).argmin())))


def _walked(t: float) -> None:
    view, last = session.view(), scratch(DirectionsScratch).walk
    assert last is not None, "its slider is on the page"
    entry = workspace.entry_of(view)
    v = groups.direction(entry, view.groups).v
    handle = walk.handle_after(entry, last, v, t)
    session.change(with_handle(view, handle))


def strip_html(frames: Sequence[Picture], at: int) -> str:
    """Frames at the t of `STRIP`, the current one marked."""
    cells = []
    for i, (t, picture) in enumerate(zip(STRIP, frames, strict=True)):
        mark = " class='lx-now'" if i == at else ""
        text = number(float(t), 1)
        shown = pictures.tag(picture, f"t = {text}")
        cells.append(f"<figure{mark}>{shown}<figcaption>{text}</figcaption></figure>")
    return f"<div class='lx-strip lx-walk' data-testid='walk-strip'>{''.join(cells)}</div>"
