"""A Gaussian moved to the moments of the posterior, as weighted draws of an earlier proposal show them.

In coordinates y where the earlier Gaussian is N(0, I), with weights w of n draws and ESS = (sum w)^2 / sum w^2:

    mean       = a m,                 m = sum w y / sum w,                 a = ESS / (ESS + SHRINK_MEAN)
    covariance = b S + (1 - b) I,     S = sum w (y - m)(y - m)' / sum w,   b = ESS / (ESS + SHRINK_COVARIANCE d)

Collapsed dimensions, where the earlier Gaussian is the prior, stay as they are. Few effective draws say little about
d^2 correlations, so the covariance moves the less the more dimensions there are. Weights are cut at sqrt(n) times their
mean before the moments are taken, so that no draw decides alone.

References: Cappe et al. 2008 (population Monte Carlo), Ionides 2008 (truncation), Ledoit & Wolf 2004 (shrinkage).
"""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.bounds.proposals.gaussian import FullGaussian, apply, whiten

SHRINK_MEAN = 20.0
SHRINK_COVARIANCE = 4.0


def fit(around: FullGaussian, z: Tensor, log_w: Tensor, active: Tensor) -> FullGaussian:
    """The adapted Gaussian of each example.

    Args:
        around: the earlier proposal, towards which the moments are shrunk.
        z: draws (K, N, d) of any proposal.
        log_w: their log-weights (K, N) for the posterior; NaN and +inf count as zero weight.
        active: the dimensions to adapt; `around` has no correlations between them and the others.

    Returns:
        The Gaussian, float64; `around` itself where no weight is finite.
    """
    weight = _truncated(log_w)
    y = whiten(around.factor, z.double() - around.mean)[..., active]
    mean = torch.einsum("kn,knd->nd", weight, y)
    centred = y - mean
    covariance = torch.einsum("kn,knd,kne->nde", weight, centred, centred)
    ess = 1 / (weight**2).sum(0)
    share_mean = (ess / (ess + SHRINK_MEAN))[:, None]
    share = (ess / (ess + SHRINK_COVARIANCE * len(active)))[:, None, None]
    identity = torch.eye(len(active), dtype=torch.float64)
    shrunk = share * covariance + (1 - share) * identity
    # One example that is not finite must not stop the others: cholesky would raise for all of them.
    is_fine = torch.isfinite(shrunk).all(-1).all(-1)
    factor, failed = torch.linalg.cholesky_ex(torch.where(is_fine[:, None, None], shrunk, identity))
    is_fine &= (failed == 0) & torch.isfinite(mean).all(-1)
    return _moved(around, share_mean * mean, factor, active, is_fine)


def _moved(
    around: FullGaussian, mean: Tensor, factor: Tensor, active: Tensor, is_fine: Tensor
) -> FullGaussian:
    """`around` with its active dimensions, in its own coordinates, at N(mean, factor factor')."""
    d = around.n_noise
    shift = torch.zeros(len(around), d, dtype=torch.float64)
    shift[:, active] = torch.where(is_fine[:, None], mean, 0.0)
    turn = torch.eye(d, dtype=torch.float64).repeat(len(around), 1, 1)
    turn[:, active[:, None], active] = torch.where(
        is_fine[:, None, None], factor, torch.eye(len(active), dtype=torch.float64)
    )
    return FullGaussian(around.mean + apply(around.factor, shift[None])[0], around.factor @ turn)


def _truncated(log_w: Tensor) -> Tensor:
    """Normalised weights (K, N), each at most sqrt(n) times their mean; uniform where none is finite."""
    log_w = torch.where(torch.isnan(log_w) | (log_w == torch.inf), -torch.inf, log_w.double())
    has_weight = torch.isfinite(log_w.amax(0))
    weight = torch.softmax(torch.where(has_weight, log_w, 0.0), 0)
    weight = torch.minimum(weight, torch.full_like(weight, len(weight) ** -0.5))
    return weight / weight.sum(0)
