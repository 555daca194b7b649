"""The modes of p(z|x): Laplace's approximation from several starts, as a mixture where there is more than one.

    q(z) = sum_j a_j N(z_j, H_j^-1),   a_j proportional to sqrt(p(x, z_j) |H_j|^-1/2)

A climb that begins at the encoder's mean finds one mode, and every draw around it agrees that there is no other: on a
decoder of garments a twentieth of the examples have a second one that matters. So a survey of the prior, decoded once
for all examples, offers further starts, far from each other, and says by itself how much is out there: the naive
estimate over its draws is a lower bound in expectation for every x.

The square root in the shares keeps a mode in play whose own Laplace evidence is off by a few nats.

References: MacKay 1992 (evidence of a mode); Gelman & Rubin 1992 (several starts far apart).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds import weights
from explorer.bounds.proposals import laplace
from explorer.bounds.proposals.gaussian import FullGaussian, log_det, whiten
from explorer.bounds.weights import WeightSums
from explorer.models.latent_model import LatentModel

N_SURVEYED = 512
N_STARTS = 3
# Draws of the survey that are decoded at once, for all examples of a batch.
_DRAWS_PER_PASS = 8
# Starts nearer to each other than this many prior standard deviations (root mean square over dimensions) are one.
APART = 0.5
# Two climbs have come to the same mode when they end within so many of its standard deviations.
SAME_MODE = 2.0
# A mode with a smaller share is left out.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Survey:
    """What is known of a model before any example is seen: latent dimensions in use, and draws of its prior (S, d)."""

    active: Tensor
    z: Tensor


@dataclass(frozen=True)
class Modes:
    """The modes of each of N examples.

    Attributes:
        best: around the mode of most evidence.
        components: one a start, N each; some of them are of the same mode.
        shares: (N, J), zero where a component is not a mode of its own.
    """

    best: FullGaussian
    components: tuple[FullGaussian, ...]
    shares: Tensor

    @property
    def is_single(self) -> Tensor:
        """Whether one mode is all there is; (N,)."""
        return (self.shares > 0).sum(1) <= 1

    def select(self, rows: Tensor) -> Modes:
        """The modes of some of the examples."""
        kept = tuple(c.select(rows) for c in self.components)
        return Modes(self.best.select(rows), kept, self.shares[rows])

    def joined_by(self, other: FullGaussian) -> Modes:
        """With one more Gaussian, which counts as much as all of them; nothing where it is not finite."""
        is_fine = torch.isfinite(other.mean).all(-1) & torch.isfinite(other.factor).flatten(1).all(-1)
        shares = torch.cat([self.shares, is_fine.double()[:, None]], 1)
        return Modes(self.best, (*self.components, other), shares / shares.sum(1, keepdim=True))


@torch.no_grad()
def survey(model: LatentModel, seed: int = 0) -> Survey:
    """The survey of a model: to be made once and used for all examples."""
    generator = torch.Generator().manual_seed(seed)
    prior = model.prior()
    noise = torch.randn(N_SURVEYED, model.latent_dim, generator=generator).to(prior.mean)
    return Survey(laplace.active_dimensions(model), prior.mean + prior.stddev * noise)


def surveyed(model: LatentModel, x: Tensor, survey: Survey) -> tuple[Tensor, WeightSums]:
    """Starts for each example (J, N, d), and the sums of the survey's weights: of log p(x|z), z ~ p(z).

    The weights are those of prior draws where the prior is Gaussian; else of the Gaussian with its moments.
    """
    parts = survey.z[:, None].split(_DRAWS_PER_PASS)
    log_px_z = torch.cat([model.likelihood(z).log_prob(x) for z in parts])
    prior = model.prior()
    gaussian = torch.distributions.Normal(prior.mean, prior.stddev).log_prob(survey.z).double().sum(-1)
    log_w = log_px_z + (prior.log_prob(survey.z).double() - gaussian)[:, None]
    sums = weights.of(log_w, weights.tail_length(len(log_w)) + 1)
    # The weights are p(x, z) over the density of the draws, so this is log p(x, z).
    return _far_apart(survey.z, log_w + gaussian[:, None], prior.stddev), sums


def fit(
    model: LatentModel,
    x: Tensor,
    starts: Tensor,
    survey: Survey,
    n_at_once: int = laplace.EXAMPLES_PER_FIT,
) -> Modes:
    """Climbs from every start (J, N, d), the encoder's the first, and keeps the different modes.

    `n_at_once` climbs make a block of `laplace.fit`.
    """
    # All climbs at once, so that a single example fills one block of the fit and not one for each start.
    n_starts = len(starts)
    every = laplace.fit(
        model,
        x.repeat(n_starts, *[1] * (x.ndim - 1)),
        starts.flatten(0, 1).to(x.dtype),
        survey.active,
        n_at_once=n_at_once,
    )
    fitted = [every.select(slice(j * len(x), (j + 1) * len(x))) for j in range(n_starts)]
    evidence = torch.stack([_evidence(model, x, g) for g in fitted], 1)
    kept = torch.isfinite(evidence)
    for j in range(1, len(fitted)):
        for i in range(j):
            kept[:, j] &= ~(kept[:, i] & _same(fitted[i], fitted[j]))
    shares = torch.softmax(0.5 * torch.where(kept, evidence, -torch.inf), 1)
    # None is finite: the first one, which says so.
    shares = torch.where(kept.any(1)[:, None], shares, torch.eye(len(fitted), dtype=torch.float64)[:1])
    shares = torch.where(shares < LEAST_SHARE, 0.0, shares)
    return Modes(_chosen(fitted, shares.argmax(1)), tuple(fitted), shares / shares.sum(1, keepdim=True))


def _far_apart(z: Tensor, log_joint: Tensor, stddev: Tensor) -> Tensor:
    """For each example the best draws that are not near a better one, (J, N, d)."""
    standard = z / stddev
    left = log_joint.clone()
    chosen = []
    for _ in range(N_STARTS):
        best = left.argmax(0)
        chosen.append(z[best])
        distance = torch.cdist(standard, standard[best]) / z.shape[1] ** 0.5
        left = torch.where(distance < APART, -torch.inf, left)
    return torch.stack(chosen)


def _evidence(model: LatentModel, x: Tensor, g: FullGaussian) -> Tensor:
    """log p(x, z*) + log |F|, (N,), float64: Laplace's log p(x) up to a constant."""
    z = g.mean.to(x.dtype)
    log_joint = model.likelihood(z).log_prob(x) + model.prior().log_prob(z).double()
    return log_joint + log_det(g.factor)


def _same(a: FullGaussian, b: FullGaussian) -> Tensor:
    """Whether the means lie within either's spread, (N,)."""
    offset = (b.mean - a.mean)[None]
    near_a, near_b = (whiten(g.factor, offset)[0].norm(dim=-1) < SAME_MODE for g in (a, b))
    return near_a | near_b


def _chosen(fitted: list[FullGaussian], best: Tensor) -> FullGaussian:
    rows = torch.arange(len(best))
    mean = torch.stack([g.mean for g in fitted])[best, rows]
    return FullGaussian(mean, torch.stack([g.factor for g in fitted])[best, rows])
