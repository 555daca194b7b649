"""The posterior of one example on a plane, beside q, as a figure. Pure: densities in, a figure out.

Contours are drawn where they hold a share of the mass: with the values f of a density on a grid, sorted downwards,

    mass(u) = sum of f over all places where f > f(u), as a share of the whole.
"""

from __future__ import annotations

import numpy as np

from explorer.bounds.density import PlaneDensity
from explorer.explain.figures.style import Figure, Trace, faint, figure
from explorer.show.palette import ACCENT, QUIET

SHARES = (0.5, 0.8, 0.95, 0.99)
HEIGHT = 340
N_SHOWN = 300
# What the largest weight is drawn as, in pixels; the area of a mark stands for its weight.
_LARGEST_MARK = 5.0


def picture(density: PlaneDensity, titles: tuple[str, str]) -> Figure:
    """Filled contours of p(z|x), dashed contours of q(z|x), and weighted samples of the posterior."""
    traces = [_posterior(density), _q(density), _samples(density)]
    x, y = ({"zeroline": False, "nticks": 6, "range": _ends(axis)} for axis in (density.x, density.y))
    return figure(traces, (titles[0], x), (titles[1], y), HEIGHT)


def mass(density: np.ndarray) -> np.ndarray:
    """The share of the mass that lies where the density is higher, in [0, 1]; of the same shape."""
    flat = np.nan_to_num(density.ravel(), nan=0.0, posinf=0.0)
    order = np.argsort(-flat, kind="stable")
    total = flat.sum()
    shares = np.cumsum(flat[order]) - flat[order]
    found = np.ones_like(flat)
    found[order] = shares / total if total > 0 else 1.0
    return found.reshape(density.shape)


def _levels(density: np.ndarray) -> np.ndarray:
    """Heights at which the shares are evenly spaced contours: 1 for the widest, the more the closer to the peak."""
    at = [0.0, *SHARES, 1.0]
    return np.interp(mass(density), at, np.arange(len(at))[::-1]).astype(np.float32)


def _contours() -> dict[str, float]:
    return {"start": 1, "end": len(SHARES), "size": 1}


def _posterior(density: PlaneDensity) -> Trace:
    return {
        "type": "contour",
        "x": density.x,
        "y": density.y,
        "z": _levels(density.posterior),
        "contours": {**_contours(), "coloring": "fill"},
        "colorscale": [[0, faint(ACCENT, 0)], [1, faint(ACCENT, 0.85)]],
        "zmin": 0.5,
        "zmax": len(SHARES) + 0.5,
        "line": {"width": 0},
        "showscale": False,
        "showlegend": True,
        "name": "p(z|x)",
        "hoverinfo": "skip",
    }


def _q(density: PlaneDensity) -> Trace:
    return {
        "type": "contour",
        "x": density.x,
        "y": density.y,
        "z": _levels(density.q),
        "contours": {**_contours(), "coloring": "none"},
        "line": {"width": 1.5, "dash": "5px,4px", "color": "#3f90da"},
        "showscale": False,
        "showlegend": True,
        "name": "q(z|x)",
        "hoverinfo": "skip",
    }


def _samples(density: PlaneDensity) -> Trace:
    u, weights = density.samples[:N_SHOWN], density.weights[:N_SHOWN]
    largest = max(float(weights.max(initial=0.0)), 1e-300)
    is_even = float(weights.min(initial=largest)) > 0.999 * largest
    size = np.full(len(u), 2.5) if is_even else _LARGEST_MARK * np.sqrt(weights / largest)
    return {
        "type": "scatter",
        "x": u[:, 0],
        "y": u[:, 1],
        "mode": "markers",
        "name": "samples" if is_even else "weighted samples",
        "marker": {"size": size, "color": QUIET, "opacity": 0.7, "line": {"width": 0}},
        "hoverinfo": "skip",
    }


def _ends(axis: np.ndarray) -> list[float]:
    return [float(axis[0]), float(axis[-1])]
