"""A torch distribution as a proposal: what models give as their posterior and their prior.

Known: diagonal Gaussians, full Gaussians, mixtures of either, and flows over any of these.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.distributions import (
    Distribution,
    Independent,
    MixtureSameFamily,
    MultivariateNormal,
    Normal,
    TransformedDistribution,
)

from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.mixture import Mixture
from explorer.bounds.proposals.proposal import Proposal
from explorer.bounds.proposals.transformed import Transformed
from explorer.models.latent_model import LatentModel

EXAMPLES_PER_BLOCK = 32


def encoder(model: LatentModel, x: Tensor) -> Proposal:
    """q(z|x) as the encoder gives it: the proposal of the standard protocol (Burda et al. 2016).

    Examples are encoded in whole blocks, the last one filled up with copies, as a matrix product of another shape
    rounds otherwise. A flow is made for the examples as they are.
    """
    fill = -len(x) % EXAMPLES_PER_BLOCK
    rows = torch.cat([torch.arange(len(x)), torch.full((fill,), len(x) - 1)])
    q = of_distribution(model.posterior(x[rows]), len(rows))
    if isinstance(q, DiagonalGaussian | FullGaussian | Mixture):
        return q.select(slice(len(x)))
    return of_distribution(model.posterior(x), len(x))


def prior(model: LatentModel, x: Tensor) -> Proposal:
    """p(z) for every example: log (1/K) sum p(x|z_k), the naive estimate."""
    return of_distribution(model.prior(), len(x))


def of_distribution(q: Distribution, n_examples: int) -> Proposal:
    """The proposal of a distribution over z with batch shape (N,) or ().

    Raises:
        TypeError: of a kind whose draws cannot be made from given noise.
    """
    if isinstance(q, Independent) and isinstance(q.base_dist, Normal):
        return DiagonalGaussian(
            _rows(q.base_dist.loc, n_examples, 1), _rows(q.base_dist.scale, n_examples, 1)
        )
    if isinstance(q, MultivariateNormal):
        mean, factor = _rows(q.loc, n_examples, 1), _rows(q.scale_tril, n_examples, 2)
        return FullGaussian(mean.double(), factor.double())
    if isinstance(q, TransformedDistribution):
        return Transformed(of_distribution(q.base_dist, n_examples), tuple(q.transforms))
    if isinstance(q, MixtureSameFamily):
        return _mixture(q, n_examples)
    raise TypeError(
        "expected a diagonal or full Gaussian, a mixture of them, or a TransformedDistribution over one; "
        f"found {type(q).__name__}"
    )


def _rows(parameter: Tensor, n_examples: int, n_event_dims: int) -> Tensor:
    """A parameter a row of each example."""
    return parameter.expand(n_examples, *parameter.shape[parameter.ndim - n_event_dims :])


def _mixture(q: MixtureSameFamily, n_examples: int) -> Mixture:
    shares = q.mixture_distribution.probs.detach().double()
    shares = _rows(shares / shares.sum(-1, keepdim=True), n_examples, 1)
    n_components = shares.shape[-1]
    parts = tuple(_component(q.component_distribution, j, n_examples) for j in range(n_components))
    return Mixture(parts, shares)


def _component(family: Distribution, j: int, n_examples: int) -> DiagonalGaussian | FullGaussian:
    """Component j of a family whose last batch dimension counts the components."""
    if isinstance(family, Independent) and isinstance(family.base_dist, Normal):
        loc, scale = family.base_dist.loc[..., j, :], family.base_dist.scale[..., j, :]
        return DiagonalGaussian(_rows(loc, n_examples, 1), _rows(scale, n_examples, 1))
    if isinstance(family, MultivariateNormal):
        mean, factor = family.loc[..., j, :], family.scale_tril[..., j, :, :]
        return FullGaussian(_rows(mean, n_examples, 1).double(), _rows(factor, n_examples, 2).double())
    raise TypeError(f"expected a mixture of Gaussians, found one of {type(family).__name__}")
