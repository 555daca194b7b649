"""Planes: flat maps with an exact inverse, and a drag that keeps what the plane does not show.

With origin o in R^d and an orthonormal basis B in R^(d x 2):

    place(z) = B^T (z - o)          lift(u) = o + B u          lift(u; z_b, u_b) = z_b + B (u - u_b)

The part of z_b outside the plane, the residual z_b - o - B B^T (z_b - o), is untouched by a drag: a handle
that has not moved decodes to exactly the same image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, float_dtype, rows, vectors
from explorer.latent.chart import Chart

_COLLINEAR = 1e-6
"""Anchors whose angle is smaller than this span no plane: float32 codes do not resolve it."""


@dataclass(frozen=True, eq=False)
class Plane(Chart):
    """A plane in latent space.

    Args:
        origin: o, the code at u = 0, with shape (d,).
        basis: B, orthonormal columns, with shape (d, 2).
    """

    origin: Floats
    basis: Floats
    exact = True

    def __post_init__(self) -> None:
        origin = vectors(self.origin, "a plane's origin")
        basis = vectors(self.basis, "a plane's basis", 2)
        if origin.ndim != 1 or basis.shape != (len(origin), 2):
            found = f"{origin.shape} and {basis.shape}"
            raise MapError("a plane", "an origin (d,) and a basis (d, 2)", found)
        if not np.allclose(basis.T @ basis, np.eye(2), atol=1e-6):
            raise MapError("a plane's basis", "orthonormal columns", f"products {(basis.T @ basis).tolist()}")

    @property
    def latent_dim(self) -> int:
        return len(self.origin)

    @property
    def dtype(self) -> np.dtype[np.floating]:
        return self.origin.dtype

    def remoteness(self, u: npt.ArrayLike) -> Floats:
        """Always 0: a plane covers itself; the support of the code it lifts to says the rest."""
        return np.zeros(len(rows(u, "places", 2)))

    def _place(self, z: Floats) -> Floats:
        return (z - self.origin) @ self.basis

    def _surface(self, u: Floats) -> Floats:
        return self.origin + u @ self.basis.T

    def _drag(self, u: Floats, z_b: Floats, u_b: Floats) -> Floats:
        return z_b + (u - u_b) @ self.basis.T


def anchors(a: npt.ArrayLike, b: npt.ArrayLike, c: npt.ArrayLike) -> Plane:
    """The plane through three codes, by Gram-Schmidt: a is at (0, 0), b at (|b - a|, 0), c above that axis.

    Args:
        a, b, c: codes with shape (d,), not on one line.

    Raises:
        MapError: the three lie on one line, or two of them are the same.
    """
    z = np.stack([vectors(code, "an anchor of a plane") for code in (a, b, c)])
    first, second = z[1] - z[0], z[2] - z[0]
    e_1 = _unit(first, np.linalg.norm(second))
    # Subtracted twice: once leaves a rounding error that grows as the angle shrinks.
    above = second - e_1 * (e_1 @ second)
    above -= e_1 * (e_1 @ above)
    e_2 = _unit(above, np.linalg.norm(second))
    return Plane(z[0].astype(float_dtype(a, b, c)), np.stack([e_1, e_2], axis=1))


def _unit(direction: Floats, reference: np.floating) -> Floats:
    length = np.linalg.norm(direction)
    if length <= _COLLINEAR * reference or length == 0:
        found = "collinear ones: move one of them"
        raise MapError("the anchors of a plane", "three codes not on one line", found)
    return direction / length
