"""A mixture of proposals: each draw comes from one of them, its density is that of all (the balance heuristic).

    q(z) = sum_j a_j q_j(z)

A defensive component keeps the weights bounded where the fitted ones are too narrow.

References: Hesterberg 1995; Owen & Zhou 2000, eq. 8; Veach & Guibas 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.special import ndtr

from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.proposal import Proposal


@dataclass(frozen=True)
class Mixture(Proposal):
    """Components of the same N examples; shares (N, J) sum to one in each, and some may be zero."""

    components: tuple[DiagonalGaussian | FullGaussian, ...]
    shares: Tensor

    def __post_init__(self) -> None:
        assert self.shares.shape == (len(self), len(self.components)), "a share a component"

    def __len__(self) -> int:
        return len(self.components[0])

    @property
    def n_noise(self) -> int:
        return max(c.n_noise for c in self.components) + 1

    def select(self, rows: Tensor | slice) -> Mixture:
        """The proposal of some of the examples."""
        return Mixture(tuple(c.select(rows) for c in self.components), self.shares[rows])

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        # The last number chooses the component; the others draw from it.
        edges = self.shares.double().cumsum(1)[:, :-1].contiguous()
        uniform = ndtr(noise[..., -1].double()).T.contiguous()
        chosen = torch.searchsorted(edges, uniform, right=True).T
        drawn = [c.sample(noise[..., : c.n_noise])[0].double() for c in self.components]
        z = torch.stack(drawn).take_along_dim(chosen[None, ..., None], 0)[0]
        return z, self.log_prob(z)

    def log_prob(self, z: Tensor) -> Tensor:
        # A component without a share may not even be finite.
        log_shares = self.shares.double().log()
        parts = [
            torch.where(log_share > -torch.inf, log_share + c.log_prob(z), -torch.inf)
            for log_share, c in zip(log_shares.T, self.components, strict=True)
        ]
        return torch.logsumexp(torch.stack(parts), 0)
