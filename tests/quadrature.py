"""log p(x) of a model with two latent dimensions by a sum over a grid: an oracle that shares no code with ours."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from explorer.models.latent_model import LatentModel


@torch.inference_mode()
def log_px_by_grid(model: LatentModel, x: Tensor, half_width: float, n_points: int) -> Tensor:
    """log p(x) of x (N, *shape), nats, float64 (N,).

    Args:
        model: whose prior and posteriors lie within `half_width` of the origin.
        x: N examples.
        half_width: of the grid.
        n_points: of the grid, a side; a column of them is decoded at a time.
    """
    axis = torch.linspace(-half_width, half_width, n_points)
    total = torch.full((len(x),), -torch.inf, dtype=torch.float64)
    for first in axis:
        z = torch.stack([first.expand(n_points), axis], -1)[:, None]
        log_joint = model.likelihood(z).log_prob(x) + model.prior().log_prob(z).double()
        total = torch.logaddexp(total, torch.logsumexp(log_joint, 0))
    return total + 2 * math.log(2 * half_width / (n_points - 1))
