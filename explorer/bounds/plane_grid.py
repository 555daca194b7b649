"""A plane in latent space, what Gaussians are on it, and a grid of places over a rectangle of it.

z = o + B u + what is off the plane,     u = B'(z - o) in R^2,     B (d, 2) with orthonormal columns
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal


@dataclass(frozen=True)
class LatentPlane:
    """`origin` o (d,) and `basis` B (d, 2), float64."""

    origin: Tensor
    basis: Tensor

    def place(self, z: Tensor) -> Tensor:
        """u (..., 2) of codes z (..., d)."""
        return (z.double() - self.origin) @ self.basis

    def lift(self, u: Tensor) -> Tensor:
        """The codes (..., d) on the plane at u (..., 2)."""
        return self.origin + u @ self.basis.T


@dataclass(frozen=True)
class PlaneGaussian:
    """A Gaussian on the plane: mean (2,), covariance (2, 2)."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, u: Tensor, weights: Tensor) -> PlaneGaussian:
        """With the moments of weighted places u (n, 2)."""
        mean = weights @ u
        return cls(mean, (weights[:, None] * (u - mean)).T @ (u - mean))

    def density(self, u: Tensor) -> Tensor:
        """At places u (..., 2)."""
        gaussian = MultivariateNormal(self.mean, self.covariance, validate_args=False)
        return torch.exp(gaussian.log_prob(u))

    def window(self, n_deviations: float) -> Window:
        """So many standard deviations on each side."""
        reach = n_deviations * self.covariance.diagonal().sqrt()
        return Window(self.mean - reach, self.mean + reach)


@dataclass(frozen=True)
class Window:
    """A rectangle from `low` (2,) to `high` (2,)."""

    low: Tensor
    high: Tensor

    def with_(self, other: Window) -> Window:
        """The smallest one around both."""
        return Window(torch.minimum(self.low, other.low), torch.maximum(self.high, other.high))

    def axes(self, n: int) -> tuple[Tensor, Tensor]:
        """n places along each side."""
        ends = zip(self.low.tolist(), self.high.tolist(), strict=True)
        x, y = (torch.linspace(a, b, n, dtype=torch.float64) for a, b in ends)
        return x, y

    def grid(self, n: int) -> Tensor:
        """Places (n, n, 2); rows go along y."""
        x, y = self.axes(n)
        return torch.stack(torch.meshgrid(x, y, indexing="xy"), -1)

    def cell(self, n: int) -> float:
        """The area of one cell of the grid."""
        return float(((self.high - self.low) / (n - 1)).prod())
