"""Real elements, a location and a log-scale each: what an absolute error is the loss of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.likelihoods.likelihood import Likelihood, steps, uniform_like


@dataclass(frozen=True)
class Laplace(Likelihood):
    """log p(x|z) = sum -|x - mu| / b - log 2 b, with b = exp(log_scale)."""

    location: Tensor
    log_scale: Tensor
    n_event_dims: int
    has_scale = True

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        return -(x - self.location).abs() * torch.exp(-self.log_scale) - self.log_scale - math.log(2)

    @property
    def mean(self) -> Tensor:
        return self.location

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        # 1 - u is never 0, and so is neither of the two sides: each has one of the halves of (0, 1].
        v = 2 * (1 - uniform_like(self.location, generator)) - 1
        noise = -torch.sign(v) * torch.log1p(-v.abs().clamp(max=1 - 1e-7))
        return self.location + torch.exp(self.log_scale) * noise

    def squared_steps_per_element(self) -> Tensor:
        """dmu^2 / b^2 + (dlog b)^2, midway; exact where b does not change."""
        move, _ = steps(self.location, self.n_event_dims)
        widening, log_scale = steps(self.log_scale.expand_as(self.location), self.n_event_dims)
        return move**2 * torch.exp(-2 * log_scale) + widening**2
