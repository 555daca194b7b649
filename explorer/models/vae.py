"""The VAE: p(z) = N(0, I), q(z|x) = N(mu(x), diag exp(log_var(x))), and a likelihood of any kind.

References: Kingma & Welling 2014; Rezende et al. 2014.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal

from explorer.likelihoods import Likelihood, LikelihoodHead
from explorer.models.conventions import check_levels, likelihood_section
from explorer.models.latent_model import DataSpec
from explorer.models.networks import build_decoder, build_encoder
from explorer.models.stored_model import StoredModel


@dataclass(frozen=True)
class ModelConfig:
    """All that builds a VAE: what `config.json` holds beside the weights."""

    latent_dim: int
    data: DataSpec
    likelihood: Mapping[str, Any]
    encoder: Mapping[str, Any]
    decoder: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready mapping."""
        return asdict(self)


class VAE(StoredModel):
    """A VAE with a standard normal prior and a diagonal Gaussian posterior."""

    REQUIRED = ("latent_dim", "data", "likelihood", "encoder", "decoder")

    def __init__(self, config: ModelConfig):
        super().__init__()
        _check_latent_dim(config.latent_dim)
        self.config = config
        shape = config.data.shape
        self.head = LikelihoodHead(n_event_dims=len(shape), **config.likelihood)
        check_levels(self.head, config.data)
        raw_shape = (shape[0] * self.head.n_parameters, *shape[1:])
        self.encoder = build_encoder(config.encoder, shape, 2 * config.latent_dim)
        self.decoder = build_decoder(config.decoder, config.latent_dim, raw_shape)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> VAE:
        data = DataSpec(**{**config["data"], "shape": tuple(config["data"]["shape"])})
        likelihood = likelihood_section(config)
        return cls(ModelConfig(config["latent_dim"], data, likelihood, config["encoder"], config["decoder"]))

    def to_config(self) -> dict[str, Any]:
        return self.config.to_dict()

    @property
    def latent_dim(self) -> int:
        return self.config.latent_dim

    @property
    def data_spec(self) -> DataSpec:
        return self.config.data

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def prior(self) -> Distribution:
        """N(0, I)."""
        zeros = torch.zeros(self.latent_dim, device=self.device, dtype=next(self.parameters()).dtype)
        return Independent(Normal(zeros, torch.ones_like(zeros), validate_args=False), 1)

    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for x with shape (N, *shape)."""
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        return Independent(Normal(mu, torch.exp(0.5 * log_var), validate_args=False), 1)

    def likelihood(self, z: Tensor) -> Likelihood:
        """p(x|z) for z with shape (*K, N, d)."""
        raw = self.decoder(z.reshape(-1, self.latent_dim))
        return self.head(raw.unflatten(0, _leading(z)))


def _check_latent_dim(latent_dim: object) -> None:
    if type(latent_dim) is not int or latent_dim < 1:
        raise ValueError(f"latent_dim must be a whole number of at least 1, found {latent_dim!r}")


def _leading(z: Tensor) -> Sequence[int]:
    return tuple(z.shape[:-1])
