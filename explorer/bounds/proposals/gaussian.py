"""Gaussian proposals: N(mean, diag scale^2), and N(mean, F F^T) with a full factor F."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds.proposals.proposal import Proposal, log_normal


@dataclass(frozen=True)
class DiagonalGaussian(Proposal):
    """N(mean, diag scale^2) for each example; mean and scale (N, d)."""

    mean: Tensor
    scale: Tensor

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def n_noise(self) -> int:
        return self.mean.shape[-1]

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        noise = noise.to(self.mean)
        return self.mean + self.scale * noise, log_normal(noise) - self.scale.double().log().sum(-1)

    def log_prob(self, z: Tensor) -> Tensor:
        noise = (z.double() - self.mean.double()) / self.scale.double()
        return log_normal(noise) - self.scale.double().log().sum(-1)

    def select(self, rows: Tensor | slice) -> DiagonalGaussian:
        """The proposal of some of the examples."""
        return DiagonalGaussian(self.mean[rows], self.scale[rows])

    def scaled(self, factor: float) -> DiagonalGaussian:
        """The same with every standard deviation times `factor`."""
        return DiagonalGaussian(self.mean, self.scale * factor)


@dataclass(frozen=True)
class FullGaussian(Proposal):
    """N(mean, F F^T) for each example: mean (N, d); F (N, d, d) lower triangular with a positive diagonal; float64."""

    mean: Tensor
    factor: Tensor

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def n_noise(self) -> int:
        return self.mean.shape[-1]

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        noise = noise.to(self.mean)
        return self.mean + apply(self.factor, noise), log_normal(noise) - log_det(self.factor)

    def log_prob(self, z: Tensor) -> Tensor:
        return log_normal(whiten(self.factor, z.double() - self.mean)) - log_det(self.factor)

    def select(self, rows: Tensor | slice) -> FullGaussian:
        """The proposal of some of the examples."""
        return FullGaussian(self.mean[rows], self.factor[rows])

    def scaled(self, factor: float, dimensions: Tensor | None = None) -> FullGaussian:
        """The same with the standard deviations of some dimensions, or all, times `factor`."""
        rows = torch.full((self.n_noise,), factor if dimensions is None else 1.0, dtype=self.factor.dtype)
        if dimensions is not None:
            rows[dimensions] = factor
        return FullGaussian(self.mean, self.factor * rows[:, None])


def apply(factor: Tensor, noise: Tensor) -> Tensor:
    """F e for each example: factor (N, d, d), noise (K, N, d)."""
    return (noise.transpose(0, 1) @ factor.mT).transpose(0, 1)


def whiten(factor: Tensor, offset: Tensor) -> Tensor:
    """F^-1 o for each example: factor (N, d, d) lower triangular, offset (K, N, d)."""
    solved = torch.linalg.solve_triangular(factor, offset.permute(1, 2, 0), upper=False)
    return solved.permute(2, 0, 1)


def log_det(factor: Tensor) -> Tensor:
    """log |F| of each example's triangular factor, (N,)."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
