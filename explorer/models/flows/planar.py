"""Planar flow: places are moved along one direction by how far they lie along another.

    z = y + u tanh(w'y + b),        log |det J| = log |1 + w'u (1 - tanh^2(w'y + b))|

References: Rezende & Mohamed 2015, eq. 10 to 12 and appendix A.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Transform

from explorer.models.flows.layer import FlowLayer, VectorTransform

_N_BISECTIONS = 40


class Planar(FlowLayer):
    """One to one where w'u >= -1, which its weights are free to break."""

    def __init__(self, latent_dim: int):
        super().__init__()
        self.w, self.u = nn.Parameter(torch.zeros(latent_dim)), nn.Parameter(torch.zeros(latent_dim))
        self.b = nn.Parameter(torch.zeros(()))

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Planar:
        return cls(latent_dim)

    @property
    def is_invertible(self) -> bool:
        return float((self.w @ self.u).detach()) >= -1

    def transform(self) -> Transform:
        return _Planar(self.w, self.u, self.b)


class _Planar(VectorTransform):
    def __init__(self, w: Tensor, u: Tensor, b: Tensor):
        super().__init__()
        self._w, self._u, self._b = w, u, b

    def _call(self, x: Tensor) -> Tensor:
        return x + self._u.to(x) * torch.tanh(self._along(x))[..., None]

    def _inverse(self, y: Tensor) -> Tensor:
        along = _solved(y @ self._w.to(y) + self._b.to(y), (self._w @ self._u).to(y))
        return y - self._u.to(y) * torch.tanh(along)[..., None]

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        slope = 1 - torch.tanh(self._along(x)) ** 2
        return torch.log((1 + (self._w @ self._u).to(x) * slope).abs())

    def _along(self, x: Tensor) -> Tensor:
        return x @ self._w.to(x) + self._b.to(x)


def _solved(target: Tensor, strength: Tensor) -> Tensor:
    """a with a + strength tanh(a) = target, for strength >= -1; halved down to, then by Newton, which has gradients."""
    with torch.no_grad():
        low, high = target - strength.abs(), target + strength.abs()
        for _ in range(_N_BISECTIONS):
            middle = 0.5 * (low + high)
            is_above = middle + strength * torch.tanh(middle) > target
            low, high = torch.where(is_above, low, middle), torch.where(is_above, middle, high)
        found = 0.5 * (low + high)
    for _ in range(2):
        slope = 1 + strength * (1 - torch.tanh(found) ** 2)
        found = found - (found + strength * torch.tanh(found) - target) / slope.clamp(min=1e-6)
    return found
