"""q(z|x) from what an encoder returns, a kind a class. To add one: a class here, and a row in `POSTERIORS`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from explorer.models.reading import Reading


class PosteriorKind(nn.Module):
    """From outputs to q(z|x); what it has learnt is its `state_dict`."""

    @classmethod
    @abstractmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Self:
        """Without its weights, of the `posterior` of a config.json."""

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """What `from_config` takes, beside `kind`."""

    @abstractmethod
    def forward(self, outputs: Sequence[Tensor], reading: Reading) -> Distribution:
        """Batch shape (N,), event shape (d,)."""


class Diagonal(PosteriorKind):
    """N(mean, diag sigma^2) of a mean and a spread."""

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Diagonal:
        return cls()

    def to_config(self) -> dict[str, Any]:
        return {}

    def forward(self, outputs: Sequence[Tensor], reading: Reading) -> Distribution:
        mean, log_sigma = (part.flatten(1) for part in reading.head(outputs))
        return Independent(Normal(mean, torch.exp(log_sigma), validate_args=False), 1)


POSTERIORS: Mapping[str, type[PosteriorKind]] = {"diagonal": Diagonal}
