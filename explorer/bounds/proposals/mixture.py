"""A mixture of proposals: each draw comes from one of them, its density is that of all (the balance heuristic).

    q(z) = sum_j a_j q_j(z)

A defensive component keeps the weights bounded where the fitted ones are too narrow.

References: Hesterberg 1995; Owen & Zhou 2000, eq. 8; Veach & Guibas 1995.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.special import ndtr

from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.proposal import Proposal


@dataclass(frozen=True)
class Mixture(Proposal):
    """Components with the same shares in every example; shares are positive and sum to one."""

    components: tuple[DiagonalGaussian | FullGaussian, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        assert len(self.components) == len(self.shares), "a share a component"
        assert min(self.shares) > 0, "shares are positive"
        assert math.isclose(sum(self.shares), 1), "shares sum to one"

    def __len__(self) -> int:
        return len(self.components[0])

    @property
    def n_noise(self) -> int:
        return max(c.n_noise for c in self.components) + 1

    def select(self, rows: Tensor | slice) -> Mixture:
        """The proposal of some of the examples."""
        return Mixture(tuple(c.select(rows) for c in self.components), self.shares)

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        # The last number chooses the component; the others draw from it.
        edges = torch.tensor(self.shares, dtype=torch.float64).cumsum(0)[:-1]
        chosen = torch.bucketize(ndtr(noise[..., -1].double()), edges)
        drawn = [c.sample(noise[..., : c.n_noise])[0].double() for c in self.components]
        z = torch.stack(drawn).take_along_dim(chosen[None, ..., None], 0)[0]
        return z, self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        parts = [math.log(s) + c.log_prob(z) for s, c in zip(self.shares, self.components, strict=True)]
        return torch.logsumexp(torch.stack(parts), 0)
