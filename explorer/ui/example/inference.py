"""What the pages ask of a model: images of codes, running bounds of an example, figures along a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from explorer.bounds import Curve, Examples, Posterior, curve, posterior
from explorer.likelihoods import Likelihood
from explorer.workspace import Entry


def example(entry: Entry, example_id: int) -> Examples:
    """One example as the bounds take it, x (1, *shape)."""
    row = entry.atlas.row(example_id)
    return Examples(torch.from_numpy(entry.dataset.x(row)), np.array([example_id]))


@torch.inference_mode()
def decode(entry: Entry, codes: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """E[x|z] of codes (n, d), shape (n, *shape); `like` (n or 1, *shape): as many counts as these examples have."""
    return _likelihood(entry, codes, like).mean.numpy()


@torch.inference_mode()
def draw(
    entry: Entry, code: np.ndarray, n_draws: int, seed: int, like: np.ndarray | None = None
) -> np.ndarray:
    """Samples of p(x|z) at one code (d,), shape (n_draws, *shape), with as many counts as `like` (1, *shape) has."""
    generator = torch.Generator().manual_seed(seed)
    codes = np.broadcast_to(code, (n_draws, len(code)))
    return _likelihood(entry, codes, like).sample(generator).numpy()


def _likelihood(entry: Entry, codes: np.ndarray, like: np.ndarray | None) -> Likelihood:
    found = entry.checkpoint.model.likelihood(torch.tensor(codes))
    return found if like is None else found.given(torch.from_numpy(like))


def encode(entry: Entry, example_id: int) -> Posterior:
    """q(z|x) of one example, arrays (1, d)."""
    return posterior(entry.checkpoint.model, example(entry, example_id).x)


@dataclass(frozen=True)
class BoundCurves:
    """The bound of one example with the encoder's draws, and the naive estimate from as many of the prior's."""

    encoder: Curve
    prior: Curve


def bound_curves(entry: Entry, example_id: int, n_samples: int) -> Iterator[BoundCurves]:
    """Running bounds of an example, ever more draws; the same seed, and so the same numbers, as its atlas."""
    model, one, seed = entry.checkpoint.model, example(entry, example_id), entry.atlas.manifest.settings.seed
    both = (curve(model, one, name, n_samples, seed) for name in ("encoder", "prior"))
    for encoder, prior in zip(*both, strict=True):
        yield BoundCurves(encoder, prior)
