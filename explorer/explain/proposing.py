"""The densities that the argument draws from, made from a choice for one x.

    narrower, wider   N(mu, (s F)(s F)')           q with every standard deviation times s
    shifted           N(mu + a F 1/sqrt(d), F F')  q moved by a of its own standard deviations
    fitted            a mixture around the modes of p(z|x), moved to the moments of weighted draws where that fails:
                      what the atlas's ladder of proposals does (docs/estimators.md)

References: docs/estimators.md for the fit; Hesterberg 1995 (the mixture).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch
from torch import Tensor

from explorer.bounds import weights
from explorer.bounds.engine import Examples, draw
from explorer.bounds.estimates import estimate
from explorer.bounds.ladder import WIDTH
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import (
    DiagonalGaussian,
    FullGaussian,
    Mixture,
    Proposal,
    adapted,
    centre,
    encoder,
    modes,
    prior,
)
from explorer.bounds.proposals.gaussian import apply
from explorer.explain.error import Missing
from explorer.explain.kept import Kept
from explorer.explain.question import Choice, Kind
from explorer.explain.subject import Subject
from explorer.model import LatentModel

# Draws of the rounds in which a fit is tried and improved.
ROUNDS = (1024, 1024, 2048)
# Every component is there in three widths, as a posterior's tail may be long and thin: by how many nats a draw of the
# wider one lies deeper on average, and the share of the draws that it has. For d = 2: 1, 1.5 and 3 times as wide.
DEPTHS = {0.0: 0.9, 1.25: 0.07, 8.0: 0.03}
# A fit whose weights have a lighter tail than this is good enough to stop.
GOOD_SHAPE = 0.4
# Of the streams of random numbers those that no score uses.
PART = 40

# The share of a fit's time until its starts are known, and until its modes are.
_SURVEYED, _CLIMBED = 0.1, 0.8

# What a model's densities raise where they cannot do what is asked of them.
CANNOT = (TypeError, ValueError, NotImplementedError, FloatingPointError, AttributeError)

_NO_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)

_surveys: Kept[modes.Survey] = Kept(4)
_fits: Kept[Proposal] = Kept(64)


def proposal_of(subject: Subject, choice: Choice, seed: int) -> Proposal | Missing:
    """The density of a choice for the subject's x, or why this model has none."""
    if choice.kind is Kind.PRIOR:
        return prior_of(subject)
    if choice.kind is Kind.FITTED:
        return fitted(subject, seed)
    q = encoder_of(subject)
    return q if isinstance(q, Missing) or choice.kind is Kind.ENCODER else _changed(q, choice)


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
    *_, found = fitting(subject, seed)
    assert not isinstance(found, float), "the last step is the density"
    return found


@torch.no_grad()
def fitting(subject: Subject, seed: int) -> Iterator[float | Proposal | Missing]:
    """The share of the work that is done, after each step, and at last what `fitted` is."""
    key = (subject.key, subject.example_id, seed)
    if (known := _fits.get(key)) is not None:
        yield known
        return
    try:
        for step in _fit(subject.model, subject.one, survey_of(subject), seed):
            yield step if isinstance(step, float) else _fits.keep(key, step)
    except (*CANNOT, RuntimeError) as error:
        yield Missing(f"No density could be fitted to p(z|x) of this x. {said(error)}")


def survey_of(subject: Subject) -> modes.Survey:
    """What is known of the model before any example is seen, found once and kept."""
    if (known := _surveys.get(subject.key)) is not None:
        return known
    return _surveys.keep(subject.key, modes.survey(subject.model))


def _fit(model: LatentModel, one: Examples, known: modes.Survey, seed: int) -> Iterator[float | Proposal]:
    starts, _ = modes.surveyed(model, one.x, known)
    yield _SURVEYED
    starts = torch.cat([_first_start(model, one.x, starts), starts])
    # An example that is alone needs no block that others would fit in: a fifth of the time.
    found = modes.fit(model, one.x, starts, known, n_at_once=len(starts))
    around = tuple(c.scaled(WIDTH, known.active) for c in found.components)
    proposal = _defended(around, found.shares)
    drawn: list[tuple[Tensor, Tensor]] = []
    for part, n in enumerate(ROUNDS):
        yield _CLIMBED + (1 - _CLIMBED) * part / len(ROUNDS)
        drawn.append(draw(model, one, proposal, n, Source(seed, Stream.DISPLAY, PART + part)))
        shape = float(estimate(weights.of(drawn[-1][1], weights.tail_length(n) + 1)).pareto_k)
        if shape < GOOD_SHAPE:
            break
        z, log_w = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        moved = adapted.fit(found.best, z, log_w, known.active).scaled(WIDTH, known.active)
        half = torch.full((1, 1), 0.5, dtype=torch.float64)
        proposal = _defended((moved, *around), torch.cat([half, 0.5 * found.shares], 1))
    yield proposal


def _defended(components: tuple[FullGaussian, ...], shares: Tensor) -> Mixture:
    """The mixture, and small shares of the same components made wider, so that no weight can be very large."""
    # Under N(0, s^2 I) in d dimensions E |z|^2/2 is s^2 d/2.
    widths = [(1 + 2 * depth / components[0].n_noise) ** 0.5 for depth in DEPTHS]
    every = tuple(c.scaled(width) for width in widths for c in components)
    return Mixture(every, torch.cat([share * shares for share in DEPTHS.values()], 1))


def _first_start(model: LatentModel, x: Tensor, others: Tensor) -> Tensor:
    """Where q has its centre, (1, 1, d); nowhere for a q without a density."""
    try:
        return centre(encoder(model, x))[None].to(others)
    except CANNOT:
        return others[:0]


def _changed(q: Proposal, choice: Choice) -> Proposal | Missing:
    if choice.kind is Kind.SHIFTED:
        changed = _shifted(q, choice.amount)
    else:
        changed = _scaled(q, choice.amount if choice.kind is Kind.WIDER else 1 / choice.amount)
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
