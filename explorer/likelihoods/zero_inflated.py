"""Counts of which more are zero than a negative binomial's, with a logit of how many an element."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.likelihoods.likelihood import steps, uniform_like
from explorer.likelihoods.negative_binomial import NegativeBinomial


@dataclass(frozen=True)
class ZeroInflatedNegativeBinomial(NegativeBinomial):
    """0 with probability pi = sigmoid(zero_logits), else a negative binomial count.

    References: Lopez et al. 2018.
    """

    zero_logits: Tensor
    n_own = 3

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        log_nb, logits = super().log_prob_per_element(x), self.zero_logits.double()
        return torch.where(x == 0, torch.logaddexp(logits, log_nb), log_nb) - F.softplus(logits)

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(-self.zero_logits) * super().mean

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        counts = super().sample(generator)
        is_zero = uniform_like(self.zero_logits, generator) < torch.sigmoid(self.zero_logits)
        return torch.where(is_zero, torch.zeros_like(counts), counts)

    def squared_steps_per_element(self) -> Tensor:
        """What a zero tells, and with probability 1 - pi what a negative binomial tells beyond that; midway.

        Both the zero of this one and that of the negative binomial are Bernoulli variables, whose lengths are exact.
        """
        log_zero = -torch.exp(self.log_dispersion) * F.softplus(self.log_mean() - self.log_dispersion)
        log_zero = log_zero.clamp(max=-1e-30)
        log_not = torch.log(-torch.expm1(log_zero))
        own = self._zero_steps(torch.logaddexp(self.zero_logits, log_zero) - log_not)
        within = self._zero_steps(log_zero - log_not)
        _, logits = steps(self.zero_logits.expand_as(self.rates), self.n_event_dims)
        return own + torch.sigmoid(-logits) * F.relu(super().squared_steps_per_element() - within)

    def _zero_steps(self, logits: Tensor) -> Tensor:
        """As of `Bernoulli`."""
        return steps(2 * torch.atan(torch.tanh(logits / 4)), self.n_event_dims)[0] ** 2
