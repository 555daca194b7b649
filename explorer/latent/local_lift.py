"""The lift of a map that has no inverse (UMAP): a local regression from the map to the codes.

Given examples at places u_i in R^2 with codes z_i in R^d, a free handle at u lifts to a moving-least-squares
fit over its k nearest places,

    f(u) = z_bar + g(t) A^T (u - u_bar),   A = (S + ridge h^2 I)^-1 C,   w_i ~ (1 - (r_i / h)^2)^2,

where u_bar, z_bar are the w-weighted means, S (2 x 2) the weighted covariance of the places, C (2 x d) that
of places and codes, and h the distance to the first place left out, where w is exactly 0: f is continuous as
neighbours change. t^2 = (u - u_bar)^T (S + ridge h^2 I)^-1 (u - u_bar) says how far the fit is asked to
extrapolate, in standard deviations of the neighbours' places. By Cauchy-Schwarz each entry of f(u) - z_bar is
at most t g(t) standard deviations of the neighbours' own codes. With

    g = 1 for t <= 2.5, falling smoothly to 0 at t = 5,

that is under 2.7 everywhere. f reproduces affine maps inside the set and at its rim (0.3 is a typical t, the
corner of a square has 2.5); away from it f turns into the weighted mean and stays bounded.

A dragged example keeps its own residual near home and loses it far away:

    z(u) = f(u) + fade(|u - u_b| / R) (z_b - f(u_b)),   fade(s) = (1 - s)^4 (4 s + 1) for s < 1, else 0.

fade is Wendland's compact C2 function: 1 at home with slope 0, 0.46 at R / 3, exactly 0 from R on. R is eight
local scales of the map at home: h at u_b, kept within a factor 2 of the map's typical h. The decision behind
it: near home one wants to see this example change; from R on (a tenth of the width of a map of 10,000
garments) the handle decodes as that place's examples do. There the residual means nothing: on a UMAP of
Fashion-MNIST's test images (16 principal components) two examples' residuals correlate by less than 0.02 from
half an h on. Because R is fixed by home alone, z(u) is continuous along a drag.

References:
    Levin 1998, The approximation power of moving least-squares.
    Wendland 1995, Piecewise polynomial, positive definite and compactly supported radial functions.
    Franke & Nielson 1980, Smooth interpolation of large sets of scattered data (the weights of `place`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, rows, stored
from explorer.latent.chart import Chart
from explorer.latent.neighbours import Neighbourhood, Sites, nearest, normalised

_RIDGE = 1e-6
"""Of h^2, beside an S of about h^2 / 8: keeps places on one line solvable, moves A by 1e-5 of itself."""
_TRUSTED, _MISTRUSTED = 2.5, 5.0
"""t up to which the affine part counts in full, and from which it counts for nothing."""
_FADE_SCALES = 8.0
_PLACE_NEIGHBOURS = 10
"""Few: in latent space neighbours may lie in different clusters, and the mean of many lands between them."""
_SPACING_RANK = 10
"""A place's own scale is its distance to its 10th neighbour, as for codes in `support`."""
_LEAST_SPACING = 1e-12
_TYPICAL_SAMPLE = 2048
_BLOCK = 4096
"""Places lifted at a time: at k = 32 and d = 16, 17 MB of neighbours' codes."""


