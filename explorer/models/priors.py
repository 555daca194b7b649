"""p(z) of models that bring their own, a kind a class. To add one: a class here, and a row in `PRIORS`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, MixtureSameFamily, Normal


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


class MixtureOfGaussians(PriorKind):
    """sum_j a_j N(mean_j, diag sigma_j^2).

    A VampPrior is one: its components are the encoder's answers to the pseudo-inputs, which are fixed once it is
    trained (Tomczak & Welling 2018, eq. 9); whoever imports it computes them once.
    """

    MAX_COMPONENTS = 10_000

    def __init__(self, latent_dim: int, n_components: int):
        super().__init__()
        self.log_shares = nn.Parameter(torch.zeros(n_components))
        self.means = nn.Parameter(torch.zeros(n_components, latent_dim))
        self.log_sigmas = nn.Parameter(torch.zeros(n_components, latent_dim))

    @classmethod
    def of(cls, means: Tensor, log_sigmas: Tensor, log_shares: Tensor | None = None) -> MixtureOfGaussians:
        """Of components (J, d); with equal shares unless their logs (J,) are given, up to a constant."""
        made = cls(means.shape[1], len(means))
        equal = torch.zeros(len(means))
        weights = {
            "means": means,
            "log_sigmas": log_sigmas,
            "log_shares": equal if log_shares is None else log_shares,
        }
        made.load_state_dict(weights)
        return made.requires_grad_(False)

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> MixtureOfGaussians:
        n = config.get("n_components")
        if not (type(n) is int and 1 <= n <= cls.MAX_COMPONENTS):
            raise ValueError(f"prior.n_components: expected 1 to {cls.MAX_COMPONENTS:,}, found {n!r:.80}")
        return cls(latent_dim, n)

    def to_config(self) -> dict[str, Any]:
        return {"n_components": len(self.means)}

    def forward(self, like: Tensor) -> Distribution:
        shares = Categorical(logits=self.log_shares.to(like), validate_args=False)
        each = Normal(self.means.to(like), torch.exp(self.log_sigmas.to(like)), validate_args=False)
        return MixtureSameFamily(shares, Independent(each, 1), validate_args=False)


PRIORS: Mapping[str, type[PriorKind]] = {
    "standard_normal": StandardNormal,
    "mixture": MixtureOfGaussians,
}
