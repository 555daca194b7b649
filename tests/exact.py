"""A linear-Gaussian latent model: everything about it is known in closed form.

    z ~ N(0, I_d),  x|z ~ N(W z + b, s^2 I_D),   M = I + W^T W / s^2
    p(x)   = N(b, W W^T + s^2 I)
    p(z|x) = N(M^-1 W^T (x - b)/s^2, M^-1)

The best diagonal Gaussian q has the exact mean and variances 1/M_ii; its gap is (sum log M_ii - log|M|)/2 for every x.

References: Tipping & Bishop 1999; Turner & Sahani 2011 (mean-field on a Gaussian).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Independent, MultivariateNormal, Normal

from explorer.likelihoods import Gaussian, Likelihood
from explorer.models.latent_model import DataSpec


@dataclass(frozen=True)
class LinearGaussian:
    """float64 throughout; `width` scales the standard deviations of q."""

    loadings: Tensor
    offset: Tensor
    sigma: float
    width: float = 1.0

    @classmethod
    def random(cls, n_x: int, d: int, seed: int = 0, orthogonal: bool = False, width: float = 1.0):
        generator = torch.Generator().manual_seed(seed)
        loadings = 0.5 * torch.randn(n_x, d, generator=generator, dtype=torch.float64)
        if orthogonal:
            loadings = torch.linalg.qr(loadings).Q * torch.linspace(0.5, 2, d, dtype=torch.float64)
        offset = torch.randn(n_x, generator=generator, dtype=torch.float64)
        return cls(loadings, offset, 0.5, width)

    @property
    def latent_dim(self) -> int:
        return self.loadings.shape[1]

    @property
    def data_spec(self) -> DataSpec:
        return DataSpec((len(self.offset),), "vector", None)

    @property
    def precision(self) -> Tensor:
        identity = torch.eye(self.latent_dim, dtype=torch.float64)
        return identity + self.loadings.T @ self.loadings / self.sigma**2

    def prior(self) -> Independent:
        zeros = torch.zeros(self.latent_dim, dtype=torch.float64)
        return Independent(Normal(zeros, torch.ones_like(zeros)), 1)

    def posterior(self, x: Tensor) -> Independent:
        scale = self.width * self.precision.diagonal().rsqrt()
        return Independent(Normal(self.posterior_mean(x), scale.expand(len(x), -1)), 1)

    def likelihood(self, z: Tensor) -> Likelihood:
        log_scale = torch.tensor(math.log(self.sigma), dtype=torch.float64)
        return Gaussian(z @ self.loadings.T + self.offset, log_scale, 1)

    def posterior_mean(self, x: Tensor) -> Tensor:
        projected = (x - self.offset) @ self.loadings / self.sigma**2
        return torch.linalg.solve(self.precision, projected.T).T

    def log_px(self, x: Tensor) -> Tensor:
        covariance = self.loadings @ self.loadings.T
        covariance += self.sigma**2 * torch.eye(len(self.offset), dtype=torch.float64)
        return MultivariateNormal(self.offset, covariance).log_prob(x)

    def mean_field_gap(self) -> float:
        precision = self.precision
        return float(0.5 * (precision.diagonal().log().sum() - torch.logdet(precision)))

    def sample(self, n: int, seed: int = 1) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        z = torch.randn(n, self.latent_dim, generator=generator, dtype=torch.float64)
        noise = torch.randn(n, len(self.offset), generator=generator, dtype=torch.float64)
        return z @ self.loadings.T + self.offset + self.sigma * noise
