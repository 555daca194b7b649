"""A torch distribution as a proposal: what models give as their posterior and their prior.

Known: diagonal Gaussians, full Gaussians, mixtures of either with the same shares for all, and flows over any of these.
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
from explorer.model import LatentModel


def encoder(model: LatentModel, x: Tensor) -> Proposal:
    """q(z|x) as the encoder gives it: the proposal of the standard protocol (Burda et al. 2016)."""
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
    if shares.ndim != 1:
        raise TypeError("expected a mixture with the same shares for every example, found shares of each")
    n_components = len(shares)
    shares = shares / shares.sum()
    parts = tuple(_component(q.component_distribution, j, n_examples) for j in range(n_components))
    kept = [j for j in range(n_components) if shares[j] > 0]
    return Mixture(tuple(parts[j] for j in kept), tuple(float(shares[j]) for j in kept))


def _component(family: Distribution, j: int, n_examples: int) -> Proposal:
    """Component j of a family whose last batch dimension counts the components."""
    if isinstance(family, Independent) and isinstance(family.base_dist, Normal):
        loc, scale = family.base_dist.loc[..., j, :], family.base_dist.scale[..., j, :]
        return of_distribution(Independent(Normal(loc, scale, validate_args=False), 1), n_examples)
    if isinstance(family, MultivariateNormal):
        one = MultivariateNormal(
            family.loc[..., j, :], scale_tril=family.scale_tril[..., j, :, :], validate_args=False
        )
        return of_distribution(one, n_examples)
    raise TypeError(f"expected a mixture of Gaussians, found one of {type(family).__name__}")


def standard_deviation(q: Distribution) -> Tensor:
    """Standard deviations of a distribution over z, by dimension."""
    return torch.sqrt(q.variance)
