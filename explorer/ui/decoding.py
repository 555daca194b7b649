"""What the pages ask of a model: images of codes, running bounds of an example, figures along a path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from explorer.bounds import Curve, Examples, Posterior, curve, posterior, score_elbo
from explorer.latent import paths
from explorer.ui.view import View
from explorer.workspace import Entry

N_FRAMES = 11
# Enough for the shape of the curve along a path; the frames' ELBO is a guide, not a score.
PATH_SAMPLES = 64


def example(entry: Entry, example_id: int) -> Examples:
    """One example as the bounds take it, x (1, *shape)."""
    row = entry.atlas.row(example_id)
    return Examples(torch.from_numpy(entry.dataset.x(row)), np.array([example_id]))


@torch.inference_mode()
def decode(entry: Entry, codes: np.ndarray) -> np.ndarray:
    """E[x|z] of codes (n, d), shape (n, *shape)."""
    return entry.checkpoint.model.likelihood(torch.tensor(codes)).mean.numpy()


@torch.inference_mode()
def draw(entry: Entry, code: np.ndarray, n_draws: int, seed: int) -> np.ndarray:
    """Samples of p(x|z) at one code (d,), shape (n_draws, *shape)."""
    generator = torch.Generator().manual_seed(seed)
    codes = torch.tensor(code).expand(n_draws, -1)
    return entry.checkpoint.model.likelihood(codes).sample(generator).numpy()


def encoded(entry: Entry, example_id: int) -> Posterior:
    """q(z|x) of one example, arrays (1, d)."""
    return posterior(entry.checkpoint.model, example(entry, example_id).x)


@dataclass(frozen=True)
class Bounds:
    """The bound of one example with the encoder's draws, and the naive estimate from as many of the prior's."""

    encoder: Curve
    prior: Curve


def bounds(entry: Entry, example_id: int, n_samples: int) -> Iterator[Bounds]:
    """Running bounds of an example, ever more draws; the same seed, and so the same numbers, as its atlas."""
    model, one, seed = entry.checkpoint.model, example(entry, example_id), entry.atlas.manifest.settings.seed
    both = (curve(model, one, name, n_samples, seed) for name in ("encoder", "prior"))
    for encoder, prior in zip(*both, strict=True):
        yield Bounds(encoder, prior)


@dataclass(frozen=True)
class PathFrames:
    """Frames along a path: codes (n, d), their means (n, *shape), log p(z) and the ELBO of each decoded frame."""

    codes: np.ndarray
    frames: np.ndarray
    log_prior_nats: np.ndarray
    elbo_nats: np.ndarray
    elbo_se: np.ndarray


def handle_codes(entry: Entry, view: View) -> np.ndarray:
    """The codes (n, d) of the view's handles."""
    places = np.array([(h.x, h.y) for h in view.handles], dtype=np.float64).reshape(-1, 2)
    rows = [None if h.base is None else entry.atlas.row(h.base) for h in view.handles]
    return entry.lift(view.map_id, places, rows)


@torch.inference_mode()
def path_frames(entry: Entry, anchors: np.ndarray, kind: str, n_frames: int) -> PathFrames:
    """Decodes a path through anchor codes (m, d).

    The ELBO of a frame is that of the decoded image as if it were data: how well the model knows what it shows there.
    """
    model = entry.checkpoint.model
    codes = paths.through(anchors, n_frames, kind).astype(np.float32)
    frames = decode(entry, codes)
    log_prior = model.prior().log_prob(torch.from_numpy(codes)).numpy()
    seen = Examples(torch.from_numpy(_as_data(entry, frames)), np.arange(n_frames))
    found = score_elbo(model, seen, PATH_SAMPLES, seed=0)
    return PathFrames(codes, frames, log_prior, found["elbo_analytic_nats"], found["distortion_se"])


def _as_data(entry: Entry, frames: np.ndarray) -> np.ndarray:
    """Means rounded to the levels that data can have."""
    n_levels = entry.checkpoint.model.data_spec.n_levels
    if n_levels is None:
        return frames
    return (np.round(np.clip(frames, 0, 1) * (n_levels - 1)) / (n_levels - 1)).astype(np.float32)
