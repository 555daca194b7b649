"""What the pages ask of a model: images of codes, running bounds of an example, figures along a path."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import torch

from explorer.bounds import Curve, Examples, Posterior, curve, posterior, score_elbo
from explorer.geodesics import Geodesic, Surroundings, fisher_rao_steps, geodesic
from explorer.latent import paths
from explorer.latent.graph import NeighbourGraph
from explorer.steps import Step
from explorer.ui.map.gesture import Handle
from explorer.ui.view import View
from explorer.workspace import Entry

N_FRAMES = 11
# Enough for the shape of the curve along a path; the frames' ELBO is a guide, not a score.
PATH_SAMPLES = 32
# Codes along a path whose length is measured, and shorter steps between two frames.
N_MEASURED = 65
N_BETWEEN = 4
# Of a code's largest number, or of 1: what float32 does not resolve on the way through a map.
SAME_CODE = 1e-6


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
class Way:
    """A path that is known: through what, of which kind, and the geodesic where it is one, maybe not the best yet."""

    anchors: Anchors
    kind: str
    found: Geodesic | None = None
    is_found: bool = True


def handle_codes(entry: Entry, view: View) -> np.ndarray:
    """The codes (n, d) of the view's handles."""
    places = np.array([(h.x, h.y) for h in view.handles], dtype=np.float64).reshape(-1, 2)
    rows = [None if h.base is None else entry.atlas.row(h.base) for h in view.handles]
    return entry.lift(view.map_id, places, rows, [h.offset for h in view.handles])


def handle_at(entry: Entry, map_id: str, handle: Handle, code: np.ndarray) -> Handle:
    """A handle moved to a code (d,): to where that code lies on the map, with what the map cannot show as its offset.

    At the code of its own base it is home, bit for bit.
    """
    row = None if handle.base is None else entry.atlas.row(handle.base)
    if row is not None and _is_same(code, entry.atlas.means[row]):
        x, y = entry.coordinates(map_id)[row]
        return replace(handle, x=float(x), y=float(y), offset=())
    place = entry.chart(map_id).place(code.astype(np.float64))
    lifted = entry.lift(map_id, place[None], [row])[0]
    offset = () if _is_same(code, lifted) else tuple(map(float, code.astype(np.float32) - lifted))
    return replace(handle, x=float(place[0]), y=float(place[1]), offset=offset)


def _is_same(code: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.abs(code - other).max() < SAME_CODE * max(1.0, float(np.abs(other).max())))


def anchors(entry: Entry, view: View) -> Anchors:
    """The codes of the view's handles."""
    return tuple(tuple(map(float, code)) for code in handle_codes(entry, view))


_GRAPHS: WeakKeyDictionary[Entry, NeighbourGraph] = WeakKeyDictionary()
_MAKING = threading.Lock()


def graph(entry: Entry) -> NeighbourGraph:
    """The neighbour graph of an entry's codes; the first time it takes seconds."""
    with _MAKING:
        if entry not in _GRAPHS:
            _GRAPHS[entry] = NeighbourGraph.fit(entry.atlas.means)
        return _GRAPHS[entry]


def graph_if_made(entry: Entry) -> NeighbourGraph | None:
    """The neighbour graph where it is there already; never waits."""
    return _GRAPHS.get(entry)


def geodesics(entry: Entry, through: Anchors) -> Iterator[Step[Geodesic]]:
    """Looks for the geodesic through anchors, from the straight lines or the neighbour graph's."""
    ends = np.array(through, np.float32)
    starts = [graph(entry).parts(ends)]
    radius = entry.atlas.columns(["code_radius"])["code_radius"]
    yield from geodesic(entry.checkpoint.model, Surroundings(entry.atlas.means, radius), ends, starts)


@lru_cache(maxsize=128)
def path_codes(entry: Entry, way: Way, n: int) -> np.ndarray:
    """n codes along a path, float32 (n, d), every anchor exactly among them."""
    ends = np.array(way.anchors, np.float32)
    if way.kind == "graph":
        return graph(entry).through(ends, n)
    return paths.through(ends, n, way.kind) if way.found is None else way.found.through(n)


@lru_cache(maxsize=128)
def path_lengths(entry: Entry, way: Way) -> PathLengths:
    """How long a path is."""
    codes = path_codes(entry, way, max(N_MEASURED, 2 * len(way.anchors)))
    decoded = float(fisher_rao_steps(entry.checkpoint.model, codes).sum())
    support = float(entry.support.at(codes).ratio.max())
    return PathLengths(float(paths.step_lengths(codes).sum()), decoded, support)


@lru_cache(maxsize=32)
@torch.inference_mode()
def path_frames(entry: Entry, way: Way, n_frames: int) -> PathFrames:
    """Decodes a path.

    The ELBO of a frame is that of the decoded image as if it were data: how well the model knows what it shows there.
    """
    model = entry.checkpoint.model
    codes = path_codes(entry, way, n_frames)
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
