"""Likelihoods p(x|z): what a decoder's output means as a density over data.

Symbols: x data with shape (N, *event); parameters with shape (*K, N, *event), one set a latent draw;
log p(x|z) sums over the event and has shape (*K, N). x is broadcast against the draws, never repeated.

| kind                   | x                          | parameters a pixel            | units of log p           |
|------------------------|----------------------------|-------------------------------|--------------------------|
| `bernoulli`            | {0, 1}                     | logits                        | nats, probability        |
| `discretised_logistic` | {0, 1, ..., L-1} / (L - 1) | location, log-scale           | nats, probability        |
| `gaussian`             | R                          | mean (and log-scale)          | nats, density            |
| `continuous_bernoulli` | [0, 1]                     | logits                        | nats, density            |
| `laplace`              | R                          | location (and log-scale)      | nats, density            |
| `student_t`            | R                          | location (and log-scale)      | nats, density            |
| `categorical`          | {0, 1, ..., L-1} / (L - 1) | L logits                      | nats, probability        |
| `negative_binomial`    | {0, 1, 2, ...}             | log mean, log inverse disp.   | nats, probability        |
| `zero_inflated_negative_binomial` | {0, 1, 2, ...}  | and logits of a zero          | nats, probability        |

How far apart two likelihoods of one kind are is measured by the Fisher-Rao metric: with parameters t and their Fisher
information G(t) = E[(d log p/dt)(d log p/dt)'], a small step d has

    squared length = d' G d ~ 2 KL(p_t || p_(t+d)), in nats,

and the elements' squared lengths add up.

References: Rao 1945; Amari & Nagaoka 2000, chapter 2.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, Self

import torch
from torch import Tensor


class Likelihood(ABC):
    """p(x|z) for a batch of latent draws; parameters have shape (*K, N, *event).

    A dataclass of its parameters in the order of the decoder's output, then log-scale, and by name n_levels, `settings`
    and n_event_dims, as far as it has them: `LikelihoodHead` makes it so.

    Attributes:
        value_range: outside it log p means nothing.
        n_own: how many parameters an element it has, beside a log-scale.
        has_scale: whether the last parameter is a log-scale.
        has_levels: whether it counts levels of x.
        per_level: whether its parameter is one of `n_levels` numbers an element, (*K, N, n_levels, *event).
        settings: names of numbers that the configuration gives.
        takes_logits: whether its parameters are each the logit of a probability.
        takes_counts: whether x is whole numbers.
        data_levels: how many levels data must have where the kind alone says so; None for any.
    """

    n_event_dims: int
    value_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    n_own: ClassVar[int] = 1
    has_scale: ClassVar[bool] = False
    has_levels: ClassVar[bool] = False
    per_level: ClassVar[bool] = False
    settings: ClassVar[tuple[str, ...]] = ()
    takes_counts: ClassVar[bool] = False
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

    def given(self, x: Tensor) -> Self:
        """The same with what its means and draws take over from x (N, *event), such as the size of a library; an
        example of NaN leaves it as it is."""
        return self

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
