"""The smallest things that are real: forty digits, and a VAE of three latent dimensions with random weights."""

from pathlib import Path

import torch

from explorer import datasets
from explorer.datasets import Dataset
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.posteriors import PosteriorKind
from explorer.models.posteriors.full_covariance import FullCovariance
from explorer.models.priors import PriorKind
from explorer.models.program_vae import ProgramVAE, Shapes
from explorer.models.reading import Reading
from explorer.models.vae import VAE, ModelConfig
from explorer.programs import GraphBuilder

LATENT_DIM = 3
DIGITS = DataSpec((1, 8, 8), "grey image", 17)
LEVELS = {"kind": "discretised_logistic", "n_levels": 17, "scale": "learned"}
MLP = {"kind": "mlp", "hidden": [16]}


def config(likelihood=LEVELS, data=DIGITS, encoder=MLP, decoder=MLP) -> ModelConfig:
    """A VAE for digits."""
    return ModelConfig(LATENT_DIM, data, likelihood, encoder, decoder)


def model(model_config: ModelConfig | None = None, seed: int = 0) -> VAE:
    """Random weights, the same for a seed, in eval mode."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return VAE(model_config or config()).eval().requires_grad_(False)


def save(path: Path, seed: int = 0) -> Path:
    """A checkpoint folder."""
    checkpoints.save(path, model(seed=seed), {"data": "digits", "split": "train", "seed": seed})
    return path


def digits(n: int = 40) -> Dataset:
    """The first test digits; their ids are not their positions."""
    return datasets.load("digits").take(slice(n))


def program_vae(
    seed: int = 0, prior: PriorKind | None = None, posterior: PosteriorKind | None = None
) -> ProgramVAE:
    """A VAE of two programs with random weights: a layer each, probabilities at the end. One of a full covariance
    returns its factor too."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        weights = {"head": torch.randn(2 * LATENT_DIM, 64) / 8, "out": torch.randn(64, LATENT_DIM)}
    encoder, decoder = GraphBuilder("x"), GraphBuilder("z")
    head = encoder.add("aten.linear.default", "x", encoder.tensor("head", weights["head"]))
    outputs: tuple[str, ...] = (head,)
    if isinstance(posterior, FullCovariance):
        # Of the three, a reading takes mean and spread from the first two.
        factor = encoder.tensor("factor", torch.sin(torch.arange(64.0 * LATENT_DIM**2)).reshape(-1, 64) / 8)
        parts = [
            encoder.add("aten.slice.Tensor", head, 1, i * LATENT_DIM, (i + 1) * LATENT_DIM) for i in (0, 1)
        ]
        outputs = (*parts, encoder.add("aten.linear.default", "x", factor))
    logits = decoder.add("aten.linear.default", "z", decoder.tensor("out", weights["out"]))
    probabilities = decoder.add("aten.sigmoid.default", logits)
    return ProgramVAE(
        DataSpec((1, 8, 8), "grey image", 2, binarise=True),
        {"kind": "bernoulli"},
        decoder.program(probabilities),
        encoder.program(*outputs),
        Shapes((LATENT_DIM,), (64,)),
        Reading(output="probabilities"),
        prior,
        posterior,
    ).eval()
