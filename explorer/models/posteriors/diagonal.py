"""A Gaussian of independent dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal

from explorer.models.posteriors.kind import PosteriorKind
from explorer.models.reading import Reading


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
