"""log p(x) that can be trusted: for each example the first proposal that fits it.

    encoder   the encoder's q(z|x), whose draws the ELBO needs anyway
    laplace   a full-covariance Gaussian at the mode of p(z|x), or at each of them
    adapted   that Gaussian moved to the posterior's moments, with a share of wider draws in defence
    annealed  annealed importance sampling from the adapted Gaussian

A pilot run of each says whether it fits: Pareto k of its weights, and the draws that the target error would need. Only
the examples that it does not fit go on to the next. The draws that decide are never the draws that are reported: the
estimate comes from fresh ones, whose number K the pilot has fixed, so that choosing does not bias it.

A proposal that sits on one of several modes looks perfect from inside. So the climb has several starts (see `modes`),
and what the encoder's draws and a survey of the prior found is held against every result.

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
    modes,
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
# What the last round may have, and every report: annealing costs a hundred times as much.
LAST_SHAPE = 0.5
# Beyond so many draws a better proposal is cheaper than more draws.
WORTH_DRAWING = 4096
MIN_SAMPLES = 256
# Draws planned beyond those that the pilot's error asks for: that error is itself an estimate.
MARGIN = 1.2
DEFENCE, DEFENCE_WIDTH = 0.1, 1.5
# Standard errors by which another estimate must lie above one to show that it missed something.
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
    MODES = "several modes"
    TAIL = "heavy tail"
    DRAWS = "too many draws needed"
    MISSED = "other draws found more"
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
    known: modes.Survey,
) -> Repaired:
    """Estimates log p(x) of each example with the first proposal that fits it.

    Args:
        model: differentiable in z.
        examples: N of them.
        pilot: sums of draws from the encoder's q, which are no part of the estimate.
        seed: of all further draws.
        settings: target and limits.
        known: the survey of this model.
    """
    ladder = _Ladder(model, examples, pilot, seed, settings, known)
    for group in ladder.groups():
        group.encoder()
        group.laplace()
        group.adapted()
        group.annealed()
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


def _doubts(found: Estimates, others: list[Estimates], is_last: bool) -> list[Reason]:
    """What speaks against estimates from fresh draws; nothing where they hold.

    While there is a better proposal to go on to, a k that is merely usable does not do.
    """
    missed = torch.zeros(len(found.log_px_nats), dtype=torch.bool)
    for other in others:
        errors = torch.hypot(other.log_px_se, found.log_px_se)
        missed |= other.log_px_nats - found.log_px_nats > MISSED_ERRORS * errors + ROUNDING_NATS
    doubts = []
    for i, n in enumerate(found.n_samples.tolist()):
        if not bool(torch.isfinite(found.log_px_nats[i])):
            doubts.append(Reason.NOT_FINITE)
        elif not bool(found.pareto_k[i] < (trust_limit(int(n)) if is_last else LAST_SHAPE)):
            doubts.append(Reason.TAIL)
        else:
            doubts.append(Reason.MISSED if bool(missed[i]) else Reason.NONE)
    return doubts


class _Ladder:
    """The estimates of one batch so far, and how each was got."""

    def __init__(
        self,
        model: LatentModel,
        examples: Examples,
        pilot: WeightSums,
        seed: int,
        settings: RepairSettings,
        known: modes.Survey,
    ):
        self.model, self.examples, self.seed, self.settings, self.known = (
            model,
            examples,
            seed,
            settings,
            known,
        )
        n = len(examples)
        self._starts, prior_sums = modes.surveyed(model, examples.x, known)
        self._others = (estimate(pilot), estimate(prior_sums))
        self._found: list[Estimates] = [self._others[0].select(slice(i, i + 1)) for i in range(n)]
        self._stage, self._reason, self._doubt = [Stage.ENCODER] * n, [Reason.NONE] * n, [Reason.TAIL] * n
        # The survey is decoded once for all examples of a batch, and not counted.
        self.n_spent = pilot.n.clone()

    def result(self) -> Repaired:
        found = Estimates.concatenate(self._found)
        return Repaired(found, self._stage, self._reason, self._doubt, self.n_spent)

    def groups(self) -> Iterator[_Group]:
        """The examples with one mode and those with several."""
        x = self.examples.x
        starts = torch.cat([centre(encoder(self.model, x))[None], self._starts.to(x.dtype)])
        found = modes.fit(self.model, x, starts, self.known)
        for kind in (found.is_single, ~found.is_single):
            rows = torch.nonzero(kind)[:, 0]
            if len(rows):
                yield _Group(self, rows, found.select(rows))

    def blame(self, rows: Tensor, reason: Reason) -> None:
        """Says why the proposal before would not do for these rows."""
        for row in rows.tolist():
            self._reason[row] = reason

    def pilot_of_encoder(self, rows: Tensor) -> Estimates:
        """What the encoder's draws show of these rows."""
        return self._others[0].select(rows)

    def report(
        self,
        stage: Stage,
        rows: Tensor,
        plan: _Plan,
        density_of: Callable[[Tensor], Proposal],
        part: int = 0,
        is_last: bool = False,
    ) -> Tensor:
        """Fresh draws where the plan has some; returns the rows without an estimate that holds."""
        for row, reason in zip(rows.tolist(), plan.reason, strict=True):
            self._reason[row] = reason or self._reason[row]
        waiting = rows[plan.n_samples == 0].tolist()
        source = Source(self.seed, _STREAMS[stage], part)
        for n_samples, group in plan.groups():
            examples = self.examples.select(rows[group])
            *_, total = stream(self.model, examples, density_of(group), n_samples, source)
            self.n_spent[rows[group]] += n_samples
            waiting += self.keep(stage, rows[group], estimate(total.weights), is_last).tolist()
        return torch.tensor(sorted(waiting), dtype=torch.int64)

    def keep(self, stage: Stage, rows: Tensor, found: Estimates, is_last: bool) -> Tensor:
        """Stores the estimates of these rows; returns the rows where they do not hold."""
        doubts = _doubts(found, [other.select(rows) for other in self._others], is_last)
        for i, row in enumerate(rows.tolist()):
            self._found[row], self._stage[row] = found.select(slice(i, i + 1)), stage
            self._doubt[row] = doubts[i]
            if stage is not Stage.ANNEALED:
                self._reason[row] = doubts[i] or self._reason[row]
        return rows[torch.tensor([d is not Reason.NONE for d in doubts], dtype=torch.bool)]


