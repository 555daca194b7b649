"""Laplace's approximation of p(z|x): the mode, and the curvature there, with all its correlations.

    q(z) = N(z*, H^-1),   z* = argmax log p(x, z),   H = -d^2 log p(x, z) / dz dz' at z*

Newton's method with the exact Hessian; where a curvature is negative or weak its magnitude is taken, at least that of
the prior, so that steps always go uphill (Dauphin et al. 2014). The Gauss-Newton matrix with the Fisher information in
place of the Hessian was worse: a decoder's errors are larger than its own noise model says, and the posterior is then
wider than that matrix.

A collapsed dimension, about which no x tells anything, is left at the prior: it costs nothing.

References: Tierney & Kadane 1986; MacKay 1992; Dauphin et al. 2014 (the absolute Hessian).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.bounds.proposals.gaussian import FullGaussian
from explorer.models.capabilities import capabilities_of
from explorer.models.latent_model import LatentModel

N_STEPS = 6
EXAMPLES_PER_FIT = 32
# Rows of second derivatives at once, as many as stay in the cache.
ROWS_PER_PASS = 256
# Fractions of a Newton step that are tried, the longest first.
FRACTIONS = (1.0, 0.3, 0.1, 0.03)
# A step may lose this many nats: near the mode the float32 of log p decides otherwise, and differently in each batch.
SLACK_NATS = 1e-2
# The data tell about a collapsed dimension less than this share of what the prior does.
COLLAPSED_INFORMATION = 0.05
_N_PROBES = 128
_PROBE_SEED = 0

LogJoint = Callable[[Tensor], Tensor]


def active_dimensions(model: LatentModel) -> Tensor:
    """Indices of the latent dimensions that x depends on.

    The Fisher information of z_i, E (d log p(x|z) / dz_i)^2 with z and x from the model, beside the prior's 1. All of
    them where nothing is fitted, and so nobody needs to know.
    """
    if not capabilities_of(model).fits:
        return torch.arange(model.latent_dim)
    generator = torch.Generator().manual_seed(_PROBE_SEED)
    mean, scale = model.prior().mean, model.prior().stddev
    noise = torch.randn(_N_PROBES, model.latent_dim, generator=generator).to(mean)
    z = mean + scale * noise
    x = model.likelihood(z).sample(generator)
    score = torch.func.grad(lambda z: model.likelihood(z).log_prob(x).sum())(z)
    information = (score.double() ** 2).mean(0) * scale.double() ** 2
    return torch.nonzero(~(information < COLLAPSED_INFORMATION))[:, 0]


def fit(
    model: LatentModel,
    x: Tensor,
    start: Tensor,
    active: Tensor | None = None,
    n_steps: int = N_STEPS,
    n_at_once: int = EXAMPLES_PER_FIT,
) -> FullGaussian:
    """Laplace's approximation for each example.

    Examples are climbed in blocks of `n_at_once`, the last one filled up with copies: in float32 the mode is as exact
    as the rounding of one matrix product, which is another one for another number of rows.

    Args:
        model: p(z), p(x|z); log densities that can be differentiated twice.
        x: (N, *shape).
        start: (N, d) where the climb begins, e.g. the encoder's mean.
        active: dimensions that matter, of `active_dimensions`; all unless given.
        n_steps: of Newton.
        n_at_once: examples in a block; fewer than usual where no more than these are ever fitted together.

    Returns:
        The Gaussian, float64. An example whose log p is not finite does not stop the others; its Gaussian means
        nothing, and the weights of its draws say so.
    """
    active = torch.arange(model.latent_dim) if active is None else active
    fill = -len(x) % n_at_once
    rows = torch.cat([torch.arange(len(x)), torch.full((fill,), len(x) - 1)])
    blocks = [_fit(model, x[r], start[r], active, n_steps) for r in rows.split(n_at_once)]
    mean, factor = (torch.cat([getattr(b, name) for b in blocks])[: len(x)] for name in ("mean", "factor"))
    return FullGaussian(mean, factor)


def _fit(model: LatentModel, x: Tensor, start: Tensor, active: Tensor, n_steps: int) -> FullGaussian:
    log_joint = _log_joint(model, x)
    z = start.detach().clone()
    prior = model.prior()
    collapsed = torch.ones(model.latent_dim, dtype=torch.bool)
    collapsed[active] = False
    z = torch.where(collapsed, prior.mean.to(z), z)
    factor = torch.diag_embed(prior.stddev.double().expand(len(z), -1)).clone()
    if not len(active):
        return FullGaussian(z.double(), factor)
    for _ in range(n_steps):
        z = _climb(log_joint, z, active)
    _, vectors, values = _curvature(log_joint, z, active)
    factor[:, active[:, None], active] = _cholesky_of_inverse(vectors, values)
    return FullGaussian(z.double(), factor)


def _log_joint(model: LatentModel, x: Tensor) -> LogJoint:
    prior = model.prior()
    return lambda z: model.likelihood(z).log_prob(x) + prior.log_prob(z).double()


def _climb(log_joint: LogJoint, z: Tensor, active: Tensor) -> Tensor:
    """One damped Newton step of each example."""
    gradient, vectors, values = _curvature(log_joint, z, active)
    along = (vectors.mT @ gradient[:, active, None].double())[..., 0] / values
    step = torch.zeros_like(z)
    step[:, active] = torch.nan_to_num((vectors @ along[..., None])[..., 0].to(z), posinf=0.0, neginf=0.0)
    here = log_joint(z)
    best, is_done = z, torch.zeros(len(z), dtype=torch.bool)
    for fraction in FRACTIONS:
        there = z + fraction * step
        is_better = ~is_done & (log_joint(there) >= here - SLACK_NATS)
        best = torch.where(is_better[:, None], there, best)
        is_done |= is_better
        if bool(is_done.all()):
            break
    return best


def _curvature(log_joint: LogJoint, z: Tensor, active: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Gradient (N, d) of log p, and eigenvectors and clamped eigenvalues of its negative Hessian over `active`."""
    gradient_of = torch.func.grad(lambda z: log_joint(z).sum())
    gradient, pull_back = torch.func.vjp(gradient_of, z)  # type: ignore[misc]  # three only with has_aux
    directions = torch.eye(z.shape[-1], dtype=z.dtype)[active]
    # The first pass is shared, the second one runs for several directions at once: a tenth of the time of one by one.
    columns = torch.func.vmap(
        lambda direction: pull_back(direction.expand_as(z))[0], chunk_size=max(1, ROWS_PER_PASS // len(z))
    )(directions)
    rows = columns.transpose(0, 1)
    hessian = -rows[..., active].double()
    # An example that is not finite must not stop the others: eigh would raise for all of them.
    is_fine = torch.isfinite(hessian).all(-1).all(-1)
    hessian = torch.where(is_fine[:, None, None], 0.5 * (hessian + hessian.mT), 0.0)
    values, vectors = torch.linalg.eigh(hessian)
    values = torch.where(is_fine[:, None], values.abs().clamp(min=1.0), torch.nan)
    return gradient, vectors, values


def _cholesky_of_inverse(vectors: Tensor, values: Tensor) -> Tensor:
    """Lower triangular F with F F^T = V diag(1/values) V^T; NaN where the values are."""
    covariance = (vectors / values[:, None, :]) @ vectors.mT
    is_fine = torch.isfinite(covariance).all(-1).all(-1)[:, None, None]
    identity = torch.eye(covariance.shape[-1], dtype=covariance.dtype)
    factor = torch.linalg.cholesky(torch.where(is_fine, covariance, identity))
    return torch.where(is_fine, factor, torch.nan)
