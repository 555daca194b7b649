"""UMAP: the one file that imports umap, and only when a map is made.

Importing umap compiles for 10 seconds and more; opening a stored map never comes here.

References:
    McInnes, Healy & Melville 2018, UMAP: uniform manifold approximation and projection, arXiv:1802.03426.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, table
from explorer.latent.local_lift import LocalLift
from explorer.latent.maps.kind import FitSettings, Layout, MapKind, Progress


def fit(
    codes: npt.ArrayLike,
    seed: int,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    progress: Progress | None = None,
) -> Floats:
    """Lays the codes out on a map.

    The same codes and seed give the same map, bit for bit, on one machine with one set of packages: a seed
    makes umap run on one thread.

    Args:
        codes: shape (N, d), N >= n_neighbors + 2.
        seed: 0 .. 2**32 - 1.
        n_neighbors: neighbours that a code keeps close; more show the whole, fewer the detail.
        min_dist: how tightly the map may pack, in [0, 1].
        progress: called with the share of the layout done, from 0 to 1.

    Returns:
        Coordinates with shape (N, 2), float32.

    Raises:
        MapError: too few codes, a code that is not finite, or codes that UMAP cannot lay out (all the same).
    """
    points = table(codes, "codes for UMAP").astype(np.float32)
    if len(points) < n_neighbors + 2:
        expected = f"{n_neighbors + 2} or more for n_neighbors = {n_neighbors} (use the PCA map for fewer)"
        raise MapError("codes for UMAP", expected, str(len(points)))
    if (points == points[0]).all():
        found = f"{len(points)} copies of one code"
        raise MapError("codes for UMAP", "codes that differ (use the PCA map)", found)
    from umap import UMAP

    report = progress or _ignore
    report(0.0)
    # Its own bar is the only view into the layout while it is made.
    bar = {"disable": progress is None, "file": _Bar(report), "bar_format": "{n}/{total}"}
    # n_jobs=1 is what a seed forces anyway; saying so avoids a warning.
    reducer = UMAP(n_neighbors=n_neighbors, min_dist=min_dist, random_state=seed, n_jobs=1, tqdm_kwds=bar)
    layout = reducer.fit_transform(points)
    report(1.0)
    return np.asarray(table(layout, "UMAP's layout (use the PCA map for these codes)", 2), dtype=np.float32)


def _ignore(_: float) -> None:
    pass


class _Bar(io.StringIO):
    """Stands for the terminal of a tqdm bar with format "{n}/{total}", and passes on the share it shows."""

    def __init__(self, report: Progress) -> None:
        super().__init__()
        self._report = report

    def write(self, text: str) -> int:
        done, slash, total = text.strip().partition("/")
        if slash and done.isdigit() and total.isdigit():
            self._report(int(done) / max(int(total), 1))
        return len(text)


def _fit(codes: Floats, settings: FitSettings, progress: Progress) -> Layout:
    return Layout(fit(codes, settings.seed, settings.n_neighbours, settings.min_dist, progress))


UMAP_MAP = MapKind(
    title="UMAP",
    making="Laying out UMAP",
    is_plane=False,
    columns=("umap_x", "umap_y"),
    fit=_fit,
    chart=lambda layout, codes: LocalLift.fit(layout.places, codes),
)
