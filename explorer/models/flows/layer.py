"""What every map is: a module with its weights, which gives a `torch.distributions.Transform`; and the plainest one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.distributions import Transform, constraints


class FlowLayer(nn.Module):
    """A map of R^d onto itself."""

    @classmethod
    @abstractmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Self:
        """Without its weights, of an entry of a config.json.

        Raises:
            ValueError: the entry names none.
        """

    def to_config(self) -> dict[str, Any]:
        """What `from_config` takes, beside `kind`."""
        return {}

    @abstractmethod
    def transform(self) -> Transform:
        """Of places (..., d), with its inverse and log |det J| (...)."""

    @property
    def is_invertible(self) -> bool:
        """Whether no two places are mapped onto one."""
        return True


class VectorTransform(Transform):
    """Of vectors, one to one."""

    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True


class Flip(FlowLayer):
    """The last dimension first."""

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Flip:
        return cls()

    def transform(self) -> Transform:
        return _Flipped()


class _Flipped(VectorTransform):
    def _call(self, x: Tensor) -> Tensor:
        return x.flip(-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.flip(-1)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.zeros_like(x[..., 0])
