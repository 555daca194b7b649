"""The gap of each example in three parts: the encoder's, the diagonal family's, and what no Gaussian reaches.

    log p(x) - ELBO[q] = amortization + mean-field + residual
    amortization = ELBO[q*] - ELBO[q]            q the encoder's, q* the best diagonal Gaussian for this x
    mean-field   = ELBO[q_full] - ELBO[q*]       q_full the best Gaussian with a full covariance
    residual     = log p(x) - ELBO[q_full]

log p(x) and ELBO[q] are those that are known already, so that the parts add up to the gap that was reported. The other
two are estimated on draws that no climb has seen, in pairs of opposite noise, against q_full as a control:

    ELBO[g] = E_g log (p(x, z) / q_full(z)) - KL[g || q_full]         (the KL is closed; for g = q_full it is 0)

The ratio is nearly constant where q_full is close to the posterior, so little is left to chance: what errors there are
come from log p(x) and ELBO[q]. All four figures are independent, and errors of differences add in squares.

q* and q_full are found by climbing, so that their ELBOs are at most the best of their families. What the climb to q*
misses is counted as mean-field instead of amortization, what that to q_full misses as residual instead of mean-field.

References: Cremer et al. 2018 (amortization, approximation); Glasserman 2003, section 4.1 (control variates).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from explorer.bounds import best_gaussian
from explorer.bounds.best_gaussian import BestGaussians
from explorer.bounds.engine import Examples
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import DiagonalGaussian, FullGaussian, modes
from explorer.bounds.proposals.modes import Survey
from explorer.bounds.scores import EXAMPLES_PER_BATCH
from explorer.models.capabilities import require_fits
from explorer.models.latent_model import LatentModel
from explorer.steps import Step

# Pairs of draws for each of the two ELBOs: an error of about 0.01 nats on the shipped models.
N_PAIRS = 256
# What `split` needs to know of the examples.
NEEDED = ("elbo_nats", "elbo_se", "log_px_nats", "log_px_se")
_DIAGONAL_PART, _FULL_PART = 6, 7
# The share of the time that the climbs take; the rest is what they are judged by.
_CLIMBING = 0.9


@dataclass(frozen=True)
class GapParts:
    """Per example, float64 (N,), nats; a part that is 0 may come out below it by its error."""

    elbo_diagonal_nats: np.ndarray
    elbo_diagonal_se: np.ndarray
    elbo_full_nats: np.ndarray
    elbo_full_se: np.ndarray
    amortization_nats: np.ndarray
    amortization_se: np.ndarray
    mean_field_nats: np.ndarray
    mean_field_se: np.ndarray
    residual_nats: np.ndarray
    residual_se: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return dict(vars(self))


def split(
    model: LatentModel,
    examples: Examples,
    scored: Mapping[str, np.ndarray],
    seed: int = 0,
    survey: Survey | None = None,
) -> Iterator[Step[GapParts]]:
    """Splits the gap of each example; yields after each step of each climb, and last the result.

    Args:
        model: its q(z|x) is a diagonal Gaussian; log densities that can be differentiated twice.
        examples: N of them; a result depends on the seed and the example's id, not on its company.
        scored: columns (N,) of the same examples, at least those of `NEEDED`, as `score` has them.
        seed: of all draws.
        survey: of this model; made here unless given.

    Raises:
        ValueError: q(z|x) is not a diagonal Gaussian, and no part of the gap is its encoder's alone.
        CapabilityError: the model has no gradients in z, or codes too long for fits.
    """
    require_fits(model, "taking the gap apart")
    survey = modes.survey(model) if survey is None else survey
    done: list[_Elbos] = []
    for start in range(0, len(examples), EXAMPLES_PER_BATCH):
        rows = slice(start, start + EXAMPLES_PER_BATCH)
        part = Examples(examples.x[rows], examples.ids[rows])
        for step in best_gaussian.fit(model, part, seed, survey):
            yield Step(_CLIMBING * (start + len(part) * step.fraction) / len(examples))
        assert step.result is not None, "a climb ends with its Gaussians"
        done.append(_elbos(model, part, step.result, seed))
    yield Step(1.0, _parts(scored, _Elbos.concatenate(done)))


@dataclass(frozen=True)
class _Elbos:
    """ELBO[q*] and ELBO[q_full] with their errors, (N,)."""

    diagonal_nats: Tensor
    diagonal_se: Tensor
    full_nats: Tensor
    full_se: Tensor

    @staticmethod
    def concatenate(parts: list[_Elbos]) -> _Elbos:
        return _Elbos(**{k: torch.cat([getattr(p, k) for p in parts]) for k in vars(parts[0])})


@torch.no_grad()
def _elbos(model: LatentModel, examples: Examples, found: BestGaussians, seed: int) -> _Elbos:
    diagonal, full = found.diagonal, found.full
    diagonal_ratio, diagonal_se = _mean_ratio(model, examples, diagonal, full, seed, _DIAGONAL_PART)
    full_ratio, full_se = _mean_ratio(model, examples, full, full, seed, _FULL_PART)
    return _Elbos(diagonal_ratio - _kl(diagonal, full), diagonal_se, full_ratio, full_se)


def _mean_ratio(
    model: LatentModel,
    examples: Examples,
    q: DiagonalGaussian | FullGaussian,
    control: FullGaussian,
    seed: int,
    part: int,
) -> tuple[Tensor, Tensor]:
    """E_q log (p(x, z) / control(z)) and its error, (N,); pairs are the independent draws."""
    source = Source(seed, Stream.LOCAL, part)
    z, log_joint, _ = best_gaussian.paired_draws(model, examples, q, N_PAIRS, source)
    ratio = (log_joint - control.log_prob(z.flatten(0, 1)).view_as(log_joint)).mean(0)
    return ratio.mean(0), ratio.std(0) / N_PAIRS**0.5


def _kl(q: DiagonalGaussian, p: FullGaussian) -> Tensor:
    """KL[q || p], (N,), nats."""
    return kl_divergence(
        MultivariateNormal(q.mean, scale_tril=torch.diag_embed(q.scale), validate_args=False),
        MultivariateNormal(p.mean, scale_tril=p.factor, validate_args=False),
    )


def _parts(scored: Mapping[str, np.ndarray], elbos: _Elbos) -> GapParts:
    diagonal, full = elbos.diagonal_nats.numpy(), elbos.full_nats.numpy()
    diagonal_se, full_se = elbos.diagonal_se.numpy(), elbos.full_se.numpy()
    return GapParts(
        elbo_diagonal_nats=diagonal,
        elbo_diagonal_se=diagonal_se,
        elbo_full_nats=full,
        elbo_full_se=full_se,
        amortization_nats=diagonal - scored["elbo_nats"],
        amortization_se=np.hypot(diagonal_se, scored["elbo_se"]),
        mean_field_nats=full - diagonal,
        mean_field_se=np.hypot(full_se, diagonal_se),
        residual_nats=scored["log_px_nats"] - full,
        residual_se=np.hypot(scored["log_px_se"], full_se),
    )
