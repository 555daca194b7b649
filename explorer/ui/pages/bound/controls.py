"""What a reader changes: N, K, the proposal and how far it is moved. Kept in the view, and so in the link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from explorer.explain import MOST_DRAWS, MOST_FACTOR, ProposalChoice, ProposalKind, Question
from explorer.ui.state import session
from explorer.ui.state.view import View
from explorer.ui.widgets.widget import Widget

N_CHOICES = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, MOST_DRAWS)
# As many as leave some groups of them in the most draws.
MOST_WITHIN = 10_000
PROPOSALS: Mapping[ProposalKind, str] = {
    ProposalKind.ENCODER: "q(z|x), the encoder's",
    ProposalKind.NARROWER: "narrower",
    ProposalKind.WIDER: "wider",
    ProposalKind.SHIFTED: "shifted",
    ProposalKind.PRIOR: "the prior",
    ProposalKind.FITTED: "fitted to this x",
}
_AMOUNTS: Mapping[ProposalKind, tuple[str, float, float]] = {
    ProposalKind.NARROWER: ("standard deviations divided by", 1.0, MOST_FACTOR),
    ProposalKind.WIDER: ("standard deviations times", 1.0, MOST_FACTOR),
    ProposalKind.SHIFTED: ("shifted, in standard deviations", 0.0, MOST_FACTOR),
}
_N, _K = Widget[int]("bound_n"), Widget[int]("bound_k")
_PROPOSAL, _AMOUNT = Widget[str]("bound_proposal"), Widget[float]("bound_amount")


def question(view: View) -> Question:
    """What the view asks."""
    return Question(n_draws=view.n_draws, choice=view.proposal, k=view.k)


def draws(view: View) -> None:
    """N, on a scale of powers."""
    choices = sorted({*N_CHOICES, view.n_draws})
    st.select_slider(
        "N, draws",
        choices,
        key=_N.given(view.n_draws),
        format_func=lambda n: f"{n:,}",
        on_change=lambda: draw(_N.value),
        help="The first draws are the same for every larger N.",
    )


def draw(n: int) -> None:
    """Asks for N draws."""
    session.change(replace(session.view(), n_draws=int(min(n, MOST_DRAWS))))


def within(view: View) -> None:
    """K, on a scale of powers."""
    choices = sorted({*(n for n in N_CHOICES if n <= MOST_WITHIN), view.k})
    st.select_slider(
        "K, within the bound",
        choices,
        key=_K.given(view.k),
        format_func=lambda k: f"{k:,}",
        on_change=lambda: session.change(replace(session.view(), k=_K.value)),
        help="Step 8: the bound averages K weights before it takes the logarithm; K = 1 is the ELBO.",
    )


def proposal(view: View) -> None:
    """Which density is drawn from, and how far it is moved."""
    st.selectbox(
        "Proposal",
        [kind.value for kind in PROPOSALS],
        key=_PROPOSAL.showing(view.proposal.kind.value),
        format_func=lambda kind: PROPOSALS[ProposalKind(kind)],
        on_change=lambda: propose(ProposalKind(_PROPOSAL.value)),
        help="Where the draws of step 5 come from: both averages move with it, log p(x) does not.",
    )
    if view.proposal.kind in _AMOUNTS:
        words, low, high = _AMOUNTS[view.proposal.kind]
        amount = view.proposal.amount
        st.slider(words, low, high, key=_AMOUNT.given(amount), step=0.25, on_change=_moved)


def propose(kind: ProposalKind) -> None:
    """Another proposal, with its usual amount."""
    session.change(replace(session.view(), proposal=ProposalChoice.usual(kind)))


def _moved() -> None:
    choice = session.view().proposal
    # A belated message may have the amount of the proposal before.
    if choice.kind in _AMOUNTS:
        _, low, high = _AMOUNTS[choice.kind]
        amount = min(max(_AMOUNT.value, low), high)
        session.change(replace(session.view(), proposal=replace(choice, amount=amount)))
