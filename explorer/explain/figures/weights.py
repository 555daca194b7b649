"""Draws on a plane, sized and coloured by their weight: which of them the sum hangs on. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np

from explorer.explain.figures.style import Figure, Trace, figure
from explorer.show.palette import ACCENT, QUIET

# Draws that are shown: the heaviest, and the first of the others, which stand for all.
N_HEAVY, N_OTHERS = 200, 800
# The area of a mark stands for its share of the sum; below the smallest it would not be seen.
_LARGEST, _SMALLEST = 26.0, 3.0


def on_plane(places: np.ndarray, shares: np.ndarray, titles: tuple[str, str]) -> Figure:
    """Draws at places (N, 2) with their shares of the sum (N,)."""
    order = np.argsort(-shares, kind="stable")
    heavy = order[:N_HEAVY][shares[order[:N_HEAVY]] > 0]
    others = np.setdiff1d(np.arange(len(shares))[: N_OTHERS + len(heavy)], heavy)[:N_OTHERS]
    traces = [_others(places[others]), _heavy(places[heavy], shares[heavy])]
    ticks = {"zeroline": False, "nticks": 6}
    return figure(traces, (titles[0], ticks), (titles[1], ticks), height=340)


def _others(places: np.ndarray) -> Trace:
    return {
        "type": "scatter",
        "x": places[:, 0],
        "y": places[:, 1],
        "mode": "markers",
        "name": "draws",
        "marker": {"size": _SMALLEST, "color": QUIET, "opacity": 0.5, "line": {"width": 0}},
        "hoverinfo": "skip",
    }


def _heavy(places: np.ndarray, shares: np.ndarray) -> Trace:
    largest = shares.max(initial=0.0) or 1.0
    return {
        "type": "scatter",
        "x": places[:, 0],
        "y": places[:, 1],
        "mode": "markers",
        "name": "draws by weight",
        "marker": {
            "size": np.maximum(_LARGEST * np.sqrt(shares / largest), _SMALLEST),
            "color": ACCENT,
            "opacity": 0.75,
            "line": {"width": 0},
        },
        "text": [f"{100 * share:.3g}% of the sum" for share in shares],
        "hovertemplate": "%{text}<extra></extra>",
    }
