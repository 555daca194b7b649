"""Named recipes: an architecture and how to train it, each decision with its reason.

`python -m explorer train --config NAME` picks one; the data set fills in the shape of x.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.likelihoods import LIKELIHOODS
from explorer.models.latent_model import DataSpec
from explorer.models.vae import ModelConfig


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
    """An architecture without its data, and how to train it."""

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


# The encoder runs once an example and the decoder K times, so the encoder is the larger of the two:
# what it saves on decoding it spends on a smaller amortization gap.
_CONV_ENCODER = {"kind": "conv", "channels": [48, 96], "hidden": 512}
_CONV_DECODER = {"kind": "conv", "channels": [32, 64], "hidden": 256}
_SMALL_MLP = {"kind": "mlp", "hidden": [128, 64]}
_TANH_200 = {"kind": "mlp", "hidden": [200, 200], "activation": "tanh"}
# One scale for all pixels: with a scale a pixel the posterior is so narrow that no encoder's q covers it, and the
# decoder can buy likelihood by blurring instead of by drawing.
_LEVELS = {"kind": "discretised_logistic", "scale": "learned"}

RECIPES: Mapping[str, Recipe] = {
    "conv-16": Recipe(16, _LEVELS, _CONV_ENCODER, _CONV_DECODER),
    "mlp-2": Recipe(
        2,
        _LEVELS,
        _SMALL_MLP,
        {"kind": "mlp", "hidden": [64, 128]},
        TrainingConfig(n_epochs=400, batch_size=64, patience=60, n_warmup_epochs=20),
    ),
    # The one-stochastic-layer network of Burda et al. 2016, section 5, on dynamically binarised pixels: no warm-up,
    # as theirs had none; larger batches and a shorter schedule than their 3,280 epochs of batches of 20.
    "iwae-50": Recipe(
        50,
        {"kind": "bernoulli"},
        _TANH_200,
        _TANH_200,
        TrainingConfig(n_epochs=400, batch_size=100, n_warmup_epochs=0, patience=40),
        binarise=True,
    ),
    "linear-8": Recipe(8, {"kind": "gaussian", "scale": "learned"}, {"kind": "linear"}, {"kind": "linear"}),
}
