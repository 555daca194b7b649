"""What is decided on the way to log p(x): does a proposal fit, how many draws does it need, does the result hold?

A pilot's Pareto k and its error decide before the draws that are reported are made; those draws decide nothing but
whether they hold. All of it is a function of estimates, so that it can be read, and tested, without a model.

References: Vehtari et al. 2024, section 3; Stein 1945 (a first sample that fixes the size of the second).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from explorer.bounds.estimates import Estimates
from explorer.bounds.pareto import trust_limit

# A pilot's k is known to about +-0.15: below this the fresh draws' k is nearly always below 0.5.
PILOT_SHAPE = 0.3
# What the last round may have, and every report: annealing costs a hundred times as much.
LAST_SHAPE = 0.5
# Beyond so many draws a better proposal is cheaper than more draws.
WORTH_DRAWING = 4096
MIN_SAMPLES = 256
# Draws planned beyond those that the pilot's error asks for: that error is itself an estimate.
MARGIN = 1.2
# Standard errors by which another estimate must lie above one to show that it missed something.
MISSED_ERRORS = 4.0
# Below this many nats two estimates that both have next to no error may differ by rounding alone.
ROUNDING_NATS = 1e-2


class Reason(StrEnum):
    """Why a proposal would not do."""

    NONE = ""
    MODES = "several modes"
    TAIL = "heavy tail"
    DRAWS = "too many draws needed"
    MISSED = "other draws found more"
    NOT_FINITE = "not finite"


@dataclass(frozen=True)
class LadderSettings:
    """What fixes the estimate beside weights, data and seed.

    Attributes:
        target_se: of log p(x), nats; 0.05 leaves a bias of about 0.001.
        max_samples: cap on K, the reported draws of an example.
        annealing: whether to end with annealed importance sampling where the others fail.
    """

    target_se: float = 0.05
    max_samples: int = 65_536
    annealing: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.target_se < math.inf:
            raise ValueError(
                f"the target standard error must be a positive number of nats, found {self.target_se}"
            )
        if self.max_samples < MIN_SAMPLES:
            raise ValueError(f"the cap on K must be at least {MIN_SAMPLES}, found {self.max_samples}")


@dataclass(frozen=True)
class Plan:
    """Draws to report of each example (N,), 0 where the pilot says that the proposal does not fit, and why."""

    n_samples: Tensor
    reason: list[Reason]

    def groups(self) -> Iterator[tuple[int, Tensor]]:
        """The examples by number of draws."""
        for n in self.n_samples.unique().tolist():
            if n:
                yield int(n), torch.nonzero(self.n_samples == n)[:, 0]

    def at_any_rate(self, n_samples: int) -> Plan:
        """The same with so many draws where none were planned."""
        return Plan(torch.where(self.n_samples > 0, self.n_samples, n_samples), self.reason)


def plan(pilot: Estimates, settings: LadderSettings, is_last: bool = False) -> Plan:
    """Doublings of `MIN_SAMPLES` that reach the target error by the pilot's account.

    The last proposal of its kind may have a heavier tail, and as many draws as the cap allows.
    """
    needed = MARGIN * pilot.n_samples * (pilot.log_px_se / settings.target_se) ** 2
    is_finite = torch.isfinite(pilot.log_px_nats) & torch.isfinite(needed)
    is_light = pilot.pareto_k < (LAST_SHAPE if is_last else PILOT_SHAPE)
    is_worth = needed <= (math.inf if is_last else WORTH_DRAWING)
    fits = is_finite & is_light & is_worth
    doublings = torch.ceil(torch.log2(torch.where(fits, needed, 1.0).clamp(min=1) / MIN_SAMPLES)).clamp(min=0)
    n_samples = (MIN_SAMPLES * 2**doublings).clamp(max=settings.max_samples)
    reason = [
        _why_not(*each) for each in zip(is_finite.tolist(), is_light.tolist(), fits.tolist(), strict=True)
    ]
    return Plan(torch.where(fits, n_samples, 0).long(), reason)


def _why_not(is_finite: bool, is_light: bool, fits: bool) -> Reason:
    if not is_finite:
        return Reason.NOT_FINITE
    if not is_light:
        return Reason.TAIL
    return Reason.NONE if fits else Reason.DRAWS


def doubts(found: Estimates, others: list[Estimates], is_last: bool) -> list[Reason]:
    """What speaks against estimates from fresh draws; nothing where they hold.

    While there is a better proposal to go on to, a k that is merely usable does not do.
    """
    missed = torch.zeros(len(found.log_px_nats), dtype=torch.bool)
    for other in others:
        errors = torch.hypot(other.log_px_se, found.log_px_se)
        missed |= other.log_px_nats - found.log_px_nats > MISSED_ERRORS * errors + ROUNDING_NATS
    against = []
    for i, n in enumerate(found.n_samples.tolist()):
        if not bool(torch.isfinite(found.log_px_nats[i])):
            against.append(Reason.NOT_FINITE)
        elif not bool(found.pareto_k[i] < (trust_limit(int(n)) if is_last else LAST_SHAPE)):
            against.append(Reason.TAIL)
        else:
            against.append(Reason.MISSED if bool(missed[i]) else Reason.NONE)
    return against
