"""x in [0, 1], a logit an element."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.likelihoods.likelihood import Likelihood, steps, uniform_like


@dataclass(frozen=True)
class ContinuousBernoulli(Likelihood):
    """p(x) = l exp(l x) / (exp(l) - 1) on [0, 1], with logits l.

    References: Loaiza-Ganem & Cunningham 2019, eq. 5.
    """

    logits: Tensor
    n_event_dims: int
    value_range = (0.0, 1.0)
    takes_logits = True

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        return x * self.logits - _log_mean_exp_line(self.logits)

    @property
    def mean(self) -> Tensor:
        small, safe = _near_zero(self.logits)
        # Mirrored for negative l, so that exp never overflows: its gradient would be 0 times infinity.
        magnitude = safe.abs()
        exact = 0.5 + torch.sign(safe) * (-1 / torch.expm1(-magnitude) - 1 / magnitude - 0.5)
        return torch.where(small, 0.5 + self.logits / 12, exact)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        u = uniform_like(self.logits, generator)
        small, safe = _near_zero(self.logits)
        # Mirrored for positive l, so that exp never overflows.
        decay = torch.log1p(u * torch.expm1(-safe.abs())) / -safe.abs()
        return torch.where(small, u, torch.where(safe > 0, 1 - decay, decay))

    def squared_steps_per_element(self) -> Tensor:
        """Var(x) dl^2, as in every exponential family, midway in u = asinh(l / sqrt(12)).

        Var(x) dl^2 = Var(x) (12 + l^2) du^2, and that factor stays between 1 and 1.25: long steps are measured well.
        """
        change, midway = steps(torch.asinh(self.logits / math.sqrt(12)), self.n_event_dims)
        logits = math.sqrt(12) * torch.sinh(midway)
        return _continuous_bernoulli_variance(logits) * (12 + logits**2) * change**2


def _continuous_bernoulli_variance(logits: Tensor) -> Tensor:
    """1 / l^2 - 1 / (4 sinh^2(l/2)), the second derivative of log((exp(l) - 1)/l)."""
    is_small = logits.abs() < 0.5
    magnitude = torch.where(is_small, 1.0, logits.abs())
    exact = 1 / magnitude**2 - torch.exp(-magnitude) / torch.expm1(-magnitude) ** 2
    square = torch.where(is_small, logits, 0.0) ** 2
    return torch.where(is_small, 1 / 12 - square / 240 + square**2 / 6048, exact)


def _near_zero(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Where a series replaces 0/0, and logits that are safe to divide by."""
    small = logits.abs() < 1e-2
    return small, torch.where(small, torch.ones_like(logits), logits)


def _log_mean_exp_line(logits: Tensor) -> Tensor:
    """log of the integral of exp(l x) over [0, 1], i.e. log((exp(l) - 1)/l)."""
    small, safe = _near_zero(logits)
    magnitude = safe.abs()
    exact = F.relu(safe) + torch.log(-torch.expm1(-magnitude) / magnitude)
    return torch.where(small, logits / 2 + logits**2 / 24, exact)
