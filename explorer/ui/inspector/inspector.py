"""The selected example: what it is, what the model makes of it, and how loose the bound is here."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from explorer.models.latent_model import latent_shape
from explorer.show.numbers import Units
from explorer.ui.example import inference, scored_now, uncalibrated
from explorer.ui.inspector import (
    bound_curve,
    code_images,
    example_pictures,
    gap_parts,
    kl_bars,
    metadata,
    posterior,
    scorecard,
)
from explorer.ui.state import session
from explorer.ui.state.view import View
from explorer.workspace import Entry


def inspector(entry: Entry, view: View) -> None:
    """The card beside the map: what is stored comes first, what is drawn for it last."""
    if view.selected is None:
        st.markdown("#### Nothing selected\nClick a point on the map.")
        return
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    head(entry, view)
    # Filled after the stored numbers below it have been sent: those need no model.
    images = st.container()
    score = scored_now.read(entry, view.selected)
    st.html(scorecard.html(score, units, uncalibrated.warning(entry)))
    if score.is_pending:
        scored_now.progress(entry, view.selected)
    q = inference.encode(entry, view.selected)
    with images:
        example_pictures.section(entry, view, q)
    if found := metadata.html(entry, view.selected):
        st.html(found)
    gap_parts.section(entry, view.selected, score, units)
    posterior.section(entry, view, view.selected, units)
    bound_curve.section(entry, view.selected, units)
    if q.kl_by_dim_nats is not None:
        rate, shape = q.kl_by_dim_nats.numpy()[0], latent_shape(entry.checkpoint.model)
        if found := code_images.html(q.mean.numpy()[0], rate, shape, units):
            st.html(found)
        st.html(kl_bars.html(rate, units))


def head(entry: Entry, view: View) -> None:
    """Which example it is, and a way to the next and to the one before."""
    assert view.selected is not None, "the caller checks"
    row = entry.atlas.row(view.selected)
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    name = escape(label_name(entry, row))
    place.html(f"<p class='lx-head'>{name} <small>example {view.selected}</small></p>")
    for step, word in ((-1, "previous"), (1, "next")):
        # The style sheet draws an arrow in the place of the words, which stay the button's name.
        there = int(entry.dataset.example_ids[(row + step) % entry.atlas.n_examples])
        args = (entry, step, there)
        place.button(f"{word} example", key=word, type="tertiary", on_click=_step, args=args)


def _step(entry: Entry, step: int, there: int) -> None:
    selected = session.view().selected
    assert selected is not None, "there is no head without an example"
    if selected == there:
        # The same press once more: a rerun that another one overtakes is told of it twice.
        return
    # From the example of now, not of when the button was drawn: a press may come before the last one's page.
    row = (entry.atlas.row(selected) + step) % entry.atlas.n_examples
    session.inspect(entry, int(entry.dataset.example_ids[row]))


def label_name(entry: Entry, row: int) -> str:
    """The label of a row in words."""
    label = int(entry.dataset.labels[row])
    names = entry.dataset.label_names
    return names[label] if 0 <= label < len(names) else "no label"
