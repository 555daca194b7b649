"""A density on a plane from weighted draws.

The kernel has the draws' covariance times h^2, h = ESS^(-1/6) (Silverman's rule in two dimensions). It would widen the
density by h^2, so its places are drawn towards the mean by sqrt(1 - h^2): mean and covariance are those of the draws.

References: Silverman 1986, eq. 4.14; West 1993 (the shrinkage).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.bounds.plane_grid import PlaneGaussian

# Values at once.
_KERNELS_PER_PASS = 2**21


def kernel_density(places: Tensor, u: Tensor, weights: Tensor, around: PlaneGaussian) -> Tensor:
    """The density at `places` (ny, nx, 2) of draws u (n, 2) with weights (n,) and the moments `around`."""
    h = float((weights**2).sum()) ** (1 / 6)
    factor = torch.linalg.cholesky(around.covariance)
    centres = math.sqrt(max(1 - h**2, 0.0)) * _whitened(u, around.mean, factor) / h
    points = _whitened(places.reshape(-1, 2), around.mean, factor) / h
    # w exp(-|p - c|^2/2) by the product p'c, in place: a quarter of the time of distances and their squares.
    log_height = torch.log(weights) - 0.5 * (centres**2).sum(1)
    rows = max(1, _KERNELS_PER_PASS // len(u))
    sums = []
    for p in points.split(rows):
        exponents = torch.addmm(log_height, p, centres.T).sub_(0.5 * (p**2).sum(1, keepdim=True))
        sums.append(exponents.exp_().sum(1))
    norm = 2 * math.pi * h**2 * float(factor.diagonal().prod())
    return (torch.cat(sums) / norm).view(places.shape[:-1])


def _whitened(u: Tensor, mean: Tensor, factor: Tensor) -> Tensor:
    return torch.linalg.solve_triangular(factor, (u - mean).T, upper=False).T
