"""Data simulated from a model: examples whose z is known, an exact draw of p(z|x), which no real x offers.

z ~ p(z),  x ~ p(x|z):  the pair is one draw of p(x, z)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds.engine import Examples
from explorer.bounds.noise import Source, Stream, normals
from explorer.bounds.proposals.distribution import of_distribution
from explorer.models.latent_model import LatentModel

# Parts of the stream of random numbers.
_Z, _X = 0, 1


@dataclass(frozen=True)
class Simulated:
    """Data from the model: examples, and the z (N, d) that each x was drawn from."""

    examples: Examples
    z: Tensor

    def __len__(self) -> int:
        return len(self.examples)

    def select(self, rows: Tensor) -> Simulated:
        """Some of the examples."""
        return Simulated(self.examples.select(rows), self.z[rows])

    def batches(self, size: int) -> Iterator[Simulated]:
        """The examples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self.select(torch.arange(start, min(start + size, len(self))))


@torch.no_grad()
def simulate(model: LatentModel, n_examples: int, seed: int) -> Simulated:
    """Draws (x, z) of the model, x in its likelihood's own convention; a longer run begins with a shorter one's."""
    ids = np.arange(n_examples)
    prior = of_distribution(model.prior(), n_examples)
    noise = normals(Source(seed, Stream.REFERENCE, _Z), ids, 0, 1, prior.n_noise)
    z = prior.sample(noise)[0][0].to(model.prior().mean.dtype)
    x = torch.cat([_one_x(model, z[i : i + 1], seed, i) for i in ids.tolist()])
    return Simulated(Examples(x, ids), z)


def _one_x(model: LatentModel, z: Tensor, seed: int, example_id: int) -> Tensor:
    """x ~ p(x|z) for one example: z (1, d), x (1, *shape)."""
    bits = Source(seed, Stream.REFERENCE, _X).generator(example_id, 0).integers(2**63)
    return model.likelihood(z).sample(torch.Generator().manual_seed(int(bits)))
