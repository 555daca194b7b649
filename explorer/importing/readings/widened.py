"""A model whose q(z|x) is wider or narrower by a factor, as another weight of KL in its loss would have made it."""

from __future__ import annotations

from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from explorer.likelihoods import Likelihood
from explorer.models.latent_model import DataSpec, LatentModel


def is_diagonal(q: Distribution) -> bool:
    """Whether it is a Gaussian that a factor makes wider."""
    return isinstance(q, Independent) and isinstance(q.base_dist, Normal)


class Widened(nn.Module):
    """A model with q(z|x) = N(mean, (factor sigma)^2)."""

    def __init__(self, model: LatentModel, factor: float):
        super().__init__()
        self._model, self._factor = model, factor

    @property
    def latent_dim(self) -> int:
        return self._model.latent_dim

    @property
    def data_spec(self) -> DataSpec:
        return self._model.data_spec

    def prior(self) -> Distribution:
        return self._model.prior()

    def posterior(self, x: Tensor) -> Distribution:
        q = self._model.posterior(x)
        return Independent(Normal(q.mean, q.stddev * self._factor, validate_args=False), 1)

    def likelihood(self, z: Tensor) -> Likelihood:
        return self._model.likelihood(z)
