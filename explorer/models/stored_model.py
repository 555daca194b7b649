"""A latent model that a checkpoint folder can hold: a `torch.nn.Module` built from a configuration."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from torch import Tensor, nn
from torch.distributions import Distribution

from explorer.likelihoods import Likelihood
from explorer.models.latent_model import DataSpec


class StoredModel(nn.Module):
    """A `LatentModel` whose weights are its `state_dict`.

    Attributes:
        REQUIRED: the entries that its config.json must have, beside `format_version` and `model_type`.
    """

    REQUIRED: tuple[str, ...] = ()

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Builds the model from a config.json, without its weights: it runs on torch's "meta" device.

        Raises:
            TypeError, ValueError, LookupError: the configuration cannot be built; the reason is told with the file.
        """

    @abstractmethod
    def to_config(self) -> dict[str, Any]:
        """JSON-ready mapping that `from_config` takes."""

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """d."""

    @property
    @abstractmethod
    def data_spec(self) -> DataSpec:
        """What one example is."""

    @abstractmethod
    def prior(self) -> Distribution:
        """p(z), over R^d."""

    @abstractmethod
    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for x (N, *shape): batch shape (N,), event shape (d,)."""

    @abstractmethod
    def likelihood(self, z: Tensor) -> Likelihood:
        """p(x|z) for z (*K, N, d)."""
