"""What estimates of log p(x) are held against on simulated data: an upper bound, a long run, and annealing both ways.

With w(z) = p(x, z)/q(z), z_1 the exact draw of p(z|x) that x came from, and z_2, ..., z_K from a proposal q that was
fitted to x alone,

    E log 1/K (w(z_2) + ... + w(z_{K+1})) <= log p(x) <= E U_K,     U_K = log 1/K (w(z_1) + w(z_2) + ... + w(z_K))

The proposal is the same for every x: Laplace's approximation at each mode that is found from x, defended (see
`fitted`). The long run's proposal knows z_1 too: it depends on z_1 but its draws do not, so its estimate is unbiased,
and no mode that matters is missed.

References: Grosse et al. 2015 (sandwich on simulated data); Wu et al. 2017 (its use for decoders).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import annealed, weights
from explorer.bounds.elbo import Columns
from explorer.bounds.engine import Examples, stream
from explorer.bounds.estimates import estimate
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Mixture, Proposal, encoder, fitted, laplace, modes
from explorer.bounds.proposals.fitted import Fit
from explorer.bounds.proposals.modes import Survey
from explorer.bounds.simulation import Simulated
from explorer.models.latent_model import LatentModel

# Parts of the stream of random numbers; the first two are those of `simulation`.
_UPPER, _LONG, _ANNEALED = 2, 3, 4


def upper_bound(
    model: LatentModel, data: Simulated, proposal: Proposal, n_samples: int, source: Source
) -> Tensor:
    """U_K of each example (N,), nats: at least log p(x) in expectation for a proposal that has not seen z_1.

    Args:
        model: p(z), p(x|z).
        data: N examples, each with its z_1.
        proposal: q, fitted to x alone.
        n_samples: K, at least 2: z_1 and K - 1 draws of q.
        source: of those draws.
    """
    *_, drawn = stream(model, data.examples, proposal, n_samples - 1, source)
    z = data.z[None]
    log_joint = model.likelihood(z).log_prob(data.examples.x) + model.prior().log_prob(z).double()
    exact = weights.of(log_joint - proposal.log_prob(z), 1)
    return estimate(weights.merge(drawn.weights, exact, len(drawn.weights.largest))).log_px_nats


@torch.no_grad()
def references(
    model: LatentModel,
    data: Simulated,
    survey: Survey,
    seed: int,
    wanted_se: np.ndarray,
    n_samples: int,
    n_most: int,
) -> Columns:
    """The upper bound and the long run of N examples: `upper_nats`, `reference_nats` and `reference_se`.

    Args:
        model: p(z), p(x|z), differentiable in z.
        data: N examples, each with its z_1.
        survey: of this model.
        seed: of all draws.
        wanted_se: of the long run of each example, nats, (N,).
        n_samples: K of the upper bound, at least 2.
        n_most: cap on the draws of a long run.
    """
    fit = _fit(model, data.examples.x, survey)
    upper = upper_bound(model, data, fit.defended(), n_samples, _source(seed, _UPPER))
    exact = laplace.fit(model, data.examples.x, data.z, survey.active)
    informed = replace(fit, modes=fit.modes.joined_by(exact)).defended()
    long_runs = [
        _long_run(model, data.examples.select(row), informed.select(row), se, n_most, _source(seed, _LONG))
        for row, se in zip(torch.arange(len(data)).split(1), wanted_se.tolist(), strict=True)
    ]
    values, errors = np.array(long_runs).T
    return {"upper_nats": upper.numpy(), "reference_nats": values, "reference_se": errors}


@torch.no_grad()
def annealed_gap(
    model: LatentModel, data: Simulated, survey: Survey, seed: int, n_steps: int, n_chains: int
) -> Columns:
    """`bdmc_nats` of N examples: the backward less the forward estimate by annealed importance sampling.

    Args:
        model: p(z), p(x|z), differentiable in z.
        data: N examples, each with its z_1.
        survey: of this model.
        seed: of all draws.
        n_steps: temperatures.
        n_chains: each way.
    """
    start, source = _fit(model, data.examples.x, survey).modes.best, _source(seed, _ANNEALED)
    ahead = annealed.forward(model, data.examples, start, source, n_steps, n_chains)
    back = annealed.backward(model, data.examples, start, data.z, source, n_steps, n_chains)
    return {"bdmc_nats": (-_log_mean(-back.log_w) - _log_mean(ahead.log_w)).numpy()}


def _long_run(
    model: LatentModel, example: Examples, q: Mixture, wanted_se: float, n_most: int, source: Source
) -> tuple[float, float]:
    """log p(x) of one example and its error, nats, from draws until the error is small enough."""
    for total in stream(model, example, q, n_most, source):
        found = estimate(total.weights)
        if float(found.log_px_se) <= wanted_se:
            break
    return float(found.log_px_nats), float(found.log_px_se)


def _fit(model: LatentModel, x: Tensor, survey: Survey) -> Fit:
    """The modes of p(z|x) that are found from x alone."""
    starts, _ = modes.surveyed(model, x, survey)
    return fitted.at_modes(model, x, encoder(model, x), starts, survey)


def _source(seed: int, part: int) -> Source:
    return Source(seed, Stream.REFERENCE, part)


def _log_mean(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, 0) - math.log(len(log_w))
