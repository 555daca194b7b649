"""What takes a second and does not depend on the number of draws: found once for an example, and kept.

Each of them is a row of steps: the share of the work that is done, after each, and at last what was wanted. Whoever
asks can stop at any of them. The posterior's modes are climbed to once: the draws of the density that was fitted there
give log p(x) and, above two dimensions, the picture of the posterior.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from explorer.bounds.density import PlaneDensity, plane_density
from explorer.bounds.noise import Source, Stream
from explorer.bounds.split import NEEDED, Split, split
from explorer.explain.error import Missing
from explorer.explain.terms import proposing
from explorer.explain.terms.cache import Kept
from explorer.explain.terms.draws import Draws, from_proposal, more
from explorer.explain.terms.estimate import Estimate, estimate
from explorer.explain.terms.proposing import CANNOT
from explorer.explain.terms.subject import Ground, Subject

# Draws of the fitted density for an estimate of log p(x) of our own: an error of a few hundredths of a nat.
OWN_DRAWS = 2_048
PART = 22

# The share of the time for these draws that the fit takes.
_FITTING = 0.8

_own: Kept[Estimate] = Kept(64)
_own_draws: Kept[Draws] = Kept(4)
_densities: Kept[PlaneDensity | Missing] = Kept(16)
_splits: Kept[Split | Missing] = Kept(64)


def known(subject: Subject, seed: int) -> tuple[Estimate | None, PlaneDensity | Missing | None]:
    """The estimate and the picture as far as they are kept: what does not depend on N need not wait for its draws."""
    key = (subject.key, subject.example_id, seed)
    return _own.get(key), _densities.get(key)


def own_estimate(subject: Subject, seed: int) -> Iterator[float | Estimate | Missing]:
    """log p(x) from fresh draws of the density that was fitted to x."""
    key = (subject.key, subject.example_id, seed)
    if (known := _own.get(key)) is not None:
        yield known
        return
    for step in own_draws(subject, seed):
        yield _own.keep(key, estimate(step.log_w)) if isinstance(step, Draws) else step


def own_draws(subject: Subject, seed: int) -> Iterator[float | Draws | Missing]:
    """Fresh draws of the density that was fitted to x."""
    key = (subject.key, subject.example_id, seed)
    if (known := _own_draws.get(key)) is not None:
        yield known
        return
    for step in proposing.fitting(subject, seed):
        if isinstance(step, float):
            yield _FITTING * step
        elif isinstance(step, Missing):
            yield step
        else:
            part_of = from_proposal(subject, step, Source(seed, Stream.DISPLAY, PART))
            for drawn in more(None, OWN_DRAWS, part_of):
                share = len(drawn) / OWN_DRAWS
                yield _FITTING + (1 - _FITTING) * share if share < 1 else _own_draws.keep(key, drawn)


def density_of(subject: Subject, seed: int) -> Iterator[float | PlaneDensity | Missing]:
    """p(z|x) and q(z|x) on the subject's plane."""
    key = (subject.key, subject.example_id, seed)
    if (known := _densities.get(key)) is not None:
        yield known
        return
    if subject.ground is None:
        yield Missing("Latent space has one dimension here: there is no plane to draw the densities on.")
        return
    drawn: Draws | None = None
    # In two dimensions the posterior is known on a grid.
    for step in own_draws(subject, seed) if subject.model.latent_dim > 2 else ():
        if isinstance(step, float):
            yield step
        elif isinstance(step, Draws):
            drawn = step
    yield _densities.keep(key, _density(subject, subject.ground, seed, drawn))


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


def split_of(subject: Subject, seed: int) -> Iterator[float | Split | Missing]:
    """The gap in its parts."""
    key = (subject.key, subject.example_id, seed)
    if (known := _splits.get(key)) is not None:
        yield known
        return
    if (stored := subject.stored) is None or not subject.trusted.is_known:
        yield Missing("The atlas has no log p(x) of this example, so that its gap has no parts.")
        return
    columns = {name: np.array([float(stored[name])]) for name in NEEDED}
    try:
        for step in split(subject.model, subject.one, columns, seed, proposing.survey_of(subject)):
            if step.split is None:
                yield float(step.fraction)
            else:
                yield _splits.keep(key, step.split)
    except (*CANNOT, RuntimeError) as error:
        yield Missing(f"The gap of this model cannot be taken apart. {proposing.said(error)}")
