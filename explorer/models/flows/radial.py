"""Radial flow: places are drawn towards a centre or pushed from it.

    z = y + beta (y - c) / (alpha + r),  r = |y - c|,        beta >= -alpha, so that it is one to one

References: Rezende & Mohamed 2015, eq. 13 and 14, and appendix A.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Transform
from torch.nn import functional as F

from explorer.models.flows.layer import FlowLayer, VectorTransform


class Radial(FlowLayer):
    """alpha = exp(log_alpha), beta = softplus(raw_beta) - alpha."""

    def __init__(self, latent_dim: int):
        super().__init__()
        self.centre = nn.Parameter(torch.zeros(latent_dim))
        self.log_alpha, self.raw_beta = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Radial:
        return cls(latent_dim)

    def transform(self) -> Transform:
        alpha = torch.exp(self.log_alpha)
        return _Radial(self.centre, alpha, F.softplus(self.raw_beta) - alpha)


class _Radial(VectorTransform):
    def __init__(self, centre: Tensor, alpha: Tensor, beta: Tensor):
        super().__init__()
        self._centre, self._alpha, self._beta = centre, alpha, beta

    def _call(self, x: Tensor) -> Tensor:
        away, r = self._away(x)
        return x + self._beta.to(x) / (self._alpha.to(x) + r) * away

    def _inverse(self, y: Tensor) -> Tensor:
        # r (1 + beta / (alpha + r)) = |y - c|, a square equation with one root from 0 on.
        away, reached = self._away(y)
        alpha, beta = self._alpha.to(y), self._beta.to(y)
        half = 0.5 * (reached - alpha - beta)
        r = half + torch.sqrt(half**2 + alpha * reached)
        return self._centre.to(y) + away / (1 + beta / (alpha + r))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        _, r = self._away(x)
        alpha, beta = self._alpha.to(x), self._beta.to(x)
        around = torch.log1p(beta / (alpha + r))
        along = torch.log1p(beta * alpha / (alpha + r) ** 2)
        return ((x.shape[-1] - 1) * around + along)[..., 0]

    def _away(self, x: Tensor) -> tuple[Tensor, Tensor]:
        away = x - self._centre.to(x)
        return away, away.norm(dim=-1, keepdim=True)
