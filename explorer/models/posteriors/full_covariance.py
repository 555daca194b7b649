"""A Gaussian of dimensions that depend on each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, MultivariateNormal

from explorer.models.posteriors.kind import PosteriorKind
from explorer.models.reading import Reading


class FullCovariance(PosteriorKind):
    """N(mean, L L') with L lower triangular.

    The encoder returns

        mean, L            L with its diagonal
        mean, spread, L    a diagonal that is read as the reading says (and the first two in its order), and below it L

    with L (N, d, d), of which what lies above the diagonal is left out, or (N, d (d+1) / 2), its rows one after the
    other. Signs on the diagonal of L do not matter.

    References: Kingma & Welling 2019, section 2.5.1.
    """

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> FullCovariance:
        return cls()

    def to_config(self) -> dict[str, Any]:
        return {}

    def forward(self, outputs: Sequence[Tensor], reading: Reading) -> Distribution:
        *head, factor = outputs
        if len(head) not in (1, 2):
            raise ValueError(f"a full covariance needs two or three outputs, found {len(outputs)}")
        mean, log_sigma = (head[0], None) if len(head) == 1 else reading.head(head)
        lower = _lower(factor, math.prod(mean.shape[1:]))
        if log_sigma is not None:
            lower = lower.tril(-1) + torch.diag_embed(torch.exp(log_sigma.flatten(1)))
        signs = torch.where(lower.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0)
        return MultivariateNormal(
            mean.flatten(1), scale_tril=lower * signs[:, None].to(lower), validate_args=False
        )


def _lower(factor: Tensor, d: int) -> Tensor:
    """(N, d, d), lower triangular."""
    flat = factor.flatten(1)
    if flat.shape[1] == d * d:
        return flat.reshape(-1, d, d).tril()
    if flat.shape[1] != d * (d + 1) // 2:
        raise ValueError(
            f"the factor of a covariance of {d} dimensions has {d * d} numbers, or {d * (d + 1) // 2} in and below its "
            f"diagonal; found {flat.shape[1]}"
        )
    rows, columns = torch.tril_indices(d, d)
    places = torch.zeros(d, d, dtype=torch.long)
    places[rows, columns] = torch.arange(len(rows))
    return flat[:, places.flatten().to(flat.device)].reshape(-1, d, d).tril()
