"""Inverse autoregressive flow: each dimension is moved and stretched by what stands before it.

    z_i = y_i exp s_i(y_1, ..., y_(i-1)) + m_i(y_1, ..., y_(i-1)),        log |det J| = sum s_i

References: Kingma et al. 2016; Germain et al. 2015 (MADE).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Transform
from torch.nn import functional as F

from explorer.models.flows.layer import FlowLayer, VectorTransform

MAX_LAYERS, MAX_WIDTH = 32, 1 << 16


class InverseAutoregressive(FlowLayer):
    """m and s of one masked network with ReLU between its layers; the last one returns m before s.

    Unit k of a hidden layer sees the first 1 + (k mod (d-1)) dimensions.

    Args:
        latent_dim: d, at least 2.
        hidden: widths of the hidden layers.
    """

    def __init__(self, latent_dim: int, hidden: Sequence[int]):
        super().__init__()
        if latent_dim < 2:
            raise ValueError("an autoregressive flow needs two latent dimensions or more, found 1")
        self.latent_dim, self.hidden = latent_dim, tuple(hidden)
        sizes = (latent_dim, *self.hidden, 2 * latent_dim)
        self.layers = nn.ModuleList(nn.Linear(n_in, n_out) for n_in, n_out in pairwise(sizes))

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> InverseAutoregressive:
        hidden = config.get("hidden")
        if not (
            isinstance(hidden, list)
            and 1 <= len(hidden) <= MAX_LAYERS
            and all(type(n) is int and 1 <= n <= MAX_WIDTH for n in hidden)
        ):
            raise ValueError(f"hidden: expected widths of 1 to {MAX_LAYERS} layers, found {hidden!r:.80}")
        return cls(latent_dim, hidden)

    def to_config(self) -> dict[str, Any]:
        return {"hidden": list(self.hidden)}

    def transform(self) -> Transform:
        return _Autoregressive(self)

    def forward(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """m and s (..., d) of places (..., d)."""
        masks = _masks(self.latent_dim, self.hidden)
        last = len(self.layers) - 1
        for i, (layer, mask) in enumerate(zip(self.layers, masks, strict=True)):
            assert isinstance(layer, nn.Linear), "made so"
            y = F.linear(y, (layer.weight * mask.to(layer.weight)).to(y), layer.bias.to(y))
            y = F.relu(y) if i < last else y
        move, log_stretch = y.chunk(2, dim=-1)
        return move, log_stretch


@cache
def _masks(latent_dim: int, hidden: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Which units of one layer those of the next may see, (n_out, n_in) each."""
    with torch.inference_mode(False), torch.device("cpu"):
        seen = [torch.arange(latent_dim), *(torch.arange(n) % (latent_dim - 1) for n in hidden)]
        inner = [(after[:, None] >= before).float() for before, after in pairwise(seen)]
        last = (seen[-1] < torch.arange(latent_dim)[:, None]).float()
        return (*inner, last.repeat(2, 1))


class _Autoregressive(VectorTransform):
    def __init__(self, network: InverseAutoregressive):
        super().__init__()
        self._network = network

    def _call(self, x: Tensor) -> Tensor:
        move, log_stretch = self._network(x)
        return x * torch.exp(log_stretch) + move

    def _inverse(self, y: Tensor) -> Tensor:
        # A dimension at a time, each by those before it.
        found = torch.zeros_like(y)
        for i in range(y.shape[-1]):
            move, log_stretch = self._network(found)
            column = (y[..., i] - move[..., i]) * torch.exp(-log_stretch[..., i])
            found = torch.cat([found[..., :i], column[..., None], found[..., i + 1 :]], -1)
        return found

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self._network(x)[1].sum(-1)
