"""Real elements, a location and a log-scale each; tails as heavy as a power's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.likelihoods.likelihood import Likelihood, steps, uniform_like


@dataclass(frozen=True)
class Student(Likelihood):
    """Student's t of nu degrees of freedom, moved by mu and stretched by s = exp(log_scale).

    log p(x|z) = sum log G((nu+1)/2) - log G(nu/2) - log(nu pi)/2 - log s - (nu+1)/2 log(1 + t^2/nu), t = (x - mu)/s.
    """

    location: Tensor
    log_scale: Tensor
    degrees_of_freedom: float
    n_event_dims: int
    has_scale = True
    settings = ("degrees_of_freedom",)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        nu = self.degrees_of_freedom
        constant = math.lgamma((nu + 1) / 2) - math.lgamma(nu / 2) - 0.5 * math.log(nu * math.pi)
        t = (x - self.location) * torch.exp(-self.log_scale)
        return constant - self.log_scale - (nu + 1) / 2 * torch.log1p(t**2 / nu)

    @property
    def mean(self) -> Tensor:
        return self.location

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """By the polar method of Bailey 1994, exact for any nu."""
        nu = self.degrees_of_freedom
        radius, angle = (1 - uniform_like(self.location, generator) for _ in range(2))
        length = torch.sqrt(nu * torch.expm1(-2 / nu * torch.log(radius)))
        return self.location + torch.exp(self.log_scale) * length * torch.cos(2 * math.pi * angle)

    def squared_steps_per_element(self) -> Tensor:
        """((nu+1) dmu^2 / s^2 + 2 nu (dlog s)^2) / (nu+3), midway; exact where s does not change.

        References: Lange, Little & Taylor 1989, appendix B.
        """
        nu = self.degrees_of_freedom
        move, _ = steps(self.location, self.n_event_dims)
        widening, log_scale = steps(self.log_scale.expand_as(self.location), self.n_event_dims)
        return ((nu + 1) * move**2 * torch.exp(-2 * log_scale) + 2 * nu * widening**2) / (nu + 3)
