"""One set of log-weights and its two averages: Jensen's inequality as a distance. Pure: arrays in, figure out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.explain.figures.style import Figure, Trace, figure
from explorer.show.numbers import number
from explorer.show.palette import ACCENT, QUIET, TRUSTED, UPPER

N_BINS = 60
# The share of draws at each end that is left out of the bins where it would press all others flat.
_LEFT_OUT = 0.005
_FLAT = 1e-7
# The bars leave the upper part of the figure to the marks' distance.
_BARS = 0.82
_DISTANCE = 0.88


@dataclass(frozen=True)
class Mark:
    """A value on the axis of the weights."""

    at: float
    name: str
    colour: str
    dash: str

    @property
    def line(self) -> dict[str, Any]:
        return {"color": self.colour, "width": 2, "dash": self.dash}


Averages = tuple[float | None, float | None]
"""The mean of log w and the log of the mean of w; None where there is none."""

_NAMES = (("mean of log w", ACCENT), ("log of mean w", UPPER))


def log_weights(
    log_w: np.ndarray, averages: Averages, before: Averages | None = None, trusted: float | None = None
) -> Figure:
    """The histogram of the finite log-weights with the two averages marked.

    Args:
        log_w: (N,).
        averages: of these.
        before: of the encoder's own draws, where these are others.
        trusted: log p(x).
    """
    finite = log_w[np.isfinite(log_w)]
    marks = [
        *_marks(before or (None, None), " before", "dot"),
        *([] if trusted is None else [Mark(trusted, "log p(x), trusted", TRUSTED, "dash")]),
        *_marks(averages),
    ]
    bars = _bars(finite, [mark.at for mark in marks])
    mean_log, log_mean = averages
    both = None if mean_log is None or log_mean is None else (mean_log, log_mean)
    return figure(
        [bars, *map(_entry, marks)],
        ("log w, nats", {"nticks": 6}),
        ("draws", {"nticks": 4, "range": [0, (max(bars["y"], default=0) or 1) / _BARS]}),
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        bargap=0.04,
        shapes=[*map(_upright, marks), *([_span(*both)] if both else [])],
        annotations=[_distance(*both)] if both else [],
    )


def _bars(finite: np.ndarray, marks: list[float]) -> Trace:
    if not len(finite):
        return {"type": "bar", "x": [], "y": [], "showlegend": False}
    low, high = np.quantile(finite, [_LEFT_OUT, 1.0])
    low, high = min([low, *marks]), max([high, *marks])
    # Weights that are equal but for rounding fall into one bin, not into sixty of its last digits.
    if not high - low > _FLAT * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(np.clip(finite, low, high), N_BINS, (low, high))
    return {
        "type": "bar",
        "x": 0.5 * (edges[1:] + edges[:-1]),
        "y": counts,
        "marker": {"color": QUIET},
        "showlegend": False,
        "hovertemplate": "log w near %{x:.1f} nats: %{y:,} draws<extra></extra>",
    }


def _marks(averages: Averages, more: str = "", dash: str = "solid") -> list[Mark]:
    given = zip(averages, _NAMES, strict=True)
    return [Mark(at, name + more, colour, dash) for at, (name, colour) in given if at is not None]


def _upright(mark: Mark) -> dict[str, Any]:
    """A line over all bars."""
    ends = {"x0": mark.at, "x1": mark.at, "y0": 0, "y1": _DISTANCE, "yref": "y domain"}
    return {"type": "line", **ends, "line": mark.line}


def _entry(mark: Mark) -> Trace:
    """Stands for such a line in the legend."""
    return {
        "type": "scatter",
        "x": [None],
        "y": [None],
        "mode": "lines",
        "name": mark.name,
        "line": mark.line,
    }


def _span(mean_log: float, log_mean: float) -> dict[str, Any]:
    """From one mark to the other."""
    ends = {"x0": mean_log, "x1": log_mean, "y0": _DISTANCE, "y1": _DISTANCE, "yref": "y domain"}
    return {"type": "line", **ends, "line": {"color": QUIET, "width": 2}}


def _distance(mean_log: float, log_mean: float) -> dict[str, Any]:
    """How long that is, above it."""
    return {
        "x": 0.5 * (mean_log + log_mean),
        "y": _DISTANCE,
        "yref": "y domain",
        "text": f"gap {number(log_mean - mean_log)} nats",
        "showarrow": False,
        "yanchor": "bottom",
    }
