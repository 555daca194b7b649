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

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds import annealed, weights
from explorer.bounds.decisions import LadderSettings, Plan, Reason, Stage, doubts, plan
from explorer.bounds.engine import Examples, draw, stream
from explorer.bounds.estimates import Estimates, estimate
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal, encoder, fitted, modes
from explorer.bounds.proposals.fitted import ROUNDS, Fit
from explorer.bounds.proposals.modes import Survey
from explorer.bounds.weights import WeightSums, tail_length
from explorer.models.latent_model import LatentModel

N_PILOT = 512


@dataclass(frozen=True)
class LadderResult:
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
def climb(
    model: LatentModel,
    examples: Examples,
    pilot: WeightSums,
    seed: int,
    settings: LadderSettings,
    survey: Survey,
) -> LadderResult:
    """Estimates log p(x) of each example with the first proposal that fits it.

    Args:
        model: differentiable in z.
        examples: N of them.
        pilot: sums of draws from the encoder's q, which are no part of the estimate.
        seed: of all further draws.
        settings: target and limits.
        survey: of this model.
    """
    ladder = _Ladder(model, examples, pilot, seed, settings, survey)
    for group in ladder.groups():
        group.encoder()
        group.laplace()
        group.adapted()
        group.annealed()
    return ladder.result()


class _Ladder:
    """The estimates of one batch so far, and how each was got."""

    def __init__(
        self,
        model: LatentModel,
        examples: Examples,
        pilot: WeightSums,
        seed: int,
        settings: LadderSettings,
        survey: Survey,
    ):
        self.model, self.examples, self.survey = model, examples, survey
        self.seed, self.settings = seed, settings
        n = len(examples)
        self._starts, prior_sums = modes.surveyed(model, examples.x, survey)
        self._others = (estimate(pilot), estimate(prior_sums))
        self._found: list[Estimates] = [self._others[0].select(slice(i, i + 1)) for i in range(n)]
        self._stage, self._reason, self._doubt = [Stage.ENCODER] * n, [Reason.NONE] * n, [Reason.TAIL] * n
        # The survey is decoded once for all examples of a batch, and not counted.
        self.n_spent = pilot.n.clone()

    def result(self) -> LadderResult:
        found = Estimates.concatenate(self._found)
        return LadderResult(found, self._stage, self._reason, self._doubt, self.n_spent)

    def groups(self) -> Iterator[_Group]:
        """The examples with one mode and those with several."""
        x = self.examples.x
        fit = fitted.at_modes(self.model, x, encoder(self.model, x), self._starts, self.survey)
        for kind in (fit.modes.is_single, ~fit.modes.is_single):
            rows = torch.nonzero(kind)[:, 0]
            if len(rows):
                yield _Group(self, rows, fit.select(rows))

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
        planned: Plan,
        density_of: Callable[[Tensor], Proposal],
        part: int = 0,
        is_last: bool = False,
    ) -> Tensor:
        """Fresh draws where some are planned; returns the rows without an estimate that holds."""
        for row, reason in zip(rows.tolist(), planned.reason, strict=True):
            self._reason[row] = reason or self._reason[row]
        waiting = rows[planned.n_samples == 0].tolist()
        source = Source(self.seed, _STREAMS[stage], part)
        for n_samples, group in planned.groups():
            examples = self.examples.select(rows[group])
            *_, total = stream(self.model, examples, density_of(group), n_samples, source)
            self.n_spent[rows[group]] += n_samples
            waiting += self.keep(stage, rows[group], estimate(total.weights), is_last).tolist()
        return torch.tensor(sorted(waiting), dtype=torch.int64)

    def keep(self, stage: Stage, rows: Tensor, found: Estimates, is_last: bool) -> Tensor:
        """Stores the estimates of these rows; returns the rows where they do not hold."""
        against = doubts(found, [other.select(rows) for other in self._others], is_last)
        for i, row in enumerate(rows.tolist()):
            self._found[row], self._stage[row] = found.select(slice(i, i + 1)), stage
            self._doubt[row] = against[i]
            if stage is not Stage.ANNEALED:
                self._reason[row] = against[i] or self._reason[row]
        return rows[torch.tensor([d is not Reason.NONE for d in against], dtype=torch.bool)]