class _Group:
    """Rows of a ladder that climb together; each step reports where it fits and drops those rows."""

    def __init__(self, ladder: _Ladder, rows: Tensor, found: modes.Found):
        self._ladder, self._rows, self._modes = ladder, rows, found
        self._gaussian = found.best
        self._z, self._log_w = torch.empty(0, len(rows), 0), torch.empty(0, len(rows))

    @property
    def _is_single(self) -> bool:
        return bool(self._modes.is_single.all())

    def encoder(self) -> None:
        """Where there is one mode, the encoder's q may serve."""
        ladder = self._ladder
        if not self._is_single:
            ladder.blame(self._rows, Reason.MODES)
            return
        plan = _plan(ladder.pilot_of_encoder(self._rows), ladder.settings, PILOT_SHAPE, WORTH_DRAWING)
        x, rows = ladder.examples.x, self._rows
        self._keep_only(
            ladder.report(Stage.ENCODER, rows, plan, lambda group: encoder(ladder.model, x[rows[group]]))
        )

    def laplace(self) -> None:
        if not len(self._rows):
            return
        density = self._around_the_modes()
        self._z, self._log_w = self._pilot(density, 0, N_PILOT)
        plan = _plan(_estimate(self._log_w), self._ladder.settings, PILOT_SHAPE, WORTH_DRAWING)
        self._keep_only(self._ladder.report(Stage.LAPLACE, self._rows, plan, density.select))

    def adapted(self) -> None:
        """Rounds of draws, each from a proposal fitted to all draws before."""
        settings, active = self._ladder.settings, self._ladder.known.active
        for part, n_draws in enumerate(ROUNDS, start=1):
            if not len(self._rows):
                return
            is_last = n_draws == ROUNDS[-1]
            self._gaussian = adapted.fit(self._modes.best, self._z, self._log_w, active)
            density = self._defended()
            z, log_w = self._pilot(density, part, n_draws)
            self._z, self._log_w = torch.cat([self._z, z]), torch.cat([self._log_w, log_w])
            most = settings.max_samples if is_last else WORTH_DRAWING
            plan = _plan(_estimate(log_w), settings, LAST_SHAPE if is_last else PILOT_SHAPE, most)
            if is_last and not settings.annealing:
                # What is reported is marked as not to be trusted; it is the best there is.
                plan = _Plan(torch.where(plan.n_samples > 0, plan.n_samples, most), plan.reason)
            self._keep_only(
                self._ladder.report(Stage.ADAPTED, self._rows, plan, density.select, part, is_last)
            )

    def annealed(self) -> None:
        """The last resort."""
        ladder = self._ladder
        if not len(self._rows) or not ladder.settings.annealing:
            return
        source = Source(ladder.seed, Stream.ANNEALED)
        run = annealed.forward(ladder.model, ladder.examples.select(self._rows), self._gaussian, source)
        ladder.n_spent[self._rows] += run.n_decoded
        ladder.keep(Stage.ANNEALED, self._rows, _estimate(run.log_w), is_last=True)

    def _pilot(self, density: Proposal, part: int, n_draws: int) -> tuple[Tensor, Tensor]:
        ladder = self._ladder
        ladder.n_spent[self._rows] += n_draws
        examples = ladder.examples.select(self._rows)
        return draw(ladder.model, examples, density, n_draws, Source(ladder.seed, Stream.PILOT, part))

    def _around_the_modes(self) -> FullGaussian | Mixture:
        active = self._ladder.known.active
        if self._is_single:
            return self._modes.best.scaled(WIDTH, active)
        return Mixture(tuple(c.scaled(WIDTH, active) for c in self._modes.components), self._modes.shares)

    def _defended(self) -> Mixture:
        """The adapted Gaussian, the modes where there are several, and the encoder's q made wider."""
        active = self._ladder.known.active
        q = encoder(self._ladder.model, self._ladder.examples.x[self._rows])
        wider = (
            q.scaled(DEFENCE_WIDTH)
            if isinstance(q, DiagonalGaussian)
            else self._gaussian.scaled(DEFENCE_WIDTH)
        )
        several = () if self._is_single else self._modes.components
        components = (
            self._gaussian.scaled(WIDTH, active),
            wider,
            *(c.scaled(WIDTH, active) for c in several),
        )
        rest = 1 - DEFENCE
        main = rest * (0.5 if several else 1.0)
        shares = torch.tensor([main, DEFENCE], dtype=torch.float64).expand(len(self._rows), -1)
        if several:
            shares = torch.cat([shares, (rest - main) * self._modes.shares], 1)
        return Mixture(components, shares)

    def _keep_only(self, rows: Tensor) -> None:
        kept = torch.nonzero(torch.isin(self._rows, rows))[:, 0]
        self._rows, self._modes, self._gaussian = rows, self._modes.select(kept), self._gaussian.select(kept)
        self._z, self._log_w = self._z[:, kept], self._log_w[:, kept]


_STREAMS = {Stage.ENCODER: Stream.REPORTED, Stage.LAPLACE: Stream.LAPLACE, Stage.ADAPTED: Stream.ADAPTED}


def _estimate(log_w: Tensor) -> Estimates:
    return estimate(weights.of(log_w, tail_length(len(log_w)) + 1))
