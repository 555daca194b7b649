"""Where importance samples are drawn from: the encoder's q(z|x), or the prior (the naive estimate).

A proposal turns standard normal noise (K, N, d) into draws z (K, N, d) and their log-density (K, N).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Independent, Normal

from explorer.bounds.noise import Stream
from explorer.model import LatentModel


class Proposal(ABC):
    """A density over z for each of N examples."""

    name: str
    stream: Stream

    @abstractmethod
    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Draws z (K, N, d) and log q(z) (K, N), float64, from standard normal noise (K, N, d)."""

    @abstractmethod
    def select(self, rows: slice) -> Proposal:
        """The proposal of some of the examples."""


@dataclass(frozen=True)
class DiagonalGaussian(Proposal):
    """N(mean, diag scale^2) for each example; mean and scale (N, d)."""

    mean: Tensor
    scale: Tensor
    name: str
    stream: Stream

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        noise = noise.to(self.mean)
        return self.mean + self.scale * noise, _log_normal(noise) - self.scale.double().log().sum(-1)

    def select(self, rows: slice) -> DiagonalGaussian:
        return DiagonalGaussian(self.mean[rows], self.scale[rows], self.name, self.stream)


def encoder(model: LatentModel, x: Tensor) -> DiagonalGaussian:
    """q(z|x) as the encoder gives it: the proposal of the standard protocol (Burda et al. 2016)."""
    q = model.posterior(x)
    if not (isinstance(q, Independent) and isinstance(q.base_dist, Normal)):
        raise TypeError(f"expected a diagonal Gaussian posterior, found {q}")
    return DiagonalGaussian(q.base_dist.loc, q.base_dist.scale, "encoder", Stream.ENCODER)


def prior(model: LatentModel, x: Tensor) -> DiagonalGaussian:
    """p(z) for every example: log (1/K) sum p(x|z_k), the naive estimate."""
    p = model.prior()
    mean, scale = p.mean.expand(len(x), -1), p.stddev.expand(len(x), -1)
    return DiagonalGaussian(mean, scale, "prior", Stream.PRIOR)


def _log_normal(noise: Tensor) -> Tensor:
    """log N(noise; 0, I) over the last dimension, float64."""
    square = (noise * noise).sum(-1, dtype=torch.float64)
    return -0.5 * (square + noise.shape[-1] * math.log(2 * math.pi))
