"""One row of figures an example: both forms of the ELBO, L_K, the gap, and how far each can be trusted.

    ELBO = E_q log w                                  (`elbo_nats`, sampled: the form the gap is measured from)
         = E_q log p(x|z) - KL[q(z|x) || p(z)]        (`elbo_analytic_nats`: less noise when the KL is closed)

`distortion_nats` is -E_q log p(x|z), `kl_nats` the rate; their sum is minus the second form. All from the same draws.

References: Kingma & Welling 2014, eq. 3 and 10; Burda et al. 2016, eq. 8; Alemi et al. 2018 (rate and distortion).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from explorer.bounds import proposals
from explorer.bounds.engine import Accumulated, Examples, stream
from explorer.bounds.estimates import estimate
from explorer.model import LatentModel

# Examples at once: with 64 draws each they fill a chunk of the engine.
EXAMPLES_PER_BATCH = 32

Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class ScoreSettings:
    """What fixes a score, together with the weights and the data.

    Attributes:
        n_samples: K draws an example, at least 1.
        seed: of the draws.
    """

    n_samples: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_samples < 1:
            raise ValueError(f"the number of samples K must be at least 1, found {self.n_samples}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"the seed must lie in 0..2^63 - 1, found {self.seed}")


@dataclass(frozen=True)
class Posterior:
    """q(z|x) in numbers: mean and log-variance (N, d), KL[q || p] by dimension (N, d), nats."""

    mean: Tensor
    log_variance: Tensor
    kl_by_dim_nats: Tensor


@torch.inference_mode()
def posterior(model: LatentModel, x: Tensor) -> Posterior:
    """Encodes x (N, *shape)."""
    q, p = proposals.encoder(model, x), proposals.prior(model, x)
    kl = kl_divergence(_normal(q), _normal(p))
    return Posterior(q.mean, 2 * q.scale.log(), kl)


def score(model: LatentModel, examples: Examples, settings: ScoreSettings) -> Iterator[Columns]:
    """Scores examples in batches; yields the columns of each batch, in order.

    Every value depends on the weights, the example, its id and the settings, not on the batch it came in.
    """
    for start in range(0, len(examples), EXAMPLES_PER_BATCH):
        rows = slice(start, start + EXAMPLES_PER_BATCH)
        yield _score_batch(model, Examples(examples.x[rows], examples.ids[rows]), settings)


@torch.inference_mode()
def _score_batch(model: LatentModel, examples: Examples, settings: ScoreSettings) -> Columns:
    q = proposals.encoder(model, examples.x)
    *_, total = stream(model, examples, q, settings.n_samples, settings.seed)
    kl = posterior(model, examples.x).kl_by_dim_nats.double().sum(-1)
    return columns(total, kl, q.name)


def columns(total: Accumulated, kl_nats: Tensor, proposal: str) -> Columns:
    """The figures of a score as arrays (N,): float64, `n_samples` int64, `proposal` strings."""
    figures = vars(estimate(total.weights))
    n = total.weights.n
    mean = total.reconstruction / n
    variance = (total.reconstruction2 / n - mean**2).clamp(min=0) / (n - 1)
    figures |= {
        "kl_nats": kl_nats,
        "distortion_nats": -mean,
        "distortion_se": torch.where(n > 1, variance.sqrt(), torch.nan),
        "elbo_analytic_nats": mean - kl_nats,
    }
    arrays = {k: v.numpy() for k, v in figures.items()}
    arrays["n_samples"] = arrays["n_samples"].astype(np.int64)
    arrays["proposal"] = np.full(len(kl_nats), proposal)
    return arrays


def _normal(proposal: proposals.DiagonalGaussian) -> torch.distributions.Normal:
    return torch.distributions.Normal(proposal.mean, proposal.scale, validate_args=False)
