"""Latent axes: the plane through zero along two dimensions, with the id "axes:i,j". Nothing of it is stored."""

from __future__ import annotations

import re

import numpy as np

from explorer.latent.arrays import Floats, MapError
from explorer.latent.maps.kind import FitSettings, Layout, MapKind, Progress
from explorer.latent.plane import Plane
from explorer.show.numbers import latent_name

TITLE = "Latent axes"
FIRST = "axes:0,1"
# One spelling a map, by which its chart is kept: leading zeros and other digits would make endless others.
_ID = re.compile(r"axes:(0|[1-9][0-9]{0,3}),(0|[1-9][0-9]{0,3})")


def axes(i: int, j: int, latent_dim: int) -> Plane:
    """The plane through zero along two latent axes: place(z) = (z_i, z_j).

    Args:
        i, j: two different axes in 0 .. latent_dim - 1.
        latent_dim: d.

    Raises:
        MapError: the same axis twice, or one that the latent space does not have.
    """
    if i == j or not (0 <= i < latent_dim and 0 <= j < latent_dim):
        raise MapError("the axes of a plane", f"two different ones in 0 to {latent_dim - 1}", f"{i} and {j}")
    return Plane(np.zeros(latent_dim, np.float32), np.eye(latent_dim)[:, [i, j]])


def axes_id(i: int, j: int) -> str:
    """The id of the map of two latent axes."""
    return f"axes:{i},{j}"


def axes_of(map_id: str) -> tuple[int, int] | None:
    """The two axes that a map id names; None where it names another kind of map."""
    match = _ID.fullmatch(map_id)
    return (int(match[1]), int(match[2])) if match else None


def axes_map(i: int, j: int, latent_dim: int) -> MapKind:
    """The map of two latent axes.

    Raises:
        MapError: the same axis twice, or one that the latent space does not have.
    """
    plane = axes(i, j, latent_dim)
    names = (latent_name(i), latent_name(j))

    def fit(codes: Floats, settings: FitSettings, progress: Progress) -> Layout:
        return Layout(codes[:, [i, j]])

    return MapKind(
        title=" × ".join(names),
        making=TITLE,
        is_plane=True,
        columns=(f"axis_{i}", f"axis_{j}"),
        fit=fit,
        chart=lambda layout, codes: plane,
        axis_titles=names,
        mean_titles=(f"{names[0]}, posterior mean", f"{names[1]}, posterior mean"),
    )
