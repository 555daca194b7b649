"""Every number of the argument for one example, as far as it is known: ever larger results, and a stop between them.

What is quick comes first: a first thousand draws, then the rest of them, then an estimate of log p(x) of our own and
the posterior on a plane. Draws, fits and densities are kept, so that another N, or another proposal, costs only what
is new; the first N draws are the same for every larger N. A stop loses no draw, and of the fit, which takes longer than
all else, no more than what it had done: its steps give the same results with a larger fraction, so that whoever goes on
to another example is not kept waiting by this one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from explorer.bounds.density import PlaneDensity
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal
from explorer.bounds.split import GapParts
from explorer.explain.error import ExplainError, Missing
from explorer.explain.terms import draws as drawing
from explorer.explain.terms import fits, proposing
from explorer.explain.terms.cache import Kept
from explorer.explain.terms.draws import PER_REPORT, Draws, Part
from explorer.explain.terms.elbo import Rate, rate_of
from explorer.explain.terms.estimate import Estimate
from explorer.explain.terms.needle import Needle, needle
from explorer.explain.terms.prior_draws import from_prior
from explorer.explain.terms.proposing import CANNOT
from explorer.explain.terms.question import ProposalChoice, ProposalKind, Question
from explorer.explain.terms.subject import Subject
from explorer.steps import Step

# One stream for q and its changes: moving the proposal moves its draws, and nothing else.
_PARTS = {ProposalKind.FITTED: 21}
_Q_PART = 20
# The share of the work until the draws are there, and until there is an estimate of our own.
_DRAWN, _ESTIMATED = 0.8, 0.95


@dataclass(frozen=True, eq=False)
class Results:
    """What is known so far; None is not yet, `Missing` is never, with the reason.

    Attributes:
        subject: whom it is about.
        question: what was asked.
        reconstruction: E[x|z] at the mean of q(z|x), (*shape,).
        needle: the integrand along one axis.
        rate: KL[q || p(z)] as far as it has a closed form.
        naive: draws of the prior.
        encoder: draws of q(z|x).
        chosen: draws of the chosen proposal.
        own: an estimate of log p(x) from draws of the fitted density.
        density: p(z|x) and q(z|x) on a plane.
        split: the gap in its parts; only where it was asked for, see `taken_apart`.
        beside: another model's naive estimate; only where it was asked for, see `beside`.
    """

    subject: Subject
    question: Question
    reconstruction: np.ndarray | Missing | None = None
    needle: Needle | Missing | None = None
    rate: Rate | Missing | None = None
    naive: Draws | Missing | None = None
    encoder: Draws | Missing | None = None
    chosen: Draws | Missing | None = None
    own: Estimate | Missing | None = None
    density: PlaneDensity | Missing | None = None
    split: GapParts | Missing | None = None
    beside: Results | None = None


_draws: Kept[Draws] = Kept(24)


def results(subject: Subject, question: Question) -> Iterator[Step[Results]]:
    """The results so far, each better than the last; the last one is whole but for the split."""
    found = _at_once(subject, Results(subject, question))
    first = min(question.n_draws, PER_REPORT)
    for n in dict.fromkeys((first, question.n_draws)):
        for name, choice in _wanted(question.choice):
            for drawn in _drawn(subject, choice, question.seed, n):
                cut = drawn if isinstance(drawn, Missing) else drawn.first(min(len(drawn), n))
                found = _with(found, name, cut)
                # Before the first draws of all three there is no argument to show.
                if found.naive is not None and found.encoder is not None and found.chosen is not None:
                    yield Step(_DRAWN * _share(found), found)
    for own in fits.own_estimate(subject, question.seed):
        found = found if own.result is None else replace(found, own=own.result)
        yield Step(_DRAWN + (_ESTIMATED - _DRAWN) * own.fraction, found)
    for density in fits.density_of(subject, question.seed):
        found = found if density.result is None else replace(found, density=density.result)
        yield Step(_ESTIMATED + (1 - _ESTIMATED) * density.fraction, found)


def taken_apart(found: Results) -> Iterator[Step[Results]]:
    """The same results with the gap split into amortization, mean field and residual.

    About a second on the shipped models; the caller asks for it.
    """
    for step in fits.split_of(found.subject, found.question.seed):
        yield Step(step.fraction, found if step.result is None else replace(found, split=step.result))


def _wanted(choice: ProposalChoice) -> Iterator[tuple[str, ProposalChoice]]:
    """The sets of draws by the name of their field; one that serves two is drawn once."""
    yield "naive", ProposalChoice(ProposalKind.PRIOR)
    yield "encoder", ProposalChoice()
    if choice.kind not in (ProposalKind.PRIOR, ProposalKind.ENCODER):
        yield "chosen", choice


def _with(found: Results, name: str, drawn: Draws | Missing) -> Results:
    """With one set of draws; the chosen ones may be the prior's or the encoder's."""
    sets = {"naive": found.naive, "encoder": found.encoder, "chosen": found.chosen, name: drawn}
    same = {ProposalKind.PRIOR: "naive", ProposalKind.ENCODER: "encoder"}.get(
        found.question.choice.kind, "chosen"
    )
    return replace(found, naive=sets["naive"], encoder=sets["encoder"], chosen=sets[same])


def _share(found: Results) -> float:
    """Of the draws that were asked for."""
    sets = (found.naive, found.encoder, found.chosen)
    n = found.question.n_draws
    return sum(1.0 if isinstance(s, Missing) else len(s) / n for s in sets if s is not None) / len(sets)


def _drawn(subject: Subject, choice: ProposalChoice, seed: int, n: int) -> Iterator[Draws | Missing]:
    """Ever more draws of a proposal, from those that are kept on."""
    proposal = proposing.proposal_of(subject, choice, seed)
    if isinstance(proposal, Missing):
        yield proposal
        return
    key = (subject.key, subject.example_id, choice, seed)
    try:
        for drawn in drawing.more(_draws.get(key), n, _part_of(subject, proposal, choice, seed)):
            yield _draws.keep(key, drawn)
    except CANNOT as error:
        yield Missing(f"The draws of {choice.words} cannot be weighed. {proposing.said(error)}")


def _part_of(
    subject: Subject, proposal: Proposal, choice: ProposalChoice, seed: int
) -> Callable[[int, int], Part]:
    if choice.kind is ProposalKind.PRIOR:
        return from_prior(subject, proposal, seed)
    source = Source(seed, Stream.DISPLAY, _PARTS.get(choice.kind, _Q_PART))
    return drawing.from_proposal(subject, proposal, source)


def _at_once(subject: Subject, found: Results) -> Results:
    """What needs no draws, or has been found before."""
    _check(subject)
    own, density = fits.known(subject, found.question.seed)
    found = replace(found, own=own, density=density)
    q = proposing.encoder_of(subject)
    if isinstance(q, Missing):
        return replace(found, reconstruction=q, needle=q, rate=q)
    try:
        rate = rate_of(subject)
        return replace(
            found,
            reconstruction=_decoded(subject, q),
            needle=needle(subject, q, rate.by_dim),
            rate=rate,
        )
    except CANNOT as error:
        reason = Missing(f"The encoder's answer to this x cannot be decoded. {proposing.said(error)}")
        return replace(found, reconstruction=reason, needle=reason, rate=reason)


@torch.inference_mode()
def _decoded(subject: Subject, q: Proposal) -> np.ndarray:
    z = proposing.centre(q)[None].to(subject.model.prior().mean.dtype)
    return subject.model.likelihood(z).given(subject.one.x).mean[0, 0].numpy()


def _check(subject: Subject) -> None:
    if len(subject.one) != 1:
        raise ExplainError("the subject", "one example", f"{len(subject.one)}", "Choose one example.")
