"""Real elements, a mean and a log-scale each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.likelihoods.likelihood import Likelihood, steps


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """Independent normal elements with mean mu and standard deviation exp(log_scale)."""

    location: Tensor
    log_scale: Tensor
    n_event_dims: int
    has_scale = True

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        standardised = (x - self.location) * torch.exp(-self.log_scale)
        return -0.5 * standardised**2 - self.log_scale - 0.5 * math.log(2 * math.pi)

    @property
    def mean(self) -> Tensor:
        return self.location

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.empty_like(self.location).normal_(generator=generator)
        return self.location + torch.exp(self.log_scale) * noise

    def squared_steps_per_element(self) -> Tensor:
        """dmu^2 / sigma^2 + 2 (dlog sigma)^2, midway; exact where sigma does not change.

        References: Costa, Santos & Strapasson 2015, eq. 3.
        """
        move, _ = steps(self.location, self.n_event_dims)
        widening, log_scale = steps(self.log_scale.expand_as(self.location), self.n_event_dims)
        return move**2 * torch.exp(-2 * log_scale) + 2 * widening**2
