"""What takes a second and does not depend on the number of draws: found once for an example, and kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.bounds.density import PlaneDensity, plane_density
from explorer.bounds.noise import Source, Stream
from explorer.bounds.split import NEEDED, Split, split
from explorer.explain import proposing
from explorer.explain.draws import from_proposal, more
from explorer.explain.error import Missing
from explorer.explain.estimate import Estimate, estimate
from explorer.explain.kept import Kept
from explorer.explain.proposing import CANNOT
from explorer.explain.subject import Subject

# Draws of the fitted density for an estimate of log p(x) of our own: an error of a few hundredths of a nat.
OWN_DRAWS = 2_048
PART = 22

_own: Kept[Estimate | Missing] = Kept(64)
_densities: Kept[PlaneDensity | Missing] = Kept(16)
_splits: Kept[Split | Missing] = Kept(64)


def own_estimate(subject: Subject, seed: int) -> Estimate | Missing:
    """log p(x) from fresh draws of the density that was fitted to x."""
    key = (subject.key, subject.example_id, seed)
    if (known := _own.get(key)) is not None:
        return known
    proposal = proposing.fitted(subject, seed)
    if isinstance(proposal, Missing):
        return proposal
    part_of = from_proposal(subject, proposal, Source(seed, Stream.DISPLAY, PART))
    *_, drawn = more(None, OWN_DRAWS, part_of)
    return _own.keep(key, estimate(drawn.log_w))


def density_of(subject: Subject, seed: int) -> PlaneDensity | Missing:
    """p(z|x) and q(z|x) on the subject's plane."""
    key = (subject.key, subject.example_id, seed)
    if (known := _densities.get(key)) is not None:
        return known
    if (ground := subject.ground) is None:
        return Missing("Latent space has one dimension here: there is no plane to draw the densities on.")
    try:
        known_model = None if subject.model.latent_dim == 2 else proposing.survey_of(subject)
        found: PlaneDensity | Missing = plane_density(
            subject.model, subject.one, ground.origin, ground.basis, seed, known_model
        )
    except (*CANNOT, RuntimeError) as error:
        found = Missing(f"The posterior cannot be drawn. {proposing.said(error)}")
    return _densities.keep(key, found)


def split_of(subject: Subject, seed: int) -> Iterator[float | Split | Missing]:
    """The share of the work that is done, after each step, and at last the gap in its parts."""
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
