"""log p(x) that can be trusted: for each example the first proposal that fits it.

    encoder   the encoder's q(z|x), whose draws the ELBO needs anyway
    laplace   a full-covariance Gaussian at the mode of p(z|x)
    adapted   that Gaussian moved to the posterior's moments, with a share of wider draws in defence
    annealed  annealed importance sampling from the adapted Gaussian

A pilot run of each says whether it fits: Pareto k of its weights, and the draws that the target error would need. Only
the examples that it does not fit go on to the next. The draws that decide are never the draws that are reported: the
estimate comes from fresh ones, whose number K the pilot has fixed, so that choosing does not bias it.

A proposal that sits on one of several modes looks perfect from inside. What the encoder's own draws found is therefore
held against every result.

References: Geweke 1989; Hesterberg 1995; Neal 2001; Vehtari et al. 2024.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from explorer.bounds import annealed, weights
from explorer.bounds.engine import Examples, draw, stream
from explorer.bounds.estimates import Estimates, estimate
from explorer.bounds.noise import Source, Stream
from explorer.bounds.pareto import trust_limit
from explorer.bounds.proposals import (
    DiagonalGaussian,
    FullGaussian,
    Mixture,
    Proposal,
    adapted,
    centre,
    encoder,
    laplace,
)
from explorer.bounds.weights import WeightSums, tail_length
from explorer.model import LatentModel

# Measured on the shipped models and a 50-dimensional one (docs/estimators.md): narrower proposals leave heavy tails,
# wider ones waste draws.
WIDTH = 1.1
N_PILOT = 512
# Draws of the rounds of adaptation; the moments are taken from all rounds together.
ROUNDS = (1024, 2048, 4096)
# A pilot's k is known to about +-0.15: below this the fresh draws' k is nearly always below 0.5.
PILOT_SHAPE = 0.3
# What the last round may have: annealing costs a hundred times as much.
LAST_SHAPE = 0.5
# Beyond so many draws a better proposal is cheaper than more draws.
WORTH_DRAWING = 4096
MIN_SAMPLES = 256
# Draws planned beyond those that the pilot's error asks for: that error is itself an estimate.
MARGIN = 1.2
DEFENCE, DEFENCE_WIDTH = 0.1, 1.5
# Standard errors by which the encoder's estimate must lie above another to show that it missed something.
MISSED_ERRORS = 4.0
# Below this many nats two estimates that both have next to no error may differ by rounding alone.
ROUNDING_NATS = 1e-2


class Stage(StrEnum):
    """Which proposal an estimate came from."""

    ENCODER = "encoder"
    LAPLACE = "laplace"
    ADAPTED = "adapted"
    ANNEALED = "annealed"


class Reason(StrEnum):
    """Why a proposal would not do."""

    NONE = ""
    TAIL = "heavy tail"
    DRAWS = "too many draws needed"
    MISSED = "the encoder's draws found more"
    NOT_FINITE = "not finite"


@dataclass(frozen=True)
class RepairSettings:
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
class Repaired:
    """The final estimate of each of N examples.

    Attributes:
        estimates: from draws that decided nothing.
        stage: the proposal that they came from.
        reason: why the proposal before that would not do; empty where it was the first.
        doubt: why the estimate is not to be trusted although it is the last; empty where it is.
        n_spent: draws decoded in all, pilots included; (N,).
    """

    estimates: Estimates
    stage: list[Stage]
    reason: list[Reason]
    doubt: list[Reason]
    n_spent: Tensor


@torch.no_grad()
def repaired(
    model: LatentModel,
    examples: Examples,
    pilot: WeightSums,
    seed: int,
    settings: RepairSettings,
    active: Tensor,
) -> Repaired:
    """Estimates log p(x) of each example with the first proposal that fits it.

    Args:
        model: differentiable in z.
        examples: N of them.
        pilot: sums of draws from the encoder's q, which are no part of the estimate.
        seed: of all further draws.
        settings: target and limits.
        active: the latent dimensions that x depends on, of `laplace.active_dimensions`.
    """
    ladder = _Ladder(model, examples, pilot, seed, settings, active)
    waiting = torch.arange(len(examples))
    for climb in (ladder.encoder, ladder.laplace, ladder.adapted, ladder.annealed):
        if len(waiting):
            waiting = climb(waiting)
    return ladder.result()


@dataclass(frozen=True)
class _Plan:
    """Draws to report of each example (N,), 0 where the pilot says that the proposal does not fit, and why."""

    n_samples: Tensor
    reason: list[Reason]

    def groups(self) -> Iterator[tuple[int, Tensor]]:
        """The examples by number of draws."""
        for n in self.n_samples.unique().tolist():
            if n:
                yield int(n), torch.nonzero(self.n_samples == n)[:, 0]


def _plan(pilot: Estimates, settings: RepairSettings, max_shape: float, most: int) -> _Plan:
    """Doublings of `MIN_SAMPLES` that reach the target error by the pilot's account."""
    needed = MARGIN * pilot.n_samples * (pilot.log_px_se / settings.target_se) ** 2
    is_finite = torch.isfinite(pilot.log_px_nats) & torch.isfinite(needed)
    is_light = pilot.pareto_k < max_shape
    fits = is_finite & is_light & (needed <= most)
    doublings = torch.ceil(torch.log2(torch.where(fits, needed, 1.0).clamp(min=1) / MIN_SAMPLES)).clamp(min=0)
    n_samples = (MIN_SAMPLES * 2**doublings).clamp(max=settings.max_samples)
    reason = [
        _why_not(*each) for each in zip(is_finite.tolist(), is_light.tolist(), fits.tolist(), strict=True)
    ]
    return _Plan(torch.where(fits, n_samples, 0).long(), reason)


