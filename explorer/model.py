"""What a latent model is, and the VAE.

Everything above this layer needs p(z), q(z|x) and p(x|z), and no more:

    p(x) = integral p(x|z) p(z) dz,        z in R^d, x with shape `data_spec.shape`.

The VAE (Kingma & Welling 2014; Rezende et al. 2014) has p(z) = N(0, I), q(z|x) = N(mu(x), diag exp(log_var(x))).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from explorer.likelihoods import Likelihood, LikelihoodHead
from explorer.networks import build_decoder, build_encoder


@dataclass(frozen=True)
class DataSpec:
    """What one example is, and how its values were made comparable with the likelihood.

    Attributes:
        shape: (C, H, W) for images, (D,) for vectors.
        kind: "grey image", "colour image" or "vector".
        n_levels: values are {0, ..., n_levels-1}/(n_levels-1) in [0, 1]; None for real values.
        binarise: x ~ Bernoulli(grey value), drawn once an example from the seed.
    """

    shape: tuple[int, ...]
    kind: str
    n_levels: int | None
    binarise: bool = False

    def as_data(self, means: NDArray[np.float32]) -> NDArray[np.float32]:
        """Decoded means (n, *shape) as data that an encoder can be given: rounded to the levels that data can have."""
        if self.n_levels is None:
            return means
        levels = np.round(np.clip(means, 0, 1) * (self.n_levels - 1))
        return (levels / (self.n_levels - 1)).astype(np.float32)


class LatentModel(Protocol):
    """The three things that the rest of the explorer asks of a model."""

    @property
    def latent_dim(self) -> int: ...

    @property
    def data_spec(self) -> DataSpec: ...

    def prior(self) -> Distribution:
        """p(z), over R^d."""

    def posterior(self, x: Tensor) -> Distribution:
        """q(z|x) for x (N, *shape): batch shape (N,), event shape (d,)."""

    def likelihood(self, z: Tensor) -> Likelihood:
        """p(x|z) for z (*K, N, d)."""


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


class VAE(nn.Module):
    """A VAE with a standard normal prior and a diagonal Gaussian posterior."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        _check_latent_dim(config.latent_dim)
        _check_levels(config)
        self.config = config
        shape = config.data.shape
        self.head = LikelihoodHead(n_event_dims=len(shape), **config.likelihood)
        raw_shape = (shape[0] * self.head.n_parameters, *shape[1:])
        self.encoder = build_encoder(config.encoder, shape, 2 * config.latent_dim)
        self.decoder = build_decoder(config.decoder, config.latent_dim, raw_shape)

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
    if not isinstance(latent_dim, int) or latent_dim < 1:
        raise ValueError(f"latent_dim must be a whole number of at least 1, found {latent_dim!r}")


def _check_levels(config: ModelConfig) -> None:
    """A likelihood of levels is one of the data's own levels; 0 and 1 are the only ones of a Bernoulli."""
    needed = {"bernoulli": 2, "discretised_logistic": config.likelihood.get("n_levels")}
    kind, found = config.likelihood.get("kind"), config.data.n_levels
    if kind in needed and found != needed[kind]:
        raise ValueError(f"a {kind} likelihood needs data of {needed[kind]} levels, found {found}")


def _leading(z: Tensor) -> Sequence[int]:
    return tuple(z.shape[:-1])
