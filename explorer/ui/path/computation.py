"""What a path is made of: its codes, decoded frames, ELBOs and lengths, each worked out once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import torch

from explorer.bounds import Examples, score_elbo
from explorer.geodesics import Geodesic, Surroundings, fisher_rao_steps, geodesic
from explorer.latent import paths
from explorer.latent.graph import NeighbourGraph
from explorer.steps import Step
from explorer.ui.example.inference import decode
from explorer.ui.example.kept import of_codes
from explorer.ui.state.handle_codes import handle_codes
from explorer.ui.state.view import View
from explorer.workspace import Entry, Origin

N_FRAMES = 11
# Enough for the shape of the curve along a path; the frames' ELBO is a guide, not a score.
PATH_SAMPLES = 32
# Codes along a path whose length is measured, and shorter steps between two frames.
N_MEASURED = 65
N_BETWEEN = 4


@dataclass(frozen=True, eq=False)
class PathFrames:
    """Frames along a path.

    Attributes:
        codes: (n, d).
        frames: their means, (n, *shape).
        steps: the Fisher-Rao length from each frame to the next, (n - 1,).
        log_prior_nats: log p(z), (n,).
        support: the distance to the data in units of its local scale, (n,).
        elbo_nats, elbo_se: the ELBO of each decoded frame and its error, (n,).
    """

    codes: np.ndarray
    frames: np.ndarray
    steps: np.ndarray
    log_prior_nats: np.ndarray
    support: np.ndarray
    elbo_nats: np.ndarray
    elbo_se: np.ndarray


@dataclass(frozen=True)
class PathLengths:
    """How long a path is for the latent space and for the decoder, and its worst ratio of support."""

    latent: float
    fisher_rao: float
    worst_support: float


Anchors = tuple[tuple[float, ...], ...]
"""The codes of a path's handles, to remember what was computed for them by."""


@dataclass(frozen=True)
class KnownPath:
    """A path that is known: through what, of which kind, and the geodesic where it is one, maybe not the best yet."""

    anchors: Anchors
    kind: str
    found: Geodesic | None = None
    is_found: bool = True


def anchors(entry: Entry, view: View) -> Anchors:
    """The codes of the view's handles."""
    return tuple(tuple(map(float, code)) for code in handle_codes(entry, view))


# Its codes stay the same while an atlas grows.
_GRAPHS: WeakKeyDictionary[Origin, NeighbourGraph] = WeakKeyDictionary()
_MAKING = threading.Lock()


def graph(entry: Entry) -> NeighbourGraph:
    """The neighbour graph of an entry's codes; the first time it takes seconds."""
    with _MAKING:
        if entry.origin not in _GRAPHS:
            _GRAPHS[entry.origin] = NeighbourGraph.fit(entry.atlas.means)
        return _GRAPHS[entry.origin]


def graph_if_made(entry: Entry) -> NeighbourGraph | None:
    """The neighbour graph where it is there already; never waits."""
    return _GRAPHS.get(entry.origin)


def geodesics(entry: Entry, through: Anchors) -> Iterator[Step[Geodesic]]:
    """Looks for the geodesic through anchors, from the straight lines or the neighbour graph's."""
    ends = np.array(through, np.float32)
    starts = [graph(entry).parts(ends)]
    radius = entry.atlas.columns(["code_radius"])["code_radius"]
    yield from geodesic(entry.checkpoint.model, Surroundings(entry.atlas.means, radius), ends, starts)


@of_codes(maxsize=128)
def path_codes(entry: Entry, path: KnownPath, n: int) -> np.ndarray:
    """n codes along a path, float32 (n, d), every anchor exactly among them."""
    ends = np.array(path.anchors, np.float32)
    if path.kind == "graph":
        return graph(entry).through(ends, n)
    return paths.through(ends, n, path.kind) if path.found is None else path.found.through(n)


@of_codes(maxsize=128)
def path_lengths(entry: Entry, path: KnownPath) -> PathLengths:
    """How long a path is."""
    codes = path_codes(entry, path, max(N_MEASURED, 2 * len(path.anchors)))
    decoded = float(fisher_rao_steps(entry.checkpoint.model, codes).sum())
    support = float(entry.support.at(codes).ratio.max())
    return PathLengths(float(paths.step_lengths(codes).sum()), decoded, support)


@of_codes(maxsize=32)
@torch.inference_mode()
def path_frames(entry: Entry, path: KnownPath, n_frames: int) -> PathFrames:
    """Decodes a path.

    The ELBO of a frame is that of the decoded image as if it were data: how well the model knows what it shows there.
    """
    model = entry.checkpoint.model
    codes = path_codes(entry, path, n_frames)
    frames = decode(entry, codes)
    log_prior = model.prior().log_prob(torch.from_numpy(codes)).numpy()
    seen = Examples(torch.from_numpy(model.data_spec.as_data(frames)), np.arange(n_frames))
    found = score_elbo(model, seen, PATH_SAMPLES, seed=0)
    support = entry.support.at(codes).ratio
    elbo = found["elbo_analytic_nats"], found["distortion_se"]
    return PathFrames(codes, frames, _steps_between(entry, codes), log_prior, support, *elbo)


def _steps_between(entry: Entry, codes: np.ndarray) -> np.ndarray:
    """The Fisher-Rao length of each step of codes (n, d), as the sum of `N_BETWEEN` shorter ones; (n - 1,)."""
    n_steps = len(codes) - 1
    at = np.linspace(0, n_steps, n_steps * N_BETWEEN + 1)
    fine = np.stack([np.interp(at, np.arange(n_steps + 1), column) for column in codes.T], axis=1)
    steps = fisher_rao_steps(entry.checkpoint.model, fine.astype(codes.dtype))
    return steps.reshape(n_steps, N_BETWEEN).sum(axis=1)
