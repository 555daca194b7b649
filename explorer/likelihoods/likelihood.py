"""Likelihoods p(x|z): what a decoder's output means as a density over data.

Symbols: x data with shape (N, *event); parameters with shape (*K, N, *event), one set a latent draw;
log p(x|z) sums over the event and has shape (*K, N). x is broadcast against the draws, never repeated.

| kind                   | x                          | parameters a pixel            | units of log p           |
|------------------------|----------------------------|-------------------------------|--------------------------|
| `bernoulli`            | {0, 1}                     | logits                        | nats, probability        |
| `discretised_logistic` | {0, 1, ..., L-1} / (L - 1) | location, log-scale           | nats, probability        |
| `gaussian`             | R                          | mean (and log-scale)          | nats, density            |
| `continuous_bernoulli` | [0, 1]                     | logits                        | nats, density            |

How far apart two likelihoods of one kind are is measured by the Fisher-Rao metric: with parameters t and their Fisher
information G(t) = E[(d log p/dt)(d log p/dt)'], a small step d has

    squared length = d' G d ~ 2 KL(p_t || p_(t+d)), in nats,

and the elements' squared lengths add up.

References: Rao 1945; Amari & Nagaoka 2000, chapter 2.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor


class Likelihood(ABC):
    """p(x|z) for a batch of latent draws; parameters have shape (*K, N, *event).

    A dataclass of its parameters in the order (logits or location, log-scale, n_levels, n_event_dims), as far as it has
    them: `LikelihoodHead` makes it so.

    Attributes:
        value_range: outside it log p means nothing.
        has_scale: whether the second parameter is a log-scale.
        has_levels: whether it counts levels of x.
        takes_logits: whether its parameters are logits of a probability.
        data_levels: how many levels data must have where the kind alone says so; None for any.
    """

    n_event_dims: int
    value_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    has_scale: ClassVar[bool] = False
    has_levels: ClassVar[bool] = False
    data_levels: ClassVar[int | None] = None
    takes_logits: ClassVar[bool] = False

    @abstractmethod
    def log_prob_per_element(self, x: Tensor) -> Tensor:
        """log p of each element of x (N, *event), shape (*K, N, *event), nats."""

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """E[x|z], shape (*K, N, *event)."""

    @abstractmethod
    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw x ~ p(x|z) for each z, shape (*K, N, *event)."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) in nats, shape (*K, N); summed in float64."""
        return sum_event(self.log_prob_per_element(x), self.n_event_dims)

    @abstractmethod
    def squared_steps_per_element(self) -> Tensor:
        """Squared Fisher-Rao length of each element's step to the next of N, shape (*K, N - 1, *event)."""

    def squared_steps(self) -> Tensor:
        """Squared Fisher-Rao length of each step along N likelihoods in order, shape (*K, N - 1).

        Differentiable in the parameters. Where the length has no closed form, G is taken midway: the error of a step
        is then of third order in it.
        """
        return sum_event(self.squared_steps_per_element(), self.n_event_dims)


def sum_event(elements: Tensor, n_event_dims: int) -> Tensor:
    # A float32 sum of 10^4 nats loses up to hundredths of a nat.
    return elements.flatten(-n_event_dims).sum(-1, dtype=torch.float64)


def steps(parameter: Tensor, n_event_dims: int) -> tuple[Tensor, Tensor]:
    """Each step along (*K, N, *event) and the value midway, both (*K, N - 1, *event)."""
    dim = -n_event_dims - 1
    n = parameter.shape[dim]
    start, end = parameter.narrow(dim, 0, n - 1), parameter.narrow(dim, 1, n - 1)
    return end - start, 0.5 * (start + end)


def uniform_like(parameter: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.empty_like(parameter).uniform_(generator=generator)
