"""The chapters as they stand on the page: made anew only where they would show more than they do."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from explorer.explain import Kind, Results, chapters
from explorer.explain.blocks import Block, Button, Buttons
from explorer.explain.draws import Draws
from explorer.ui import asked
from explorer.ui.asked import Question
from explorer.ui.bound import controls
from explorer.ui.bound.argument import argument, payload
from explorer.ui.bound.work import Work
from explorer.ui.view import View


@dataclass(frozen=True)
class Sign:
    """What the chapters on the page were made of."""

    asked: Question
    k: int
    reached: tuple[object, ...]
    is_asked_apart: bool
    is_apart: bool
    is_beside: bool


def sign_of(asked_for: Work, view: View, found: Results) -> Sign:
    return Sign(
        asked_for.asked,
        view.k,
        milestone(found),
        asked.newest(asked_for.apart) is not None,
        found.split is not None,
        asked_for.beside(found) is not None,
    )


def show(asked_for: Work, view: View) -> None:
    """The argument with the numbers so far."""
    found = asked_for.found()
    sign = sign_of(asked_for, view, found)
    if st.session_state.get("bound_sign") != sign:
        beside = asked_for.beside(found)
        added: dict[str, list[Block]] = {
            "naive": [] if beside is None else [beside],
            "better": [_buttons(view, sign.is_asked_apart)],
        }
        steps = [step.before_sources(*added.get(step.key, [])) for step in chapters(found)]
        st.session_state.bound_payload = payload(steps)
        st.session_state.bound_sign = sign
    argument(
        st.session_state.bound_payload,
        {
            "more": lambda: controls.draw(view.n_draws * 10),
            "apart": asked_for.take_apart,
            "fit": lambda: controls.propose(Kind.FITTED),
        },
    )


def is_up_to_date(asked_for: Work, view: View) -> bool:
    """Whether the chapters show all that is known."""
    return bool(st.session_state.bound_sign == sign_of(asked_for, view, asked_for.found()))


def is_news(found: Results) -> bool:
    """Whether results of the same question hold more than the chapters show."""
    return bool(st.session_state.bound_sign.reached != milestone(found))


def milestone(found: Results) -> tuple[object, ...]:
    """Which parts are there, and how many draws to the next power of two: a reader sees nothing of what is between."""
    parts = (
        found.naive,
        found.encoder,
        found.chosen,
        found.needle,
        found.rate,
        found.own,
        found.density,
    )
    drawn = (found.naive, found.encoder, found.chosen)
    lengths = [len(d) for d in drawn if isinstance(d, Draws)]
    is_all = all(n == found.question.n_draws for n in lengths)
    return (*(part is not None for part in parts), is_all, *(n.bit_length() for n in lengths))


def _buttons(view: View, is_apart: bool) -> Buttons:
    """Each way to close the gap, done for this example."""
    n = min(view.n_draws * 10, controls.MOST_DRAWS)
    return Buttons(
        (
            Button("more", f"More draws: N = {n:,}", view.n_draws < controls.MOST_DRAWS),
            Button("apart", "A better q for this x: take the gap apart", not is_apart),
            Button("fit", "A better family: fit a density to this x", view.proposal != Kind.FITTED),
        )
    )
