"""PCA: the plane through the mean of the codes along their two directions of largest variance.

References:
    Pearson 1901, On lines and planes of closest fit to systems of points in space.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, float_dtype, table, vectors
from explorer.latent.maps.kind import FitSettings, Layout, MapKind, Progress
from explorer.latent.plane import Plane


def pca(codes: npt.ArrayLike) -> Plane:
    """The plane through the mean of the codes along their two directions of largest variance.

    The sign of a direction is free; here the entry of largest size is positive, so that the same codes always
    give the same picture.

    Args:
        codes: shape (N, d) with d >= 2; equal codes give an arbitrary but fixed plane.
    """
    z = table(codes, "codes for PCA")
    if z.shape[1] < 2:
        raise MapError("codes for PCA", "two latent dimensions or more", f"shape {z.shape}")
    mean = z.mean(axis=0)
    _, directions = np.linalg.eigh((z - mean).T @ (z - mean))
    basis = directions[:, [-1, -2]]
    return Plane(mean.astype(float_dtype(codes)), basis * _signs(basis))


def _signs(basis: Floats) -> Floats:
    # The first entry of nearly largest size: of two equal ones, rounding must not choose.
    sizes = np.abs(basis)
    largest = (sizes >= sizes.max(axis=0) - 1e-9).argmax(axis=0)
    return np.where(basis[largest, [0, 1]] < 0, -1.0, 1.0)


def _fit(codes: Floats, settings: FitSettings, progress: Progress) -> Layout:
    return Layout(pca(codes).place(codes), pca_parameters(codes))


def pca_parameters(codes: Floats) -> dict[str, list[Any]]:
    """The plane as JSON has it."""
    plane = pca(codes)
    return {"origin": plane.origin.tolist(), "basis": plane.basis.tolist()}


def stored_plane(parameters: Mapping[str, Any]) -> Plane:
    """The plane of what `pca_parameters` gave and a file holds.

    Raises:
        MapError, LookupError, TypeError: they are no plane's.
    """
    # As they are first: a cast would make numbers of words, and infinities of what float32 does not hold.
    origin, basis = (vectors(parameters[name], f"the PCA plane's {name}") for name in ("origin", "basis"))
    return Plane(origin.astype(np.float32), basis.astype(np.float32))


def _chart(layout: Layout, codes: Floats) -> Plane:
    return stored_plane(layout.parameters)


PCA = MapKind(
    title="PCA",
    making="PCA",
    is_plane=True,
    columns=("pca_x", "pca_y"),
    fit=_fit,
    chart=_chart,
    axis_titles=("first principal axis", "second principal axis"),
)
