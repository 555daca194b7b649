"""A flow: draws of a simpler proposal pushed through invertible maps, z = T(y), y ~ q_0.

    log q(z) = log q_0(T^-1 z) - log |dT/dy|

References: Rezende & Mohamed 2015, eq. 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import Transform

from explorer.bounds.proposals.proposal import Proposal


@dataclass(frozen=True)
class Transformed(Proposal):
    """The maps of `transforms`, the first one first, applied to draws of `base`."""

    base: Proposal
    transforms: tuple[Transform, ...]

    def __len__(self) -> int:
        return len(self.base)

    @property
    def n_noise(self) -> int:
        return self.base.n_noise

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        y, log_q = self.base.sample(noise)
        for transform in self.transforms:
            z = transform(y)
            log_q = log_q - _log_jacobian(transform, y, z)
            y = z
        return y, log_q

    def log_prob(self, z: Tensor) -> Tensor:
        log_jacobian = torch.zeros(z.shape[:-1], dtype=torch.float64)
        for transform in reversed(self.transforms):
            y = transform.inv(z)
            log_jacobian = log_jacobian + _log_jacobian(transform, y, z)
            z = y
        return self.base.log_prob(z) - log_jacobian

    def select(self, rows: Tensor | slice) -> Transformed:
        """Cannot be done.

        Raises:
            NotImplementedError: a map may hold parameters of each example, and none says where.
        """
        raise NotImplementedError("the maps of a flow have no rows to select; encode the examples anew")


def _log_jacobian(transform: Transform, y: Tensor, z: Tensor) -> Tensor:
    """log |dT/dy| summed over the event, float64 (K, N)."""
    found = transform.log_abs_det_jacobian(y, z).double()
    return found.sum(-1) if transform.domain.event_dim == 0 else found
