"""The densities that the argument draws from, made from a choice for one x.

narrower, wider   N(mu, (s F)(s F)')           q with every standard deviation times s
shifted           N(mu + a F 1/sqrt(d), F F')  q moved by a of its own standard deviations
fitted            a mixture around the modes of p(z|x), moved to the moments of weighted draws where that fails,
                  and defended: what the atlas's ladder of proposals does (`bounds/proposals/fitted.py`)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch

from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import (
    DiagonalGaussian,
    FullGaussian,
    Mixture,
    Proposal,
    centre,
    encoder,
    modes,
    prior,
)
from explorer.bounds.proposals.fitted import fit
from explorer.bounds.proposals.gaussian import apply
from explorer.explain.error import Missing
from explorer.explain.terms.cache import Kept, once
from explorer.explain.terms.question import ProposalChoice, ProposalKind
from explorer.explain.terms.subject import Subject
from explorer.steps import Step, last

# Of the streams of random numbers those that no score uses.
PART = 40

# What a model's densities raise where they cannot do what is asked of them.
CANNOT = (TypeError, ValueError, NotImplementedError, FloatingPointError, AttributeError)

_NO_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)

_surveys: Kept[modes.Survey] = Kept(4)
_fits: Kept[Proposal] = Kept(64)


def proposal_of(subject: Subject, choice: ProposalChoice, seed: int) -> Proposal | Missing:
    """The density of a choice for the subject's x, or why this model has none."""
    if choice.kind is ProposalKind.PRIOR:
        return prior_of(subject)
    if choice.kind is ProposalKind.FITTED:
        return fitted(subject, seed)
    q = encoder_of(subject)
    return q if isinstance(q, Missing) or choice.kind is ProposalKind.ENCODER else _changed(q, choice)


@torch.no_grad()
def encoder_of(subject: Subject) -> Proposal | Missing:
    """q(z|x), whose density must be known wherever it is drawn from."""
    try:
        return encoder(subject.model, subject.one.x)
    except CANNOT as error:
        return Missing(
            "This model's q(z|x) has no density that can be worked out, so that no importance weight with it, no ELBO "
            f"and no KL divergence of it can be had. {said(error)}"
        )


@torch.no_grad()
def prior_of(subject: Subject) -> Proposal | Missing:
    """p(z)."""
    try:
        return prior(subject.model, subject.one.x)
    except CANNOT as error:
        return Missing(f"This model's prior p(z) cannot be drawn from here. {said(error)}")


def fitted(subject: Subject, seed: int) -> Proposal | Missing:
    """The density that fits p(z|x) of this x, found once and kept."""
    return last(fitting(subject, seed))


@torch.no_grad()
def fitting(subject: Subject, seed: int) -> Iterator[Step[Proposal | Missing]]:
    """The steps to what `fitted` is."""
    source = Source(seed, Stream.DISPLAY, PART)
    try:
        yield from once(
            _fits,
            (subject.key, subject.example_id, seed),
            lambda: fit(subject.model, subject.one, _density_of_q(subject), survey_of(subject), source),
        )
    except (*CANNOT, RuntimeError) as error:
        yield Step(1.0, Missing(f"No density could be fitted to p(z|x) of this x. {said(error)}"))


def survey_of(subject: Subject) -> modes.Survey:
    """What is known of the model before any example is seen, found once and kept."""
    if (known := _surveys.get(subject.key)) is not None:
        return known
    return _surveys.keep(subject.key, modes.survey(subject.model))


def _density_of_q(subject: Subject) -> Proposal | None:
    """q(z|x), where it has a density and a place."""
    q = encoder_of(subject)
    return None if isinstance(q, Missing) or not bool(torch.isfinite(centre(q)).all()) else q


def _changed(q: Proposal, choice: ProposalChoice) -> Proposal | Missing:
    if choice.kind is ProposalKind.SHIFTED:
        changed = _shifted(q, choice.amount)
    else:
        changed = _scaled(q, choice.amount if choice.kind is ProposalKind.WIDER else 1 / choice.amount)
    return changed or Missing(
        f"This model's q(z|x) is a {type(q).__name__}: only Gaussians and mixtures of them are made narrower, wider or "
        "moved here. The encoder's own q, the prior and the fitted density can be chosen."
    )


def _scaled(q: Proposal, factor: float) -> Proposal | None:
    if isinstance(q, DiagonalGaussian | FullGaussian):
        return q.scaled(factor)
    if isinstance(q, Mixture):
        return Mixture(tuple(c.scaled(factor) for c in q.components), q.shares)
    return None


def _shifted(q: Proposal, amount: float) -> Proposal | None:
    if isinstance(q, DiagonalGaussian):
        return DiagonalGaussian(q.mean + amount / q.n_noise**0.5 * q.scale, q.scale)
    if isinstance(q, FullGaussian):
        along = torch.full((1, 1, q.n_noise), amount / q.n_noise**0.5, dtype=q.factor.dtype)
        return FullGaussian(q.mean + apply(q.factor, along.expand(1, len(q), -1))[0], q.factor)
    return None


def said(error: Exception) -> str:
    """What the model itself said, as a sentence; a list of what are no numbers says nothing to a reader."""
    text = " ".join(str(error).split())
    if not text or _NO_NUMBER.search(text):
        return f"It raises {type(error).__name__}."
    return f"It says: {text[:300].rstrip('.')}."
