"""The shape k of the right tail of the importance weights: whether their mean can be estimated at all.

The excesses of the M largest weights over the next one are fitted by a generalised Pareto distribution with shape k,
whose moments exist up to order 1/k: k < 1/2 means a finite variance, k >= 1 an infinite mean.

References: Zhang & Stephens 2009 (the fit); Vehtari et al. 2024, section 3 (its use, the prior on k, the limits).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

MIN_TAIL = 5
# A tail within a thousandth of its largest weight is flat; its shape would be that of rounding errors.
FLAT = 1e-3


class Reliability(StrEnum):
    """How far an importance-sampled log p(x) and its error can be trusted."""

    GOOD = "good"
    USABLE = "usable"
    UNRELIABLE = "unreliable"


def trust_limit(n_draws: int) -> float:
    """The k above which the estimate is unreliable at this number of draws: min(1 - 1/log10 K, 0.7)."""
    return min(1 - 1 / math.log10(max(n_draws, 11)), 0.7)


def reliability(k: float, n_draws: int) -> Reliability:
    """Good below 0.5, usable below `trust_limit`, else unreliable; NaN (too few draws) is unreliable."""
    if k < min(0.5, trust_limit(n_draws)):
        return Reliability.GOOD
    return Reliability.USABLE if k < trust_limit(n_draws) else Reliability.UNRELIABLE


@dataclass(frozen=True)
class Tail:
    """A generalised Pareto distribution of the excesses over `threshold`, for each example (N,).

    In units of the example's largest weight: k the shape, sigma the scale. NaN where the tail has under 5 draws;
    k = -inf and sigma = 0 where it has no spread.
    """

    k: Tensor
    sigma: Tensor
    threshold: Tensor


def fit_tail(largest: Tensor) -> Tail:
    """The tail of each example.

    Args:
        largest: float64 (M + 1, N) log-weights in descending order; the last row is the threshold.
    """
    n_tail = len(largest) - 1
    threshold = torch.exp(largest[-1] - largest[0])
    if n_tail < MIN_TAIL:
        unknown = torch.full_like(threshold, torch.nan)
        return Tail(unknown, unknown, threshold)
    excess = (torch.exp(largest - largest[0])[:-1] - threshold).flip(0)
    has_spread = excess[-1] > FLAT
    k, sigma = _generalised_pareto(torch.where(has_spread, excess, torch.ones_like(excess)))
    return Tail(torch.where(has_spread, k, -torch.inf), torch.where(has_spread, sigma, 0.0), threshold)


def _generalised_pareto(x: Tensor) -> tuple[Tensor, Tensor]:
    """Zhang & Stephens' shape and scale, with the weak prior k ~ 1/2 worth 10 draws; x (M, N) ascending, x >= 0."""
    n = len(x)
    # Ties with the threshold give zero excess; the fit divides by the first quartile.
    x = x.clamp(min=1e-300)
    n_grid = 30 + math.isqrt(n)
    steps = 1 - torch.sqrt(n_grid / (torch.arange(1, n_grid + 1, dtype=x.dtype) - 0.5))
    theta = 1 / x[-1] + steps[:, None] / (3 * x[math.floor(n / 4 + 0.5) - 1])
    k = _mean_log1p(theta, x)
    profile = n * (torch.log(-theta / k) - k - 1)
    theta_hat = (torch.softmax(profile, 0) * theta).sum(0)
    k_hat = _mean_log1p(theta_hat[None], x)[0]
    return (n * k_hat + 10 * 0.5) / (n + 10), -k_hat / theta_hat


def _mean_log1p(theta: Tensor, x: Tensor) -> Tensor:
    """mean_i log(1 - theta x_i), shape (G, N), a grid row at a time so that memory stays that of x."""
    return torch.stack([torch.log1p(-row * x).mean(0) for row in theta])