class _Group:
    """Rows of a ladder that climb together; each step reports where it fits and drops those rows."""

    def __init__(self, ladder: _Ladder, rows: Tensor, fit: Fit):
        self._ladder, self._rows, self._fit = ladder, rows, fit
        self._z, self._log_w = torch.empty(0, len(rows), 0), torch.empty(0, len(rows))

    def encoder(self) -> None:
        """Where there is one mode, the encoder's q may serve."""
        ladder = self._ladder
        if not self._fit.is_single:
            ladder.blame(self._rows, Reason.MODES)
            return
        planned = plan(ladder.pilot_of_encoder(self._rows), ladder.settings)
        x, rows = ladder.examples.x, self._rows
        self._keep_only(
            ladder.report(Stage.ENCODER, rows, planned, lambda group: encoder(ladder.model, x[rows[group]]))
        )

    def laplace(self) -> None:
        if not len(self._rows):
            return
        density = self._fit.around()
        self._z, self._log_w = self._pilot(density, 0, N_PILOT)
        planned = plan(_estimate(self._log_w), self._ladder.settings)
        self._keep_only(self._ladder.report(Stage.LAPLACE, self._rows, planned, density.select))

    def adapted(self) -> None:
        """Rounds of draws, each from a proposal fitted to all draws before."""
        settings = self._ladder.settings
        for part, n_draws in enumerate(ROUNDS, start=1):
            if not len(self._rows):
                return
            is_last = n_draws == ROUNDS[-1]
            self._fit = self._fit.moved_to(self._z, self._log_w)
            density = self._fit.defended()
            z, log_w = self._pilot(density, part, n_draws)
            self._z, self._log_w = torch.cat([self._z, z]), torch.cat([self._log_w, log_w])
            planned = plan(_estimate(log_w), settings, is_last)
            if is_last and not settings.annealing:
                # What is reported is marked as not to be trusted; it is the best there is.
                n_samples = torch.where(planned.n_samples > 0, planned.n_samples, settings.max_samples)
                planned = Plan(n_samples, planned.reason)
            self._keep_only(
                self._ladder.report(Stage.ADAPTED, self._rows, planned, density.select, part, is_last)
            )

    def annealed(self) -> None:
        """The last resort."""
        ladder = self._ladder
        if not len(self._rows) or not ladder.settings.annealing:
            return
        source = Source(ladder.seed, Stream.ANNEALED)
        run = annealed.forward(ladder.model, ladder.examples.select(self._rows), self._fit.gaussian, source)
        ladder.n_spent[self._rows] += run.n_decoded
        ladder.keep(Stage.ANNEALED, self._rows, _estimate(run.log_w), is_last=True)

    def _pilot(self, density: Proposal, part: int, n_draws: int) -> tuple[Tensor, Tensor]:
        ladder = self._ladder
        ladder.n_spent[self._rows] += n_draws
        examples = ladder.examples.select(self._rows)
        return draw(ladder.model, examples, density, n_draws, Source(ladder.seed, Stream.PILOT, part))

    def _keep_only(self, rows: Tensor) -> None:
        kept = torch.nonzero(torch.isin(self._rows, rows))[:, 0]
        self._rows, self._fit = rows, self._fit.select(kept)
        self._z, self._log_w = self._z[:, kept], self._log_w[:, kept]


_STREAMS = {Stage.ENCODER: Stream.REPORTED, Stage.LAPLACE: Stream.LAPLACE, Stage.ADAPTED: Stream.ADAPTED}


def _estimate(log_w: Tensor) -> Estimates:
    return estimate(weights.of(log_w, tail_length(len(log_w)) + 1))
