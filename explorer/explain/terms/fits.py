"""What takes a second and does not depend on the number of draws: found once for an example, and kept.

Each of them comes in steps, the last of which has what was wanted; whoever asks can stop at any of them. The
posterior's modes are climbed to once: the draws of the density that was fitted there give log p(x) and, above two
dimensions, the picture of the posterior.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from explorer.bounds.density import PlaneDensity, plane_density
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal
from explorer.bounds.split import NEEDED, GapParts, split
from explorer.explain.error import Missing
from explorer.explain.terms import proposing
from explorer.explain.terms.cache import Kept, once
from explorer.explain.terms.draws import Draws, from_proposal, more
from explorer.explain.terms.estimate import Estimate, estimate
from explorer.explain.terms.proposing import CANNOT
from explorer.explain.terms.subject import Ground, Subject
from explorer.steps import Step

# Draws of the fitted density for an estimate of log p(x) of our own: an error of a few hundredths of a nat.
OWN_DRAWS = 2_048
PART = 22

# The share of the time for these draws that the fit takes.
_FITTING = 0.8

_own: Kept[Estimate | Missing] = Kept(64)
_own_draws: Kept[Draws | Missing] = Kept(4)
_densities: Kept[PlaneDensity | Missing] = Kept(16)
_splits: Kept[GapParts] = Kept(64)


def known(subject: Subject, seed: int) -> tuple[Estimate | Missing | None, PlaneDensity | Missing | None]:
    """The estimate and the picture as far as they are kept: what does not depend on N need not wait for its draws."""
    key = (subject.key, subject.example_id, seed)
    return _own.get(key), _densities.get(key)


def own_estimate(subject: Subject, seed: int) -> Iterator[Step[Estimate | Missing]]:
    """log p(x) from fresh draws of the density that was fitted to x."""
    return once(_own, (subject.key, subject.example_id, seed), lambda: _estimated(subject, seed))


def own_draws(subject: Subject, seed: int) -> Iterator[Step[Draws | Missing]]:
    """Fresh draws of the density that was fitted to x."""
    return once(_own_draws, (subject.key, subject.example_id, seed), lambda: _drawn(subject, seed))


def density_of(subject: Subject, seed: int) -> Iterator[Step[PlaneDensity | Missing]]:
    """p(z|x) and q(z|x) on the subject's plane."""
    if (ground := subject.ground) is None:
        reason = "Latent space has one dimension here: there is no plane to draw the densities on."
        return iter([Step(1.0, Missing(reason))])
    key = (subject.key, subject.example_id, seed)
    return once(_densities, key, lambda: _pictured(subject, ground, seed))


def split_of(subject: Subject, seed: int) -> Iterator[Step[GapParts | Missing]]:
    """The gap in its parts."""
    if (stored := subject.stored) is None or not subject.trusted.is_known:
        reason = "The atlas has no log p(x) of this example, so that its gap has no parts."
        yield Step(1.0, Missing(reason))
        return
    columns = {name: np.array([float(stored[name])]) for name in NEEDED}
    key, survey = (subject.key, subject.example_id, seed), proposing.survey_of(subject)
    try:
        yield from once(_splits, key, lambda: split(subject.model, subject.one, columns, seed, survey))
    except (*CANNOT, RuntimeError) as error:
        yield Step(1.0, Missing(f"The gap of this model cannot be taken apart. {proposing.said(error)}"))


def _estimated(subject: Subject, seed: int) -> Iterator[Step[Estimate | Missing]]:
    for step in own_draws(subject, seed):
        drawn = step.result
        yield Step(step.fraction, estimate(drawn.log_w) if isinstance(drawn, Draws) else drawn)


def _drawn(subject: Subject, seed: int) -> Iterator[Step[Draws | Missing]]:
    proposal: Proposal | Missing | None = None
    for step in proposing.fitting(subject, seed):
        proposal = step.result
        if proposal is None:
            yield Step(_FITTING * step.fraction)
    assert proposal is not None, "a fit ends with its density"
    if isinstance(proposal, Missing):
        yield Step(1.0, proposal)
        return
    part_of = from_proposal(subject, proposal, Source(seed, Stream.DISPLAY, PART))
    for drawn in more(None, OWN_DRAWS, part_of):
        share = len(drawn) / OWN_DRAWS
        yield Step(_FITTING + (1 - _FITTING) * share, drawn if share == 1 else None)


def _pictured(subject: Subject, ground: Ground, seed: int) -> Iterator[Step[PlaneDensity | Missing]]:
    drawn: Draws | Missing | None = None
    # In two dimensions the posterior is known on a grid.
    for step in own_draws(subject, seed) if subject.model.latent_dim > 2 else ():
        drawn = step.result
        if drawn is None:
            yield Step(step.fraction)
    yield Step(1.0, _density(subject, ground, seed, drawn if isinstance(drawn, Draws) else None))


def _density(subject: Subject, ground: Ground, seed: int, drawn: Draws | None) -> PlaneDensity | Missing:
    try:
        return plane_density(
            subject.model,
            subject.one,
            ground.origin,
            ground.basis,
            seed,
            None if subject.model.latent_dim == 2 else proposing.survey_of(subject),
            drawn=None if drawn is None else (torch.from_numpy(drawn.z), torch.from_numpy(drawn.log_w)),
        )
    except (*CANNOT, RuntimeError) as error:
        return Missing(f"The posterior cannot be drawn. {proposing.said(error)}")
