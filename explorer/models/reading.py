"""How the numbers that a network returns are to be read: what no file of weights says, and what costs 40 nats unseen.

head     the encoder's outputs: mean and spread, in which order, and what the spread is
output   the decoder's: the likelihood's own parameters, or probabilities; and what its scale is, where it has one
layout   whether channels stand before rows and columns, or behind
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

# What a network may return for the spread of a Gaussian, and log sigma of it.
LOG_SIGMA_OF: Mapping[str, Callable[[Tensor], Tensor]] = {
    "log_variance": lambda s: 0.5 * s,
    "log_sigma": lambda s: s,
    "sigma": lambda s: torch.log(s.abs()),
    "variance": lambda s: 0.5 * torch.log(s.abs()),
    "softplus_sigma": lambda s: torch.log(F.softplus(s)),
    "log_precision": lambda s: -0.5 * s,
}
SPREADS = tuple(LOG_SIGMA_OF)
# Of two outputs, or of the halves or pairs of one.
ORDERS = ("mean_first", "spread_first", "interleaved", "interleaved_spread_first")
OUTPUTS = ("parameters", "probabilities")
LAYOUTS = ("channels_first", "channels_last")
# A probability of float32 that is 1 says a logit of 16 or more.
_EPS = 1e-7


@dataclass(frozen=True)
class Reading:
    """How a network's outputs are read.

    Attributes:
        order: of the encoder's mean and spread, one of `ORDERS`.
        spread: what the encoder's spread is, one of `SPREADS`.
        output: what the decoder returns, one of `OUTPUTS`; probabilities only where parameters would be logits.
        output_spread: what the decoder's own scale is, where it has one.
        layout: of images, in the encoder's input and the decoder's output.
    """

    order: str = "mean_first"
    spread: str = "log_variance"
    output: str = "parameters"
    output_spread: str = "log_sigma"
    layout: str = "channels_first"

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if (found := getattr(self, name)) not in known:
                raise ValueError(f"reading.{name}: expected one of {', '.join(known)}; found {found!r:.80}")

    def to_config(self) -> dict[str, str]:
        """JSON-ready mapping."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Reading:
        """The reading of such a mapping; what it does not name is usual.

        Raises:
            ValueError: it names something unknown.
        """
        known = [field.name for field in fields(cls)]
        for name in config:
            if name not in known:
                raise ValueError(f"reading: expected {', '.join(known)}; found {name!r:.80}")
        return cls(**config)

    def head(self, outputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and log sigma, both (N, ...), of one output (N, 2 d, ...) or of two (N, d, ...)."""
        first, second = self._halves(outputs)
        mean, spread = (second, first) if self.order.endswith("spread_first") else (first, second)
        return mean, LOG_SIGMA_OF[self.spread](spread)

    def _halves(self, outputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        if len(outputs) == 2:
            return outputs[0], outputs[1]
        (both,) = outputs
        if self.order.startswith("interleaved"):
            return both[:, 0::2], both[:, 1::2]
        first, second = both.chunk(2, dim=1)
        return first, second

    def as_input(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """Examples (N, *event) as the encoder takes them, (N, *shape)."""
        if self.layout == "channels_last" and x.ndim == 4:
            x = x.permute(0, 2, 3, 1)
        return x.reshape(len(x), *shape)

    def as_parameters(
        self, outputs: Sequence[Tensor], event: Sequence[int], n_parameters: int, n_scales: int
    ) -> Tensor:
        """The decoder's outputs as the likelihood's raw parameters (N, P C, ...), a block of C for each.

        Args:
            outputs: one with all P blocks, or several that have them together, in order.
            event: (C, ...).
            n_parameters: P.
            n_scales: how many of the last blocks are scales, 0 or 1.
        """
        blocks = torch.cat([self._block(output, event) for output in outputs], 1)
        location, scale = blocks.split([(n_parameters - n_scales) * event[0], n_scales * event[0]], 1)
        if self.output == "probabilities":
            location = torch.logit(location, eps=_EPS)
        return torch.cat([location, LOG_SIGMA_OF[self.output_spread](scale)], 1) if n_scales else location

    def _block(self, output: Tensor, event: Sequence[int]) -> Tensor:
        channels, *size = event
        n = output[0].numel() // math.prod(event)
        if self.layout == "channels_last" and size:
            return output.reshape(len(output), *size, n * channels).movedim(-1, 1)
        return output.reshape(len(output), n * channels, *size)


CHOICES: Mapping[str, tuple[str, ...]] = {
    "order": ORDERS,
    "spread": SPREADS,
    "output": OUTPUTS,
    "output_spread": SPREADS,
    "layout": LAYOUTS,
}
