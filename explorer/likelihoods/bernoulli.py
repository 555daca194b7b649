"""x is 0 or 1, a logit an element."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.likelihoods.likelihood import Likelihood, steps, uniform_like


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """log p(x|z) = sum x l - softplus(l) with logits l; x is 0 or 1."""

    logits: Tensor
    n_event_dims: int
    value_range = (0.0, 1.0)
    takes_logits = True
    data_levels = 2

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        return x * self.logits - F.softplus(self.logits)

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.logits)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return (uniform_like(self.logits, generator) < self.mean).to(self.logits.dtype)

    def squared_steps_per_element(self) -> Tensor:
        """(u - u')^2 with u = 2 asin sqrt(p), exact; u = pi/2 + 2 atan tanh(l/4) never divides by 0."""
        change, _ = steps(2 * torch.atan(torch.tanh(self.logits / 4)), self.n_event_dims)
        return change**2
