"""The page: the argument on the left, the example with its map and handle on the right."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from explorer.explain import ExplainError, Kind, Missing, Results, text
from explorer.explain.needle import log_densities_at
from explorer.explain.term import Term
from explorer.ui import asked, badge, decoding, drawn, inspector, pictures, session, shell
from explorer.ui import controls as sidebar
from explorer.ui.bound import blocks, controls, work
from explorer.ui.bound.work import Work
from explorer.ui.gestured import gestured
from explorer.ui.map import latent_map
from explorer.ui.plain import plain
from explorer.ui.view import View
from explorer.workspace import Entry

MAP_HEIGHT = 400
PIXELS = 112
POLL_SECONDS = 0.3
INTRODUCTION = (
    "What is the probability that a model gives to one example, why is it hard to know, how is it estimated all the "
    "same, and what has the ELBO to do with it? Every number on this page is about the example beside it, and is "
    "computed anew when you choose another, drag its handle, or change the draws."
)


def page() -> None:
    opened = shell.opened()
    if opened is None:
        return
    view, entry = opened
    with st.sidebar:
        sidebar.model_picker(view.model)
        badge.badge(entry)
        sidebar.map_picker(view, entry)
    session.mirror()
    _body()


@st.fragment
def _body() -> None:
    session.redraw_all_if_needed()
    shell.guarded(_argument_and_example)


def _argument_and_example() -> None:
    view = st.session_state.view
    entry = shell.entry_of(view)
    st.title("The bound", anchor=False)
    st.markdown(INTRODUCTION)
    with st.container(key="bound"):  # the style sheet stacks its columns where the window is narrow
        left, right = st.columns([17, 10], gap="large")
    with right, st.container(key="bound_side"):
        _example(entry, view)
    with left:
        if view.selected is None:
            st.info("Click an example on the map to make it the subject.")
            return
        try:
            _argument(Work(entry, view.selected, controls.question(view)), view)
        except ExplainError as error:
            st.info(plain(str(error)))


def _example(entry: Entry, view: View) -> None:
    """Who it is about: the example, the map to choose another from, and what a reader can change."""
    if view.selected is not None:
        inspector.head(entry, view)
        _images(entry, view, view.selected)
    props = replace(
        drawn.examples(entry, view, drawn.map_spec(entry, view)),
        layers=("likelihood",),
        handles=view.handles[:1],
        height=MAP_HEIGHT,
    )
    latent_map(props, key="bound_map", on_gesture=gestured)
    if view.selected is not None:
        _at_the_handle(entry, view, view.selected)
    controls.draws(view)
    controls.proposal(view)


def _images(entry: Entry, view: View, example_id: int) -> None:
    shown = {
        "x": entry.dataset.x(entry.atlas.row(example_id))[0],
        "reconstruction": decoding.decode(entry, decoding.encoded(entry, example_id).mean.numpy())[0],
    }
    if view.handles:
        shown["at the handle"] = decoding.decode(entry, decoding.handle_codes(entry, view)[:1])[0]
    cells = "".join(
        f"<figure><img src='{pictures.data_uri(x, PIXELS)}' alt='{name}'><figcaption>{name}</figcaption></figure>"
        for name, x in shown.items()
    )
    st.html(f"<div class='lx-images'>{cells}</div>")


def _at_the_handle(entry: Entry, view: View, example_id: int) -> None:
    """The integrand where the handle was let go; during a drag it stands beside the handle."""
    if not view.handles:
        return
    z = decoding.handle_codes(entry, view)[0]
    likelihood, prior = log_densities_at(Work(entry, example_id, controls.question(view)).found().subject, z)
    rows = _row("handle-likelihood", "log p(x|z) at the handle", likelihood) + _row(
        "handle-prior", "log p(z) there", prior
    )
    st.html(f"<table class='lx-figures'>{rows}</table>")


def _row(key: str, name: str, term: Term) -> str:
    value = escape(text.nats(term, "not finite"))
    return f"<tr><th>{name}</th><td data-testid='{key}'>{value}</td></tr>"


def _argument(asked_for: Work, view: View) -> None:
    found = asked_for.found()
    is_running = asked.is_running(asked_for.asked, _sentence)
    if is_running:
        _follow(asked_for, stage(found))
    elif found.fraction < 1:
        st.button("Go on", key="bound_again", icon=":material/play_arrow:", on_click=asked_for.again)
    actions = {"naive": lambda: _beside(found), "better": lambda: _better(asked_for, view)}
    for each in work.chapters_of(found):
        blocks.chapter(each, actions.get(each.key))


@st.fragment(run_every=POLL_SECONDS)
def _follow(asked_for: Work, shown: tuple[bool, ...]) -> None:
    """Draws the page anew where another part of the argument has its numbers."""
    newest = asked.newest(asked_for.asked)
    if newest is not None and stage(newest) != shown:
        st.rerun()


def stage(found: Results) -> tuple[bool, ...]:
    """Which parts are there."""
    parts = (found.naive, found.encoder, found.chosen, found.needle, found.rate, found.own, found.density)
    return tuple(part is not None for part in parts)


def _sentence(found: Results | None) -> str:
    if found is None or found.encoder is None or isinstance(found.encoder, Missing):
        return "Drawing"
    n, of = len(found.encoder), found.question.n_draws
    return f"{n:,} of {of:,} draws" if n < of else "Fitting a density to this example"


def _beside(found: Results) -> None:
    numbers = work.beside(found)
    if numbers is not None:
        blocks.show(numbers)


def _better(asked_for: Work, view: View) -> None:
    """Each way to close the gap as a button that does it for this example."""
    row = st.container(horizontal=True)
    n = view.n_draws * 10
    row.button(
        f"More draws: N = {min(n, controls.MOST_DRAWS):,}",
        key="bound_more",
        disabled=view.n_draws >= controls.MOST_DRAWS,
        on_click=controls.draw,
        args=(n,),
    )
    row.button(
        "A better q for this x: take the gap apart",
        key="bound_apart",
        disabled=asked.newest(asked_for.apart) is not None,
        on_click=asked_for.take_apart,
    )
    row.button(
        "A better family: fit a density to this x",
        key="bound_fit",
        disabled=view.proposal == Kind.FITTED,
        on_click=controls.propose,
        args=(Kind.FITTED,),
    )
    asked.is_running(asked_for.apart, lambda part: "Fitting Gaussians to this example")
