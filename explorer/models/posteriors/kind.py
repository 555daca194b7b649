"""What every kind of posterior is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

from torch import Tensor, nn
from torch.distributions import Distribution

from explorer.models.reading import Reading


class PosteriorKind(nn.Module):
    """From outputs to q(z|x); what it has learnt is its `state_dict`."""

    @classmethod
    @abstractmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> Self:
        """Without its weights, of the `posterior` of a config.json.

        Raises:
            ValueError: the configuration names none.
        """

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """What `from_config` takes, beside `kind`."""

    @abstractmethod
    def forward(self, outputs: Sequence[Tensor], reading: Reading) -> Distribution:
        """Batch shape (N,), event shape (d,)."""

    @property
    def has_density(self) -> bool:
        """Whether the density that the distribution says of its draws is theirs."""
        return True
