"""A tiny model of each kind of data, with its atlas: what is shown of examples has to work for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from explorer import datasets
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.datasets import Features
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig
from explorer.workspace import Entry, Workspace
from tests.tiny import MLP

N, LATENT_DIM = 24, 3
NASTY = "<b>GENE</b>'\""
LEVELS = {"kind": "discretised_logistic", "n_levels": 256, "scale": "learned"}
GAUSSIAN = {"kind": "gaussian", "scale": "learned"}
ZINB = {"kind": "zero_inflated_negative_binomial", "typical_library": 60.0}


@dataclass(frozen=True)
class Kind:
    """Data of one shape, and what is known of a vector's places; counts have a likelihood of their own."""

    shape: tuple[int, ...]
    kind: str
    features: Features | None = None
    is_count: bool = False

    @property
    def is_vector(self) -> bool:
        return self.kind == "vector"

    @property
    def likelihood(self) -> Mapping[str, object]:
        if self.is_count:
            return ZINB
        return GAUSSIAN if self.is_vector else LEVELS

    def values(self) -> np.ndarray:
        """(N, *shape): levels of images, real numbers of vectors."""
        rng = np.random.default_rng(0)
        if self.is_count:
            return rng.poisson(1 + rng.gamma(1.0, 3.0, size=(N, 1)), size=(N, *self.shape))
        if self.is_vector:
            return rng.normal(size=(N, *self.shape)).astype(np.float32)
        return rng.integers(0, 256, size=(N, *self.shape)).astype(np.uint8)

    def model(self) -> VAE:
        """Random weights."""
        data = DataSpec(self.shape, self.kind, None if self.is_vector else 256)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            config = ModelConfig(LATENT_DIM, data, self.likelihood, MLP, MLP)
            return VAE(config).eval().requires_grad_(False)


KINDS: Mapping[str, Kind] = {
    "grey": Kind((1, 6, 8), "grey image"),
    "colour": Kind((3, 6, 8), "colour image"),
    "short": Kind((5,), "vector"),
    "long": Kind((200,), "vector"),
    "signal": Kind(
        (40,), "vector", Features.named([str(400 + i) for i in range(40)], "wavelength [nm]", "counts")
    ),
    "genes": Kind(
        (300,), "vector", Features((NASTY, *(f"GENE{i}" for i in range(299))), "gene", "log counts")
    ),
    "counts": Kind((20,), "vector", Features.named([f"GENE{i}" for i in range(20)], "gene", "counts"), True),
}


def save(root: Path, name: str) -> None:
    """A checkpoint with its atlas, and the file of its data beside the folder of checkpoints."""
    kind, data = KINDS[name], root.parent / f"{name}.npz"
    np.savez(data, x=kind.values(), y=np.arange(N) % 2, label_names=np.array(["even", "<b>odd</b>"]))
    checkpoints.save(root / name, kind.model(), {"data": str(data), "split": "all", "seed": 0})
    checkpoint = checkpoints.load(root / name)
    build(
        checkpoint,
        fitted(datasets.load(str(data), "all"), checkpoint.model),
        root / name / "atlas",
        AtlasSettings(n_samples=8, maps=("pca",)),
    )


def opened(root: Path, name: str) -> Entry:
    """It as a workspace opens it, with what is known of its features."""
    entry = Workspace(root).open(name)
    return replace(entry, dataset=replace(entry.dataset, features=KINDS[name].features))
