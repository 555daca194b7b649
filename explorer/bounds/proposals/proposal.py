"""What every proposal is: a density over z for each of N examples, drawn from by standard normal noise."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor


class Proposal(ABC):
    """q(z) for each of N examples."""

    @abstractmethod
    def __len__(self) -> int:
        """N."""

    @property
    @abstractmethod
    def n_noise(self) -> int:
        """Standard normal numbers that one draw takes; at least d."""

    @abstractmethod
    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Draws z (K, N, d) and log q(z) (K, N), float64, from standard normal noise (K, N, n_noise)."""

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z), float64 (K, N), at places z (K, N, d)."""

    @abstractmethod
    def select(self, rows: Tensor | slice) -> Proposal:
        """The proposal of some of the examples."""


def centre(q: Proposal) -> Tensor:
    """Where a draw without noise lands, (N, d): a Gaussian's mean, a flow's image of it."""
    n_examples = len(q)
    return q.sample(torch.zeros(1, n_examples, q.n_noise))[0][0]


def log_normal(noise: Tensor) -> Tensor:
    """log N(noise; 0, I) over the last dimension, float64."""
    square = (noise * noise).sum(-1, dtype=torch.float64)
    return -0.5 * (square + noise.shape[-1] * math.log(2 * math.pi))
