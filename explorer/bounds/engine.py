"""Streams importance weights through the decoder: draws in, running sums out, memory that does not grow with K.

    l_k = log p(x|z_k) + log p(z_k) - log q(z_k|x),      z_k ~ q, noise from (seed, example_id, k)

x is encoded once (in the proposal) and broadcast against the draws, never repeated.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import noise, weights
from explorer.bounds.noise import Source
from explorer.bounds.proposals import Proposal
from explorer.bounds.weights import WeightSums
from explorer.models.latent_model import LatentModel

# Rows of log-weights at once: enough that the sums cost nothing beside the decoder.
ROWS_PER_CHUNK = 2048
# Rows decoded at once on a CPU: what a layer writes is still in the cache when the next one reads it. A conv decoder
# of 28x28 images took 90 us a row at 64 to 256 rows and twice that at 2,048.
ROWS_PER_PASS = 256


@dataclass(frozen=True)
class Examples:
    """Data to be scored: x (N, *shape) float32, and the ids their random numbers hang on."""

    x: Tensor
    ids: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: Tensor) -> Examples:
        """Some of the examples; rows (M,) int64."""
        return Examples(self.x[rows], self.ids[rows.numpy()])


@dataclass(frozen=True)
class Accumulated:
    """After some draws: the weights' sums, and first two moments' sums of log p(x|z) (N,)."""

    weights: WeightSums
    reconstruction: Tensor
    reconstruction2: Tensor


def stream(
    model: LatentModel,
    examples: Examples,
    proposal: Proposal,
    n_samples: int,
    source: Source,
    stops: Sequence[int] | None = None,
) -> Iterator[Accumulated]:
    """Sums after each chunk of draws; the last one covers all `n_samples`.

    Args:
        model: p(z), p(x|z).
        examples: N of them; N times a chunk's draws is what the decoder sees at once.
        proposal: of the same N examples.
        n_samples: K, at least 1.
        source: of the random numbers; with the examples' ids it fixes every draw.
        stops: further numbers of draws at which sums are wanted, e.g. powers of two for a curve.
    """
    if n_samples < 1:
        raise ValueError(f"the number of samples K must be at least 1, found {n_samples}")
    n_kept = weights.tail_length(n_samples) + 1
    total: Accumulated | None = None
    for start, stop in itertools.pairwise(_boundaries(n_samples, len(examples), stops or ())):
        chunk = _chunk(model, examples, proposal, (start, stop), source, n_kept)
        total = chunk if total is None else _merge(total, chunk, n_kept)
        yield total


def _boundaries(n_samples: int, n_examples: int, stops: Sequence[int]) -> list[int]:
    # Whole blocks of noise, so that none is drawn twice.
    step = max(1, ROWS_PER_CHUNK // n_examples // noise.BLOCK) * noise.BLOCK
    inner = {s for s in stops if 0 < s < n_samples}
    return sorted({*range(0, n_samples, step), *inner, n_samples})


@torch.no_grad()
def _chunk(
    model: LatentModel,
    examples: Examples,
    proposal: Proposal,
    between: tuple[int, int],
    source: Source,
    n_kept: int,
) -> Accumulated:
    _, log_w, log_px_z = _draw(model, examples, proposal, between, source)
    return Accumulated(weights.of(log_w, n_kept), log_px_z.sum(0), (log_px_z**2).sum(0))


@torch.no_grad()
def draw(
    model: LatentModel, examples: Examples, proposal: Proposal, n_samples: int, source: Source
) -> tuple[Tensor, Tensor]:
    """Draws z (K, N, d) of a proposal and their log-weights (K, N), float64: what `stream` sums, kept."""
    z, log_w, _ = _draw(model, examples, proposal, (0, n_samples), source)
    return z, log_w


def _draw(
    model: LatentModel,
    examples: Examples,
    proposal: Proposal,
    between: tuple[int, int],
    source: Source,
) -> tuple[Tensor, Tensor, Tensor]:
    """z (K, N, d), log w and log p(x|z) (K, N) of the draws between two numbers."""
    z, log_q = proposal.sample(noise.normals(source, examples.ids, *between, proposal.n_noise))
    # Proposals that were fitted are in float64, models in whatever they were trained in.
    z = z.to(model.prior().mean.dtype)
    log_px_z = _log_px_z(model, z, examples.x)
    return z, log_px_z + model.prior().log_prob(z).double() - log_q, log_px_z


def _log_px_z(model: LatentModel, z: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) of draws (K, N, d), float64 (K, N)."""
    if z.device.type != "cpu":
        return model.likelihood(z).log_prob(x)
    parts = []
    for rows in equal_passes(len(x)):
        n_draws = ROWS_PER_PASS // (rows.stop - rows.start)
        each = z[:, rows].split(n_draws)
        parts.append(torch.cat([model.likelihood(draws).log_prob(x[rows]) for draws in each]))
    return torch.cat(parts, 1)


def equal_passes(n_examples: int) -> Iterator[slice]:
    """Groups of examples whose sizes divide `ROWS_PER_PASS`, largest first.

    So that every full pass through a network has the same number of rows, however many examples there are: a matrix
    product of another shape rounds otherwise, by more than a figure may depend on the batch that it came in.
    """
    start = 0
    while start < n_examples:
        size = min(ROWS_PER_PASS, 1 << ((n_examples - start).bit_length() - 1))
        yield slice(start, start + size)
        start += size


def _merge(a: Accumulated, b: Accumulated, n_kept: int) -> Accumulated:
    return Accumulated(
        weights.merge(a.weights, b.weights, n_kept),
        a.reconstruction + b.reconstruction,
        a.reconstruction2 + b.reconstruction2,
    )
