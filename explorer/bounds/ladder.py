"""log p(x) that can be trusted: for each example the first proposal that fits it.

    encoder   the encoder's q(z|x), whose draws the ELBO needs anyway
    laplace   a full-covariance Gaussian at the mode of p(z|x), or at each of them
    adapted   that Gaussian moved to the posterior's moments, with a share of wider draws in defence
    annealed  annealed importance sampling from the adapted Gaussian

A pilot run of each says whether it fits: Pareto k of its weights, and the draws that the target error would need. Only
the examples that it does not fit go on to the next. The draws that decide are never the draws that are reported: the
estimate comes from fresh ones, whose number K the pilot has fixed, so that choosing does not bias it.

A proposal that sits on one of several modes looks perfect from inside. So the climb has several starts (see `modes`),
and what the encoder's draws and a survey of the prior found is held against every result. The rungs are in `rungs`.

References: Geweke 1989; Hesterberg 1995; Neal 2001; Vehtari et al. 2024.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds import rungs, weights
from explorer.bounds.decisions import LadderSettings, Plan, Reason, doubts, plan
from explorer.bounds.engine import Examples, draw, stream
from explorer.bounds.estimates import Estimates, estimate
from explorer.bounds.proposals import encoder, fitted, modes
from explorer.bounds.proposals.modes import Survey
from explorer.bounds.rungs import Group, Rung, Selectable, Weighed
from explorer.bounds.weights import WeightSums, tail_length
from explorer.models.capabilities import capabilities_of
from explorer.models.latent_model import LatentModel


@dataclass(frozen=True)
class LadderResult:
    """The final estimate of each of N examples.

    Attributes:
        estimates: from draws that decided nothing.
        stage: of the rung that they came from.
        reason: why the proposal before that would not do; empty where it was the first.
        doubt: why the estimate is not to be trusted although it is the last; empty where it is.
        n_spent: draws decoded in all, pilots included; (N,).
    """

    estimates: Estimates
    stage: list[str]
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
        model: one that can be fitted; where it cannot, only the rungs that need no fit are tried.
        examples: N of them.
        pilot: sums of draws from the encoder's q, which are no part of the estimate.
        seed: of all further draws.
        settings: target and limits.
        survey: of this model.
    """
    starts, survey_sums = modes.surveyed(model, examples.x, survey)
    ladder = _Ladder(model, examples, (estimate(pilot), estimate(survey_sums)), seed, settings)
    if not capabilities_of(model).fits:
        ladder.climb(Group.of(model, examples, None, torch.arange(len(examples))))
        return ladder.result()
    fit = fitted.at_modes(model, examples.x, encoder(model, examples.x), starts, survey)
    # Those with one mode, and those with several.
    for is_kind in (fit.modes.is_single, ~fit.modes.is_single):
        rows = torch.nonzero(is_kind)[:, 0]
        if len(rows):
            ladder.climb(Group.of(model, examples, fit, rows))
    return ladder.result()


class _Ladder:
    """The estimates of one batch so far, and how each was got."""

    def __init__(
        self,
        model: LatentModel,
        examples: Examples,
        others: tuple[Estimates, Estimates],
        seed: int,
        settings: LadderSettings,
    ):
        n = len(examples)
        self._model, self._examples, self._seed, self._settings = model, examples, seed, settings
        # What the encoder's draws and those of the survey show, which every result is held against.
        self._others = others
        self._found = [others[0].select(slice(i, i + 1)) for i in range(n)]
        self._stage, self._reason, self._doubt = (
            [rungs.LADDER[0].stage] * n,
            [Reason.NONE] * n,
            [Reason.TAIL] * n,
        )
        # The survey is decoded once for all examples of a batch, and not counted.
        self._n_spent = others[0].n_samples.clone()

    def result(self) -> LadderResult:
        found = Estimates.concatenate(self._found)
        return LadderResult(found, self._stage, self._reason, self._doubt, self._n_spent)

    def climb(self, group: Group) -> None:
        """Tries every rung on those that none before it fits."""
        tried = rungs.allowed(self._settings, capabilities_of(self._model).fits)
        for rung in tried:
            for i_round in range(len(rung.pilots)):
                if not len(group):
                    return
                is_end = rung is tried[-1] and i_round == len(rung.pilots) - 1
                group.keep_only(self._try(rung, i_round, group, is_end))

    def _try(self, rung: Rung, i_round: int, group: Group, is_end: bool) -> Tensor:
        """One round of a rung; returns the rows that it does not fit."""
        offer = rung.propose(group, rung.source(self._seed, i_round))
        if isinstance(offer, Reason):
            self._blame(group.rows, [offer] * len(group))
            return group.rows
        if isinstance(offer, Weighed):
            self._n_spent[group.rows] += offer.n_decoded
            return self._waiting(group.rows, self._keep(rung, group.rows, _estimate(offer.log_w), True))
        is_last_resort = rung.is_last_resort and i_round == len(rung.pilots) - 1
        planned = plan(self._pilot(rung, i_round, group, offer), self._settings, is_last_resort)
        if is_end:
            # What is reported is marked as not to be trusted; it is the best there is.
            planned = planned.at_any_rate(self._settings.max_samples)
        return self._report(rung, i_round, group.rows, planned, offer, is_last_resort)

    def _pilot(self, rung: Rung, i_round: int, group: Group, offer: Selectable) -> Estimates:
        """What the draws that decide show."""
        n_draws = rung.pilots[i_round]
        if not n_draws:
            return self._others[0].select(group.rows)
        self._n_spent[group.rows] += n_draws
        density, source = offer.select(torch.arange(len(group))), rung.pilot_source(self._seed, i_round)
        z, log_w = draw(self._model, group.examples, density, n_draws, source)
        group.add(z, log_w)
        return _estimate(log_w)

    def _report(
        self, rung: Rung, i_round: int, rows: Tensor, planned: Plan, offer: Selectable, is_last_resort: bool
    ) -> Tensor:
        """Fresh draws where some are planned; returns the rows without an estimate that holds."""
        self._blame(rows, planned.reason)
        waiting = [rows[planned.n_samples == 0]]
        for n_samples, part in planned.groups():
            examples, source = self._examples.select(rows[part]), rung.source(self._seed, i_round)
            *_, total = stream(self._model, examples, offer.select(part), n_samples, source)
            self._n_spent[rows[part]] += n_samples
            against = self._keep(rung, rows[part], estimate(total.weights), is_last_resort)
            self._blame(rows[part], against)
            waiting.append(self._waiting(rows[part], against))
        return torch.cat(waiting).sort().values

    def _keep(self, rung: Rung, rows: Tensor, found: Estimates, is_last_resort: bool) -> list[Reason]:
        """Stores the estimates of these rows; returns what speaks against each."""
        against = doubts(found, [other.select(rows) for other in self._others], is_last_resort)
        for i, row in enumerate(rows.tolist()):
            self._found[row], self._stage[row] = found.select(slice(i, i + 1)), rung.stage
            self._doubt[row] = against[i]
        return against

    def _blame(self, rows: Tensor, reasons: list[Reason]) -> None:
        """Says why the proposal would not do, where there is a reason."""
        for row, reason in zip(rows.tolist(), reasons, strict=True):
            self._reason[row] = reason or self._reason[row]

    @staticmethod
    def _waiting(rows: Tensor, against: list[Reason]) -> Tensor:
        return rows[torch.tensor([reason is not Reason.NONE for reason in against], dtype=torch.bool)]


def _estimate(log_w: Tensor) -> Estimates:
    return estimate(weights.of(log_w, tail_length(len(log_w)) + 1))
