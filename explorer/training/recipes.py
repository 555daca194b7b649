"""Named recipes: an architecture and how to train it, each decision with its reason.

`python -m explorer train --config NAME` picks one, or without it the usual one for the data's kind; the data set fills
in the shape of x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from explorer.likelihoods import LIKELIHOODS, LikelihoodHead
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig


@dataclass(frozen=True)
class TrainingConfig:
    """The dials of the training loop.

    Attributes:
        n_epochs: length of the cosine schedule, and the most epochs that are run.
        batch_size: examples a step.
        learning_rate: Adam's rate after the warm-up; falls to 1% of it along a cosine.
        n_warmup_epochs: epochs over which the KL term's weight rises from 0 to 1, so that dimensions are
            not switched off before the decoder can use them (Sonderby et al. 2016).
        patience: epochs without a better held-out ELBO after which training stops.
        held_out: share of the training split kept for the held-out ELBO.
        max_gradient_norm: clip, against the rare steep step of a learned scale.
    """

    n_epochs: int = 60
    batch_size: int = 128
    learning_rate: float = 1e-3
    n_warmup_epochs: int = 5
    patience: int = 8
    held_out: float = 1 / 12
    max_gradient_norm: float = 100.0


@dataclass(frozen=True)
class Recipe:
    """An architecture without its data, and how to train it.

    Attributes:
        data: what it is for, in words.
        minutes: about how long it trains on two cores, in words, and of how much data.
    """

    data: str
    minutes: str
    latent_dim: int
    likelihood: Mapping[str, Any]
    encoder: Mapping[str, Any]
    decoder: Mapping[str, Any]
    training: TrainingConfig = field(default_factory=TrainingConfig)
    binarise: bool = False

    def model_config(self, shape: tuple[int, ...], kind: str, n_levels: int | None) -> ModelConfig:
        """The recipe's model for data of this shape."""
        likelihood = dict(self.likelihood)
        if LIKELIHOODS[likelihood["kind"]].has_levels:
            if n_levels is None:
                raise ValueError("a discretised likelihood needs data with levels; use a gaussian recipe")
            likelihood["n_levels"] = n_levels
        data = DataSpec(shape, kind, 2 if self.binarise else n_levels, self.binarise)
        return ModelConfig(self.latent_dim, data, likelihood, self.encoder, self.decoder)

    def misfit(self, data: DataSpec, value_range: tuple[float, float]) -> str:
        """Why data of this kind and range cannot be trained on; empty where they can."""
        try:
            with torch.device("meta"):
                model = VAE(self.model_config(data.shape, data.kind, data.n_levels))
            check_range(model.head, *value_range)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def likelihood_name(self) -> str:
        """Its likelihood in words: "bernoulli, binarised"."""
        scale = self.likelihood.get("scale")
        also = ((f"{scale} scale", scale is not None), ("binarised", self.binarise))
        return ", ".join(
            [self.likelihood["kind"].replace("_", " "), *(word for word, is_so in also if is_so)]
        )


def check_range(head: LikelihoodHead, low: float, high: float) -> None:
    """Refuses data with a value that a likelihood has no density for.

    Args:
        head: of which likelihood.
        low, high: the least and the largest value of the data; NaN where one of them is.

    Raises:
        ValueError: names the range and what was found.
    """
    least, most = head.value_range
    if not (least <= low and high <= most and math.isfinite(low) and math.isfinite(high)):
        raise ValueError(
            f"a {head.kind} likelihood needs finite values in [{least:g}, {most:g}], found {low:g} to {high:g}; "
            "rescale the data or choose another recipe"
        )


