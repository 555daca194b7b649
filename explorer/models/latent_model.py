"""What a latent model is. Everything above this layer needs p(z), q(z|x) and p(x|z), and no more:

p(x) = integral p(x|z) p(z) dz,        z in R^d, x with shape `data_spec.shape`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Distribution

from explorer.likelihoods import Likelihood

# What float32 tells apart in [0, 1].
MOST_LEVELS = 1 << 24
DATA_KINDS = ("grey image", "colour image", "vector")


@dataclass(frozen=True)
class DataSpec:
    """What one example is, and how its values were made comparable with the likelihood.

    Attributes:
        shape: (C, H, W) for images, (D,) for vectors.
        kind: one of `DATA_KINDS`.
        n_levels: values are {0, ..., n_levels-1}/(n_levels-1) in [0, 1]; None for real values.
        binarise: x ~ Bernoulli(grey value), drawn once an example from the seed.
    """

    shape: tuple[int, ...]
    kind: str
    n_levels: int | None
    binarise: bool = False

    def __post_init__(self) -> None:
        if not self.shape or not all(type(n) is int and n >= 1 for n in self.shape):
            raise ValueError(
                f"the shape of an example must be of whole numbers from 1 on, found {self.shape!r}"
            )
        if self.kind not in DATA_KINDS:
            raise ValueError(f"data kind {self.kind!r} is unknown; expected one of {', '.join(DATA_KINDS)}")
        if self.n_levels is not None and not (
            type(self.n_levels) is int and 2 <= self.n_levels <= MOST_LEVELS
        ):
            expected = f"2 to {MOST_LEVELS} levels, or null for real values"
            raise ValueError(f"data must have {expected}; found {self.n_levels!r}")
        if not isinstance(self.binarise, bool):
            raise ValueError(f"binarise must be true or false, found {self.binarise!r}")

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


def latent_shape(model: LatentModel) -> tuple[int, ...]:
    """(C, H, W) where a model says that its codes are images, else (d,)."""
    found = getattr(model, "latent_shape", None)
    return tuple(found) if found else (model.latent_dim,)