def _why_not(is_finite: bool, is_light: bool, fits: bool) -> Reason:
    if not is_finite:
        return Reason.NOT_FINITE
    if not is_light:
        return Reason.TAIL
    return Reason.NONE if fits else Reason.DRAWS


def _doubts(found: Estimates, encoder_found: Estimates) -> list[Reason]:
    """What speaks against final estimates; nothing where they can be trusted."""
    excess = encoder_found.log_px_nats - found.log_px_nats
    errors = torch.hypot(encoder_found.log_px_se, found.log_px_se)
    missed = excess > MISSED_ERRORS * errors + ROUNDING_NATS
    doubts = []
    for i, n in enumerate(found.n_samples.tolist()):
        if not bool(torch.isfinite(found.log_px_nats[i])):
            doubts.append(Reason.NOT_FINITE)
        elif not bool(found.pareto_k[i] < trust_limit(int(n))):
            doubts.append(Reason.TAIL)
        else:
            doubts.append(Reason.MISSED if bool(missed[i]) else Reason.NONE)
    return doubts


class _Ladder:
    """One batch on its way up; a step takes rows and returns those that have to go on."""

    def __init__(
        self,
        model: LatentModel,
        examples: Examples,
        pilot: WeightSums,
        seed: int,
        settings: RepairSettings,
        active: Tensor,
    ):
        self._active = active
        self._model, self._examples, self._seed, self._settings = model, examples, seed, settings
        self._encoder = estimate(pilot)
        n = len(examples)
        self._found: list[Estimates] = [self._encoder.select(slice(i, i + 1)) for i in range(n)]
        self._stage, self._reason = [Stage.ENCODER] * n, [Reason.NONE] * n
        self._doubt = [Reason.TAIL] * n
        self._n_spent = pilot.n.clone()
        self._fitted: FullGaussian
        self._z: Tensor
        self._log_w: Tensor

    def result(self) -> Repaired:
        return Repaired(
            Estimates.concatenate(self._found), self._stage, self._reason, self._doubt, self._n_spent
        )

    def encoder(self, rows: Tensor) -> Tensor:
        plan = _plan(self._encoder.select(rows), self._settings, PILOT_SHAPE, WORTH_DRAWING)
        return self._report(
            Stage.ENCODER, rows, plan, lambda group: encoder(self._model, self._examples.x[rows[group]])
        )

    def laplace(self, rows: Tensor) -> Tensor:
        part = self._examples.select(rows)
        fitted = laplace.fit(self._model, part.x, centre(encoder(self._model, part.x)), self._active)
        wide = fitted.scaled(WIDTH)
        z, log_w = self._pilot(rows, wide, 0, N_PILOT)
        plan = _plan(_estimate(log_w), self._settings, PILOT_SHAPE, WORTH_DRAWING)
        going_on = self._report(Stage.LAPLACE, rows, plan, wide.select)
        kept = torch.isin(rows, going_on)
        self._fitted, self._z, self._log_w = fitted.select(kept), z[:, kept], log_w[:, kept]
        return going_on

    def adapted(self, rows: Tensor) -> Tensor:
        """Rounds of draws, each from a proposal fitted to all draws before; rows leave when one fits them."""
        fitted, z, log_w = self._fitted, self._z, self._log_w
        for part, n_draws in enumerate(ROUNDS, start=1):
            is_last = n_draws == ROUNDS[-1]
            gaussian = adapted.fit(fitted, z, log_w)
            density = self._defended(rows, gaussian)
            new_z, new_log_w = self._pilot(rows, density, part, n_draws)
            most = self._settings.max_samples if is_last else WORTH_DRAWING
            plan = _plan(_estimate(new_log_w), self._settings, LAST_SHAPE if is_last else PILOT_SHAPE, most)
            if is_last and not self._settings.annealing:
                plan = _Plan(torch.where(plan.n_samples > 0, plan.n_samples, most), plan.reason)
            going_on = self._report(Stage.ADAPTED, rows, plan, density.select, part)
            kept = torch.isin(rows, going_on)
            z, log_w = torch.cat([z, new_z])[:, kept], torch.cat([log_w, new_log_w])[:, kept]
            rows, fitted = going_on, fitted.select(kept)
            if not len(rows):
                break
        self._fitted = gaussian.select(kept)
        return rows

    def annealed(self, rows: Tensor) -> Tensor:
        """The last resort; where annealing is off, what the last round reported stays."""
        if not self._settings.annealing:
            return rows
        part = self._examples.select(rows)
        run = annealed.forward(self._model, part, self._fitted, Source(self._seed, Stream.ANNEALED))
        self._n_spent[rows] += run.n_decoded
        return self._keep(Stage.ANNEALED, rows, _estimate(run.log_w))

    def _pilot(self, rows: Tensor, density: Proposal, part: int, n_draws: int) -> tuple[Tensor, Tensor]:
        self._n_spent[rows] += n_draws
        source = Source(self._seed, Stream.PILOT, part)
        return draw(self._model, self._examples.select(rows), density, n_draws, source)

    def _defended(self, rows: Tensor, gaussian: FullGaussian) -> Mixture:
        q = encoder(self._model, self._examples.x[rows])
        other = q if isinstance(q, DiagonalGaussian) else gaussian
        wider = other.scaled(DEFENCE_WIDTH)
        return Mixture((gaussian.scaled(WIDTH), wider), (1 - DEFENCE, DEFENCE))

    def _report(
        self,
        stage: Stage,
        rows: Tensor,
        plan: _Plan,
        density_of: Callable[[Tensor], Proposal],
        part_of_stream: int = 0,
    ) -> Tensor:
        """Fresh draws where the plan has some; returns the rows without an estimate that holds."""
        unfit = rows[plan.n_samples == 0].tolist()
        for row, reason in zip(rows.tolist(), plan.reason, strict=True):
            if reason is not Reason.NONE:
                self._reason[row] = reason
        failed = []
        for n_samples, group in plan.groups():
            part = self._examples.select(rows[group])
            source = Source(self._seed, _STREAMS[stage], part_of_stream)
            *_, total = stream(self._model, part, density_of(group), n_samples, source)
            self._n_spent[rows[group]] += n_samples
            for row in self._keep(stage, rows[group], estimate(total.weights)).tolist():
                self._reason[row] = self._doubt[row]
                failed.append(row)
        return torch.tensor(sorted(unfit + failed), dtype=torch.int64)

    def _keep(self, stage: Stage, rows: Tensor, found: Estimates) -> Tensor:
        """Stores the estimates of these rows; returns the rows where they do not hold."""
        doubts = _doubts(found, self._encoder.select(rows))
        for i, row in enumerate(rows.tolist()):
            self._found[row], self._stage[row] = found.select(slice(i, i + 1)), stage
            self._doubt[row] = doubts[i]
        return rows[torch.tensor([d is not Reason.NONE for d in doubts], dtype=torch.bool)]


_STREAMS = {Stage.ENCODER: Stream.REPORTED, Stage.LAPLACE: Stream.LAPLACE, Stage.ADAPTED: Stream.ADAPTED}


def _estimate(log_w: Tensor) -> Estimates:
    return estimate(weights.of(log_w, tail_length(len(log_w)) + 1))
