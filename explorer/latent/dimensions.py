"""Latent dimensions one by one: how much each is used, how far its values reach, and codes that differ in two of them.

With q(z|x_n) = N(mu_n, diag sigma_n^2) over N examples and the prior N(0, I), dimension i carries on average

    KL_i = 1/N sum_n (mu_ni^2 + sigma_ni^2 - 1 - log sigma_ni^2) / 2     nats.

References:
    Burda et al. 2016 (units that are not used; by the variance of mu, above 0.01).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError

_BLOCK = 65_536
"""Rows at a time: in float64 a million codes of 128 dimensions take a gigabyte."""
_SAMPLE = 20_000
"""Enough rows for a quantile that only says where a slider ends."""


def kl_by_dimension(means: Floats, log_variances: Floats) -> Floats:
    """KL_i (d,) in nats, from mu and log sigma^2 with shape (N, d)."""
    total = np.zeros(means.shape[1])
    for start in range(0, len(means), _BLOCK):
        mu, log_variance = (v[start : start + _BLOCK].astype(np.float64) for v in (means, log_variances))
        total += 0.5 * (mu**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=0)
    kl: Floats = total / len(means)
    return kl


def ranges(means: Floats, log_variances: Floats) -> Floats:
    """How far to go in each dimension, (d, 2): the 2% to 98% quantiles of mu made half as wide again, and 3 sigma.

    A dimension that carries nothing has mu = 0 and sigma = 1, and so gets what the prior has, -3 to 3.

    Args:
        means, log_variances: mu and log sigma^2 with shape (N, d).
    """
    step = -(-len(means) // _SAMPLE)
    low, high = np.quantile(means[::step], [0.02, 0.98], axis=0)
    sigma = np.exp(0.5 * np.median(log_variances[::step], axis=0))
    reach = np.maximum(0.75 * (high - low) + 3 * sigma, 1e-3)
    centre = (low + high) / 2
    return np.stack([centre - reach, centre + reach], axis=1)


def with_value(code: Floats, i: int, value: float) -> Floats:
    """A code (d,) with another value in dimension i."""
    changed = code.copy()
    changed[i] = value
    return changed


def grid(code: Floats, i: int, j: int, across: npt.ArrayLike, up: npt.ArrayLike) -> Floats:
    """Codes that differ from `code` (d,) in two dimensions.

    Args:
        code: what the others keep.
        i, j: two different dimensions.
        across: values of dimension i, (c,).
        up: values of dimension j, (r,).

    Returns:
        Shape (r, c, d): row k has z_j = up[k], column l has z_i = across[l].

    Raises:
        MapError: the same dimension twice.
    """
    if i == j:
        raise MapError("the dimensions of a grid", "two different ones", f"{i} twice")
    columns, rows = np.asarray(across), np.asarray(up)
    codes = np.tile(code, (len(rows), len(columns), 1))
    codes[:, :, i] = columns
    codes[:, :, j] = rows[:, None]
    return codes
