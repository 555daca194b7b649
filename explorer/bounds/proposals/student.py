"""Student's t: a Gaussian whose scale is itself random, so that its tails outlast those of any log-concave posterior.

    z = mean + F e sqrt(nu / s),   e ~ N(0, I),  s ~ chi^2_nu

References: Kotz & Nadarajah 2004, eq. 1.1; Geweke 1989 (as an importance density).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
import torch
from torch import Tensor

from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian, apply, log_det, whiten
from explorer.bounds.proposals.proposal import Proposal


@dataclass(frozen=True)
class StudentT(Proposal):
    """t with `dof` degrees of freedom: mean (N, d), factor (N, d, d) lower triangular; float64."""

    mean: Tensor
    factor: Tensor
    dof: float

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def n_noise(self) -> int:
        return self.mean.shape[-1] + 1

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        noise = noise.to(self.mean)
        stretch = torch.sqrt(self.dof / _chi_square(noise[..., -1], self.dof))
        standard = noise[..., :-1] * stretch[..., None]
        return self.mean + apply(self.factor, standard), self._log_density(standard)

    def log_prob(self, z: Tensor) -> Tensor:
        return self._log_density(whiten(self.factor, z.double() - self.mean))

    def select(self, rows: Tensor | slice) -> StudentT:
        """The proposal of some of the examples."""
        return StudentT(self.mean[rows], self.factor[rows], self.dof)

    def _log_density(self, standard: Tensor) -> Tensor:
        d, nu = standard.shape[-1], self.dof
        constant = math.lgamma((nu + d) / 2) - math.lgamma(nu / 2) - 0.5 * d * math.log(nu * math.pi)
        square = (standard * standard).sum(-1)
        return constant - 0.5 * (nu + d) * torch.log1p(square / nu) - log_det(self.factor)


def heavy_tailed(gaussian: FullGaussian | DiagonalGaussian, dof: float) -> StudentT:
    """The t with a Gaussian's mean and scale."""
    if isinstance(gaussian, DiagonalGaussian):
        return StudentT(gaussian.mean.double(), torch.diag_embed(gaussian.scale.double()), dof)
    return StudentT(gaussian.mean, gaussian.factor, dof)


def _chi_square(normal: Tensor, dof: float) -> Tensor:
    """Chi-square draws from standard normal ones, by the inverse of the distribution function."""
    # Of the smaller of the two tails, where the inverse keeps its digits.
    upper = scipy.special.ndtr(-normal.numpy().astype(np.float64))
    return torch.from_numpy(2 * scipy.special.gammainccinv(dof / 2, upper))
