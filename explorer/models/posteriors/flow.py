"""A diagonal Gaussian pushed through invertible maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Distribution, TransformedDistribution

from explorer.models.flows import FLOWS, FlowLayer
from explorer.models.posteriors.diagonal import Diagonal
from explorer.models.posteriors.kind import PosteriorKind
from explorer.models.reading import Reading

MAX_LAYERS = 64


class _Flow(TransformedDistribution):
    """Of which the moments are those of draws, the same at every call."""

    N_DRAWS = 4096

    @property
    def mean(self) -> Tensor:
        return self._drawn.mean(0)

    @property
    def variance(self) -> Tensor:
        return self._drawn.var(0)

    @property
    def _drawn(self) -> Tensor:
        mean, scale = self.base_dist.mean, self.base_dist.stddev
        noise = torch.randn(self.N_DRAWS, 1, mean.shape[-1], generator=torch.Generator().manual_seed(0))
        z = mean + scale * noise.to(mean)
        for transform in self.transforms:
            z = transform(z)
        return z


class FlowPosterior(PosteriorKind):
    """z = T_n(... T_1(y)), y ~ N(mean, diag sigma^2); the maps are the same for every x.

    Args:
        layers: T_1, ..., T_n.

    References: Rezende & Mohamed 2015.
    """

    def __init__(self, layers: Sequence[FlowLayer]):
        super().__init__()
        if len(layers) > MAX_LAYERS:
            raise ValueError(f"posterior.layers: expected at most {MAX_LAYERS}, found {len(layers)}")
        self.layers = nn.ModuleList(layers)

    @classmethod
    def from_config(cls, latent_dim: int, config: Mapping[str, Any]) -> FlowPosterior:
        found = config.get("layers")
        if not isinstance(found, list) or not all(isinstance(layer, Mapping) for layer in found):
            raise ValueError(f"posterior.layers: expected a list of flows, found {found!r:.80}")
        for layer in found[:MAX_LAYERS]:
            if layer.get("kind") not in FLOWS:
                raise ValueError(
                    f"posterior.layers: expected a kind, one of {', '.join(FLOWS)}; found {layer!r:.80}"
                )
        return cls([FLOWS[layer["kind"]].from_config(latent_dim, layer) for layer in found[: MAX_LAYERS + 1]])

    def to_config(self) -> dict[str, Any]:
        kinds = {family: name for name, family in FLOWS.items()}
        return {"layers": [{"kind": kinds[type(layer)], **layer.to_config()} for layer in self._each]}

    def forward(self, outputs: Sequence[Tensor], reading: Reading) -> Distribution:
        base = Diagonal()(outputs, reading)
        return _Flow(base, [layer.transform() for layer in self._each], validate_args=False)

    @property
    def has_density(self) -> bool:
        """Whether every map has an inverse: where two y have one z, q(z) is more than what either says."""
        return all(layer.is_invertible for layer in self._each)

    @property
    def _each(self) -> list[FlowLayer]:
        return [layer for layer in self.layers if isinstance(layer, FlowLayer)]
