"""Levels 0, 1/(L-1), ..., 1, a logit a level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.likelihoods.likelihood import Likelihood, uniform_like


@dataclass(frozen=True)
class CategoricalLevels(Likelihood):
    """P(x = k/(L-1)) = softmax(logits)_k; the logits are (*K, N, L, *event), the levels before the event.

    The decoder's raw output is L blocks, one a level, each of the event's shape.
    """

    logits: Tensor
    n_levels: int
    n_event_dims: int
    value_range = (0.0, 1.0)
    has_levels = True
    per_level = True

    @property
    def _dim(self) -> int:
        return -self.n_event_dims - 1

    @property
    def _log_probabilities(self) -> Tensor:
        return torch.log_softmax(self.logits, self._dim)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        level = torch.round(x * (self.n_levels - 1)).long().clamp(0, self.n_levels - 1)
        log_p, level = self._log_probabilities, level.unsqueeze(self._dim)
        event = torch.broadcast_shapes(log_p.select(self._dim, 0).shape, level.select(self._dim, 0).shape)
        at = len(event) - self.n_event_dims
        log_p, level = (
            part.expand(*event[:at], n, *event[at:]) for part, n in ((log_p, self.n_levels), (level, 1))
        )
        return log_p.gather(self._dim, level).squeeze(self._dim)

    @property
    def mean(self) -> Tensor:
        levels = torch.linspace(0, 1, self.n_levels, dtype=self.logits.dtype, device=self.logits.device)
        shape = (-1, *[1] * self.n_event_dims)
        return (self._log_probabilities.exp() * levels.reshape(shape)).sum(self._dim)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        # The largest of logits with Gumbel noise.
        noise = -torch.log(-torch.log((1 - uniform_like(self.logits, generator)).clamp(max=1 - 1e-7)))
        chosen = (self.logits + noise).argmax(self._dim)
        return chosen.to(self.logits.dtype) / (self.n_levels - 1)

    def squared_steps_per_element(self) -> Tensor:
        """(2 arccos sum sqrt(p_k p'_k))^2, exact: sqrt(p) lies on a sphere of radius 2, and c^2 is a chord's square.

        References: Rao 1945; Atkinson & Mitchell 1981.
        """
        root = torch.exp(0.5 * self._log_probabilities)
        dim = self._dim - 1
        n = root.shape[dim] - 1
        chord = root.narrow(dim, 1, n) - root.narrow(dim, 0, n)
        return 16 * _squared_arcsine_of_root((chord**2).sum(self._dim) / 4)


def _squared_arcsine_of_root(u: Tensor) -> Tensor:
    """asin(sqrt u)^2, smooth at 0."""
    is_small = u < 1e-3
    safe = torch.where(is_small, 0.25, u).clamp(max=math.sin(1.5) ** 2)
    series = u * (1 + u * (1 / 3 + u * (8 / 45)))
    return torch.where(is_small, series, torch.asin(torch.sqrt(safe)) ** 2)
