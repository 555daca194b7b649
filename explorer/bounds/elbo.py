"""The ELBO of each example from draws of the encoder's q(z|x), in both its forms, and what the same draws say of p(x).

    ELBO = E_q log w                                  (`elbo_nats`: the form the gap is measured from)
         = E_q log p(x|z) - KL[q(z|x) || p(z)]        (`elbo_analytic_nats`: less noise where the KL is closed)

`distortion_nats` is -E_q log p(x|z), `kl_nats` the rate; their sum is minus the second form. The columns that begin
with `encoder_` are the papers' protocol, log (1/K) sum w with K draws of q: on a real decoder it is too low, and its
error too small (docs/findings.md).

References: Kingma & Welling 2014, eq. 3 and 10; Burda et al. 2016, eq. 8; Alemi et al. 2018 (rate and distortion).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from explorer.bounds import proposals
from explorer.bounds.engine import Accumulated, Examples, stream
from explorer.bounds.estimates import estimate
from explorer.bounds.noise import Source, Stream
from explorer.models.latent_model import LatentModel

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Posterior:
    """q(z|x) in numbers: mean and log-variance (N, d), KL[q || p] by dimension (N, d), nats; None where q or the prior
    is no diagonal Gaussian, and its KL has no parts by dimension."""

    mean: Tensor
    log_variance: Tensor
    kl_by_dim_nats: Tensor | None


@torch.inference_mode()
def posterior(model: LatentModel, x: Tensor) -> Posterior:
    """Encodes x (N, *shape)."""
    q, p = proposals.encoder(model, x), proposals.prior(model, x)
    if isinstance(q, proposals.DiagonalGaussian) and isinstance(p, proposals.DiagonalGaussian):
        return Posterior(q.mean, 2 * q.scale.log(), kl_divergence(_normal(q), _normal(p)))
    mean, variance = (part.to(model.prior().mean.dtype) for part in proposals.moments(q))
    return Posterior(mean, variance.log(), None)


def score_elbo(model: LatentModel, examples: Examples, n_samples: int, seed: int) -> Columns:
    """The columns of one batch of examples from `n_samples` draws."""
    return columns(model, examples, draws(model, examples, n_samples, seed))


@torch.no_grad()
def draws(model: LatentModel, examples: Examples, n_samples: int, seed: int) -> Accumulated:
    """Sums over `n_samples` draws of the encoder's q."""
    q = proposals.encoder(model, examples.x)
    *_, total = stream(model, examples, q, n_samples, Source(seed, Stream.ENCODER))
    return total


@torch.no_grad()
def columns(model: LatentModel, examples: Examples, total: Accumulated) -> Columns:
    """The figures of these draws as arrays (N,), float64; `encoder_n_samples` int64."""
    found = estimate(total.weights).vouched()
    n = total.weights.n
    mean = total.reconstruction / n
    variance = (total.reconstruction2 / n - mean**2).clamp(min=0) / (n - 1)
    kl = _kl(model, examples.x, found.elbo_nats, mean)
    figures = {
        "elbo_nats": found.elbo_nats,
        "elbo_se": found.elbo_se,
        "elbo_analytic_nats": mean - kl,
        "kl_nats": kl,
        "distortion_nats": -mean,
        "distortion_se": torch.where(n > 1, variance.sqrt(), torch.nan),
        "encoder_log_px_nats": found.log_px_nats,
        "encoder_log_px_se": found.log_px_se,
        "encoder_ess": found.ess,
        "encoder_pareto_k": found.pareto_k,
    }
    arrays = {k: v.numpy() for k, v in figures.items()}
    return arrays | {"encoder_n_samples": n.numpy().astype(np.int64)}


def _kl(model: LatentModel, x: Tensor, elbo_nats: Tensor, mean_log_px_z: Tensor) -> Tensor:
    """KL[q || p]: closed where torch knows it, else what the draws say, -E_q [log p(z) - log q(z)]."""
    try:
        return kl_divergence(model.posterior(x), model.prior()).double()
    except NotImplementedError:
        return mean_log_px_z - elbo_nats


def _normal(proposal: proposals.DiagonalGaussian) -> torch.distributions.Normal:
    return torch.distributions.Normal(proposal.mean, proposal.scale, validate_args=False)
