"""Mean and variance of a proposal's dimensions."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.proposal import Proposal

N_DRAWS = 4096
_SEED = 0


def moments(q: Proposal) -> tuple[Tensor, Tensor]:
    """Mean and variance (N, d), float64: a Gaussian's own, those of `N_DRAWS` draws of any other.

    The draws of all examples, and of every call, are of the same noise: no batch changes them.
    """
    if isinstance(q, DiagonalGaussian):
        return q.mean.double(), q.scale.double() ** 2
    if isinstance(q, FullGaussian):
        return q.mean, (q.factor**2).sum(-1)
    noise = torch.randn(N_DRAWS, 1, q.n_noise, generator=torch.Generator().manual_seed(_SEED))
    z = q.sample(noise.expand(-1, len(q), -1))[0].double()
    return z.mean(0), z.var(0)