@dataclass(frozen=True, eq=False)
class LocalLift(Chart):
    """Lifts places on a map without an inverse; build it with `LocalLift.fit`."""

    coordinates: Floats
    codes: Floats
    codes_by_place: Sites
    n_neighbours: int
    typical_radius: float
    exact = False

    @classmethod
    def fit(cls, coordinates: npt.ArrayLike, codes: npt.ArrayLike, n_neighbours: int = 32) -> LocalLift:
        """Stores the examples for lifting and placing; float32 tables are kept as they are, not copied.

        Args:
            coordinates: places u_i on the map with shape (N, 2), N >= 1; equal ones count as one place.
            codes: codes z_i with shape (N, d).
            n_neighbours: k >= 3, the places in a local fit; fewer where the map has fewer.

        Raises:
            MapError: a number that is not finite, or tables that do not fit together.
        """
        u, z = stored(coordinates, "map coordinates", 2), stored(codes, "codes of a map")
        if len(u) != len(z):
            raise MapError("a map and its codes", "one row an example in both", f"{len(u)} and {len(z)} rows")
        if n_neighbours < 3:
            raise MapError("n_neighbours of a lift", "3 or more, as an affine fit needs", str(n_neighbours))
        codes_by_place = Sites.of(u, z)
        typical = _typical_radius(codes_by_place, n_neighbours)
        return cls(u, z, codes_by_place, n_neighbours, typical)

    @cached_property
    def places_by_code(self) -> Sites:
        """For `place` alone, so made when it is first asked for: a drag needs only the other direction."""
        return Sites.of(self.codes, self.coordinates)

    @property
    def latent_dim(self) -> int:
        return int(self.codes.shape[1])

    @property
    def dtype(self) -> np.dtype[np.floating]:
        return self.codes.dtype

    def remoteness(self, u: npt.ArrayLike) -> Floats:
        """Distance to the nearest mapped example over that example's own distance to its 10th neighbour."""
        distances, row = nearest(self.codes_by_place.index, rows(u, "places", 2), 1)
        spacing = self.codes_by_place.spacing(row[:, 0], _SPACING_RANK)
        return distances[:, 0] / np.maximum(spacing, _LEAST_SPACING)

    def _place(self, z: Floats) -> Floats:
        hood = self.places_by_code.near(z, _PLACE_NEIGHBOURS)
        # ((h - r) / (h r))^2 up to a factor: infinite at a code itself, so that its place is met; 0 at h.
        reach = np.maximum(hood.reach, 1e-9)
        weights = normalised((reach[:, :1] / reach * (1 - np.minimum(reach, 1))) ** 2)
        return mixed(weights, self.places_by_code.values[hood.rows])

    def _surface(self, u: Floats) -> Floats:
        f = np.empty((len(u), self.latent_dim))
        for start in range(0, len(u), _BLOCK):
            hood, weights = self._local_fit(u[start : start + _BLOCK])
            f[start : start + _BLOCK] = mixed(weights, self.codes_by_place.values[hood.rows])
        return f

    def _drag(self, u: Floats, z_b: Floats, u_b: Floats) -> Floats:
        scale = self.codes_by_place.near(u_b, self.n_neighbours).radius
        scale = np.clip(scale, self.typical_radius / 2, self.typical_radius * 2)
        s = np.linalg.norm(u - u_b, axis=1) / (_FADE_SCALES * scale)
        return self._surface(u) + fade(s)[:, None] * (z_b - self._surface(u_b))

    def _local_fit(self, u: Floats) -> tuple[Neighbourhood, Floats]:
        """The neighbours of u (n, 2) and the weights (n, k), of sum 1, by which f(u) mixes their codes."""
        hood = self.codes_by_place.near(u, self.n_neighbours)
        w = normalised((1 - np.minimum(hood.reach, 1) ** 2) ** 2)
        # In units of h, seen from u: the covariance is of order 1 whatever the map's scale.
        h = np.where(hood.radius > 0, hood.radius, 1)[:, None, None]
        offsets = (self.codes_by_place.points[hood.rows] - u[:, None]) / h
        mean = w[:, None] @ offsets
        offsets = offsets - mean
        covariance = offsets.mT @ (w[:, :, None] * offsets) + _RIDGE * np.eye(2)
        slope = np.linalg.solve(covariance, -mean.mT)
        t = np.sqrt((-mean @ slope)[:, 0, 0])
        return hood, w * (1 + trust(t)[:, None] * (offsets @ slope)[:, :, 0])


def mixed(weights: Floats, values: Floats) -> Floats:
    """The weighted sums (n, q) of neighbours' values (n, k, q) under weights (n, k)."""
    sums: Floats = (weights[:, None] @ values)[:, 0]
    return sums


def fade(s: Floats) -> Floats:
    """The share of the residual that is kept at a displacement of s >= 0 in units of R."""
    s = np.minimum(s, 1.0)
    kept: Floats = (1 - s) ** 4 * (4 * s + 1)
    return kept


def trust(t: Floats) -> Floats:
    """g(t): 1 up to t = 2.5, then a smooth step, of slope 0 at both ends, down to 0 at t = 5."""
    s = np.clip((t - _TRUSTED) / (_MISTRUSTED - _TRUSTED), 0.0, 1.0)
    trusted: Floats = 1 - s * s * (3 - 2 * s)
    return trusted


def _typical_radius(sites: Sites, k: int) -> float:
    # A sample is enough for a median, and a map of a million places is not searched a million times.
    sample = sites.points[:: max(1, len(sites.points) // _TYPICAL_SAMPLE)]
    return float(np.median(sites.near(sample, k).radius)) or 1.0
