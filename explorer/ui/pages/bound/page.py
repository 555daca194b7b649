"""The page: the argument on the left, the example with its map and handle on the right."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from explorer.explain import ExplainError, Results
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.needle import log_densities_at
from explorer.explain.terms.term import Term
from explorer.explain.typesetting import words
from explorer.ui.example import inference
from explorer.ui.frame import frame, sidebar
from explorer.ui.frame.part import part
from explorer.ui.inspector import example_pictures, inspector
from explorer.ui.jobs import session_jobs
from explorer.ui.map import latent_map, scene
from explorer.ui.pages.bound import chapters, controls
from explorer.ui.pages.bound.computation import Computation
from explorer.ui.path.on_gesture import change_view
from explorer.ui.state import handle_codes
from explorer.ui.state.view import View
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

MAP_HEIGHT = 360
INTRODUCTION = (
    "What is the probability that a model gives to one example, why is it hard to know, how is it estimated all the "
    "same, and what has the ELBO to do with it? The numbers are about the example beside the text, and are computed "
    "anew when you choose another, drag its handle, or change the draws."
)


def page() -> None:
    if frame.open_page(sidebar.map_picker) is not None:
        part(_argument_and_example, around=sidebar.sidebar_of)


def _argument_and_example(view: View, entry: Entry) -> None:
    st.title("The bound", anchor=False)
    st.markdown(INTRODUCTION)
    # Who it is about comes first for a listener and in a narrow window; in a wide one the style puts it on the right.
    with st.container(key="bound"):
        right, left = st.columns([10, 17], gap="large")
    computation = (
        None if view.selected is None else Computation(entry, view.selected, controls.question(view))
    )
    if computation is not None:
        computation.begin()
    with right:
        side = st.container(key="bound_side")
    with side:
        _example(entry, view, computation)
    with left:
        if computation is None:
            st.info("Click an example on the map to make it the subject.")
            return
        try:
            chapters.show(computation, view)
        except ExplainError as error:
            st.info(plain(str(error)))
            return
    with side:
        # When the chapters stand: whether there is news is told by what they show.
        _progress(computation, view)


def _example(entry: Entry, view: View, computation: Computation | None) -> None:
    """Who it is about: the example, the map to choose another from, and what a reader can change."""
    if view.selected is not None:
        inspector.head(entry, view)
        q = inference.encode(entry, view.selected)
        st.html(example_pictures.html(entry, example_pictures.shown_of(entry, view, q)))
    props = replace(
        scene.examples(entry, view, scene.map_spec(entry, view)),
        layers=("likelihood",),
        handles=view.handles,
        height=MAP_HEIGHT,
    )
    latent_map(props, key="bound_map", on_gesture=change_view)
    if computation is not None:
        _at_the_handle(entry, view, computation)
    of_draws, of_bound = st.columns(2)
    with of_draws:
        controls.draws(view)
    with of_bound:
        controls.within(view)
    controls.proposal(view)


def _at_the_handle(entry: Entry, view: View, computation: Computation) -> None:
    """The integrand where the handle was let go; during a drag it stands beside the handle."""
    if not view.handles:
        return
    likelihood, prior = log_densities_at(computation.subject, handle_codes.handle_codes(entry, view)[0])
    rows = _row("handle-likelihood", "log p(x|z) where the handle was let go", likelihood) + _row(
        "handle-prior", "log p(z) there", prior
    )
    st.html(f"<table class='lx-figures'>{rows}</table>")


def _row(key: str, name: str, term: Term) -> str:
    value = escape(words.nats(term, "not finite"))
    return f"<tr><th>{name}</th><td data-testid='{key}'>{value}</td></tr>"


def _progress(computation: Computation, view: View) -> None:
    """How far long work is, a way to stop it, and one to go on."""
    is_running = session_jobs.is_running(computation.results_key, _sentence, chapters.is_news)
    job = session_jobs.job_of(computation.results_key)
    if not is_running and job is not None and job.step is not None and job.progress < 1:
        st.button("Go on", key="bound_again", icon=":material/play_arrow:", on_click=computation.again)
    is_running |= session_jobs.is_running(
        computation.parts_key, lambda part: "Fitting Gaussians to this example"
    )
    # What ended after the chapters were drawn has nobody left to tell of it.
    if not is_running and not chapters.is_up_to_date(computation, view):
        st.rerun()


def _sentence(found: Results | None) -> str:
    sets = (
        []
        if found is None
        else [d for d in (found.naive, found.encoder, found.chosen) if isinstance(d, Draws)]
    )
    if found is None or not sets:
        return "Drawing"
    # They are drawn in turn: any one of them would seem to stand still.
    n, of = sum(map(len, sets)) // len(sets), found.question.n_draws
    return f"{n:,} of {of:,} draws" if n < of else "Fitting a density to this example"
