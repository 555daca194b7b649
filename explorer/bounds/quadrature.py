"""A density over all of a two-dimensional latent space, added up over a grid.

    log p(x) = log sum_u f(u) du,     f(u) = p(x, o + B u)
    KL[q || p(.|x)] = log p(x) - E_q log f(u) / q(u)

For a smooth density the error of a sum over a grid falls faster than any power of the spacing; every other point tells
it. The grid lies over the mass alone, which is looked for from a window that holds it: outside, the density is lower by
`_DEPTH_NATS` than where it is highest.

References: Trefethen & Weideman 2014 (sums over a grid).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds.plane_grid import PlaneGaussian, Window

# Points a side of the grids that look for the mass, and of the one that adds it up; the latter odd, so that every other
# point spans the same window.
_N_SOUGHT, _N_SUMMED, _N_Q = 65, 129, 65
# The mass that is left out has a density below the highest by this many nats.
_DEPTH_NATS = 30.0
_MOST_ZOOMS = 32
# q is added up so many of its deviations around its mean.
Q_DEVIATIONS = 8.0

# log f (...) at places u (..., 2); -inf where there is nothing.
LogDensity = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Mass:
    """All that a density f on the plane holds.

    Attributes:
        window: which holds it.
        places: the grid over the window, (n, 2).
        weights: of each place, summing to one, (n,).
        log_total: log of the sum of f, nats.
        error: what half the resolution changes of it.
    """

    window: Window
    places: Tensor
    weights: Tensor
    log_total: float
    error: float

    @property
    def moments(self) -> PlaneGaussian:
        """The Gaussian with the same mean and covariance."""
        return PlaneGaussian.of(self.places, self.weights)

    def draws(self, n_samples: int, generator: np.random.Generator) -> np.ndarray:
        """Draws (n_samples, 2) of the density: a cell, and a place in it."""
        cells = generator.choice(len(self.places), n_samples, p=self.weights.numpy())
        within = generator.random((n_samples, 2)) - 0.5
        step = ((self.window.high - self.window.low) / (_N_SUMMED - 1)).numpy()
        return self.places.numpy()[cells] + within * step


def mass(log_f: LogDensity, whole: Window) -> Mass:
    """Adds up a density whose mass is looked for from the window `whole`.

    Raises:
        FloatingPointError: it is not finite anywhere.
    """
    window = _around_the_mass(log_f, whole)
    places = window.grid(_N_SUMMED)
    values = log_f(places)
    fine, coarse = (_log_sum(values[::s, ::s], s * s * window.cell(_N_SUMMED)) for s in (1, 2))
    weights = torch.softmax(values.flatten(), 0)
    return Mass(window, places.reshape(-1, 2), weights, fine, abs(fine - coarse))


def kl(log_f: LogDensity, q: PlaneGaussian, log_total: float) -> tuple[float, float]:
    """KL[q || f / total], and what half the resolution changes of E_q; nats."""
    standard = PlaneGaussian(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
    e = standard.window(Q_DEVIATIONS).grid(_N_Q)
    u = q.mean + e @ torch.linalg.cholesky(q.covariance).T
    share, log_ratio = standard.density(e), log_f(u) - q.density(u).log()
    means = [float((share[::s, ::s] * log_ratio[::s, ::s]).sum() / share[::s, ::s].sum()) for s in (1, 2)]
    return log_total - means[0], abs(means[0] - means[1])


def _around_the_mass(log_f: LogDensity, window: Window) -> Window:
    """The rectangle outside which the density is negligible."""
    for _ in range(_MOST_ZOOMS):
        smaller = _zoomed(log_f(window.grid(_N_SOUGHT)), window)
        shrunk = (smaller.high - smaller.low) / (window.high - window.low)
        window = smaller
        if bool((shrunk > 0.7).all() and (shrunk <= 1).all()):
            break
    return window


def _zoomed(values: Tensor, window: Window) -> Window:
    """The window around the points that matter, one cell wider; as wide again where they touch its border."""
    if not bool(torch.isfinite(values).any()):
        raise FloatingPointError("log p(x, z) is not finite anywhere: there is no posterior to show")
    # A peak between grid points is higher than the best of them by about an eighth of the second differences.
    kept = values + _bend(values) / 8 > values.max() - _DEPTH_NATS
    step = (window.high - window.low) / (_N_SOUGHT - 1)
    first, last = [], []
    for dim in (0, 1):
        where = torch.nonzero(kept.any(dim))[:, 0]
        first.append(int(where[0]) - (1 if where[0] > 0 else _N_SOUGHT))
        last.append(int(where[-1]) + (1 if where[-1] < _N_SOUGHT - 1 else _N_SOUGHT))
    return Window(window.low + torch.tensor(first) * step, window.low + torch.tensor(last) * step)


def _bend(values: Tensor) -> Tensor:
    """Sizes of the second differences along both axes, summed; 0 where they are not finite."""
    bend = torch.zeros_like(values)
    along_y = values[2:] - 2 * values[1:-1] + values[:-2]
    along_x = values[:, 2:] - 2 * values[:, 1:-1] + values[:, :-2]
    bend[1:-1] += torch.nan_to_num(along_y, nan=0.0, posinf=0.0, neginf=0.0).abs()
    bend[:, 1:-1] += torch.nan_to_num(along_x, nan=0.0, posinf=0.0, neginf=0.0).abs()
    return bend


def _log_sum(values: Tensor, cell: float) -> float:
    return float(torch.logsumexp(values.flatten(), 0)) + math.log(cell)
