"""p(z) of models that bring their own, a kind a class. To add one: a class here, and a row in `PRIORS`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal


class PriorKind(nn.Module):
    """p(z) over R^d; what it has learnt is its `state_dict`."""

    @classmethod
    @abstractmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Self:
        """Without its weights, of the `prior` of a config.json."""

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """What `from_config` takes, beside `kind`."""

    @abstractmethod
    def forward(self, like: Tensor) -> Distribution:
        """Event shape (d,), of the device and type of `like`."""


class StandardNormal(PriorKind):
    """N(0, I)."""

    def __init__(self, latent_dim: int):
        super().__init__()
        self._latent_dim = latent_dim

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> StandardNormal:
        return cls(latent_dim)

    def to_config(self) -> dict[str, Any]:
        return {}

    def forward(self, like: Tensor) -> Distribution:
        zeros = torch.zeros(self._latent_dim, device=like.device, dtype=like.dtype)
        return Independent(Normal(zeros, torch.ones_like(zeros), validate_args=False), 1)


PRIORS: Mapping[str, type[PriorKind]] = {"standard_normal": StandardNormal}
