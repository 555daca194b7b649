"""A chart: the two directions between a 2-D map and latent space.

Symbols: u in R^2 a place on the map; z in R^d a code; (z_b, u_b) the base: the code and the place of the
example that is being dragged.

- place: z -> u, where a code lies on the map. Exact for planes, by neighbours for UMAP.
- lift: u -> z, the code that a place decodes from. A free handle has no base and lifts to the chart's own
  surface. A handle with a base moves away from it, and at u = u_b it is z_b, bit for bit.
- remoteness: u -> how far a place lies from all mapped examples, in units of the map's local scale.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, float_dtype, rows, vectors


class Chart(ABC):
    """The two directions between a 2-D map and latent space; every chart is a plane or a local lift."""

    exact: bool
    """True where `place` inverts `lift`: planes. False where the map has no inverse: UMAP."""

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """d, the size of a code."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[np.floating]:
        """The dtype of the codes that a free handle lifts to."""

    @abstractmethod
    def _place(self, z: Floats) -> Floats:
        """(n, d) -> (n, 2), float64 and finite."""

    @abstractmethod
    def _surface(self, u: Floats) -> Floats:
        """(n, 2) -> (n, d): the code on the chart's own surface above each place."""

    @abstractmethod
    def _drag(self, u: Floats, z_b: Floats, u_b: Floats) -> Floats:
        """(n, 2) and a base of n rows or of one -> (n, d): the base's code, carried to each place."""

    @abstractmethod
    def remoteness(self, u: npt.ArrayLike) -> Floats:
        """How far places lie from every mapped example, in units of the map's local scale.

        Args:
            u: places with shape (n, 2).

        Returns:
            Ratios with shape (n,), on the scale of `support.level` (at most 1 is good); 0 where the map
            covers all of its plane.
        """

    def place(self, z: npt.ArrayLike) -> Floats:
        """Where codes lie on the map.

        Args:
            z: codes with shape (..., d).

        Returns:
            Places with shape (..., 2).
        """
        codes = vectors(z, "codes to place", self.latent_dim)
        places = self._place(codes.reshape(-1, self.latent_dim))
        return places.reshape(*codes.shape[:-1], 2).astype(float_dtype(z))

    def lift(
        self, u: npt.ArrayLike, base_z: npt.ArrayLike | None = None, base_u: npt.ArrayLike | None = None
    ) -> Floats:
        """The codes that places on the map decode from.

        One call lifts n handles. They are all free, or all have a base: two calls serve a mixed batch. One
        base of shape (1, d) and (1, 2) serves n places, as along a drag.

        Args:
            u: places with shape (n, 2).
            base_z: codes of the dragged examples with shape (n, d) or (1, d); None for free handles.
            base_u: places of the dragged examples with shape (n, 2) or (1, 2); None for free handles.

        Returns:
            Codes with shape (n, d), in the dtype of `base_z`, or of the chart where there is no base.
            Rows where u == base_u are `base_z`, bit for bit.

        Raises:
            MapError: a number that is not finite, shapes that do not fit, or half a base.
        """
        places = rows(u, "places to lift", 2)
        if base_z is None and base_u is None:
            return self._surface(places).astype(self.dtype)
        if base_z is None or base_u is None:
            raise MapError("the base of a lift", "both its code and its place", "one of the two")
        z_b, u_b = rows(base_z, "base codes", self.latent_dim), rows(base_u, "base places", 2)
        if len(z_b) != len(u_b) or len(z_b) not in (1, len(places)):
            found = f"{len(z_b)} codes and {len(u_b)} places"
            raise MapError("the base of a lift", f"1 or {len(places)} rows in both", found)
        at_home = (places == u_b).all(axis=1, keepdims=True)
        # Chosen, not computed: (f + (z - f)) is not z in floating point.
        moved = self._drag(places, z_b, u_b).astype(float_dtype(base_z))
        return np.where(at_home, np.asarray(base_z, dtype=moved.dtype), moved)