# The encoder runs once an example and the decoder K times, so the encoder is the larger of the two:
# what it saves on decoding it spends on a smaller amortization gap.
_CONV_ENCODER = {"kind": "conv", "channels": [48, 96], "hidden": 512}
_CONV_DECODER = {"kind": "conv", "channels": [32, 64], "hidden": 256}
_SMALL_MLP = {"kind": "mlp", "hidden": [128, 64]}
_TANH_200 = {"kind": "mlp", "hidden": [200, 200], "activation": "tanh"}
# One scale for all pixels: with a scale a pixel the posterior is so narrow that no encoder's q covers it, and the
# decoder can buy likelihood by blurring instead of by drawing.
_LEVELS = {"kind": "discretised_logistic", "scale": "learned"}
_NORMAL = {"kind": "gaussian", "scale": "learned"}

# Of two that fit, the first is the usual one.
RECIPES: Mapping[str, Recipe] = {
    "conv-16": Recipe(
        "images of levels (0..255), sides divisible by 4",
        "60, of 60,000 images of 28 x 28",
        16,
        _LEVELS,
        _CONV_ENCODER,
        _CONV_DECODER,
    ),
    "mlp-2": Recipe(
        "small images or vectors of levels",
        "1, of 1,800 images of 8 x 8",
        2,
        _LEVELS,
        _SMALL_MLP,
        {"kind": "mlp", "hidden": [64, 128]},
        TrainingConfig(n_epochs=400, batch_size=64, patience=60, n_warmup_epochs=20),
    ),
    # The one-stochastic-layer network of Burda et al. 2016, section 5, on dynamically binarised pixels: no warm-up,
    # as theirs had none; larger batches and a shorter schedule than their 3,280 epochs of batches of 20.
    "iwae-50": Recipe(
        "black and white images; grey ones are binarised",
        "30, of 60,000 images of 28 x 28",
        50,
        {"kind": "bernoulli"},
        _TANH_200,
        _TANH_200,
        TrainingConfig(n_epochs=400, batch_size=100, n_warmup_epochs=0, patience=40),
        binarise=True,
    ),
    # The likelihood of Loaiza-Ganem & Cunningham 2019: a Bernoulli's loss on grey values is no density of them.
    "unit-16": Recipe(
        "images of floats in [0, 1], sides divisible by 4",
        "60, of 60,000 images of 28 x 28",
        16,
        {"kind": "continuous_bernoulli"},
        _CONV_ENCODER,
        _CONV_DECODER,
    ),
    # One scale, as above. Rows of measurements are few: more and shorter epochs than images get.
    "vector-8": Recipe(
        "vectors of floats, or other images of floats",
        "1, of 10,000 vectors of 30 numbers",
        8,
        _NORMAL,
        _SMALL_MLP,
        {"kind": "mlp", "hidden": [64, 128]},
        TrainingConfig(n_epochs=200, patience=30, n_warmup_epochs=10),
    ),
    "linear-8": Recipe(
        "anything; its posterior is known in closed form",
        "2, of 60,000 images of 28 x 28",
        8,
        _NORMAL,
        {"kind": "linear"},
        {"kind": "linear"},
    ),
}
# Below it a convolution sees little more than a pixel.
_SMALL_SIDE = 16


def fitting(data: DataSpec, value_range: tuple[float, float]) -> tuple[str, ...]:
    """The recipes that can be trained on data of this kind, the usual one first; none where a value is not finite.

    Args:
        data: as the data set has it, not binarised.
        value_range: its least and its largest value.
    """
    found = [name for name, recipe in RECIPES.items() if not recipe.misfit(data, value_range)]
    return tuple(sorted(found, key=lambda name: name not in _meant_for(data)))


def _meant_for(data: DataSpec) -> tuple[str, ...]:
    """Which recipes are meant for data of this kind, whether they can be trained on them or not."""
    if data.n_levels is None:
        return ("vector-8",) if data.kind == "vector" else ("unit-16", "vector-8")
    if data.n_levels == 2:
        return ("iwae-50",)
    is_small = data.kind == "vector" or min(data.shape[1:]) < _SMALL_SIDE
    return ("mlp-2",) if is_small else ("conv-16", "mlp-2")
