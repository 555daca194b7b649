"""Estimates of log p(x) while draws come in, on one axis, with the trusted value. Pure: arrays in, figure out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.explain.figures.style import DRAWS_AXIS, Figure, Trace, band, figure, level
from explorer.explain.terms.running_estimate import Running
from explorer.explain.terms.term import Term
from explorer.show.palette import ACCENT, QUIET, TRUSTED

DOUBTED = "95% interval, not to be trusted"


@dataclass(frozen=True, eq=False)
class Line:
    """A running estimate by name; the naive one is quiet."""

    name: str
    running: Running
    is_naive: bool = False

    @property
    def colour(self) -> str:
        return QUIET if self.is_naive else ACCENT


def estimates(lines: Sequence[Line], trusted: Term) -> Figure:
    """Each estimate, and its 95% interval: a band where the weights allow one, else only its dotted ends."""
    traces = [trace for line in lines for trace in _traces(line, line.colour)]
    # One entry of the legend serves all of them.
    for dotted in [trace for trace in traces if trace.get("legendgroup") == DOUBTED][1:]:
        dotted["showlegend"] = False
    ends = (1.0, float(max(10, *(line.running.n[-1] for line in lines))))
    if trusted.nats is not None:
        traces.append(level(ends, trusted.nats, "log p(x), trusted", TRUSTED))
    x = {**DRAWS_AXIS, "range": [0, math.log10(ends[1])]}
    return figure(traces, ("draws N", x), ("nats", {"nticks": 6, "range": _range(lines, trusted)}))


def _range(lines: Sequence[Line], trusted: Term) -> list[float]:
    """Of the estimates and the trusted value: an interval that is not to be trusted may reach anywhere."""
    values = np.concatenate([line.running.log_mean for line in lines])
    values = np.append(values[np.isfinite(values)], [] if trusted.nats is None else [trusted.nats])
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 0.5
    return [low - room, high + room]


def _traces(line: Line, colour: str) -> list[Trace]:
    found = line.running
    is_there = np.isfinite(found.log_mean)
    drawn: Trace = {
        "type": "scatter",
        "x": found.n[is_there],
        "y": found.log_mean[is_there],
        "mode": "lines" if is_there.sum() > 1 else "markers",
        "marker": {"size": 9, "color": colour},
        "cliponaxis": False,
        "name": line.name,
        # The estimate changes at a draw and stays until the next one that counts.
        "line": {"color": colour, "width": 2, "shape": "hv"},
        "hovertemplate": "N = %{x:,}<br>%{y:.2f} nats<extra></extra>",
    }
    return [*_interval(found, colour), drawn]


def _interval(found: Running, colour: str) -> list[Trace]:
    good = found.is_trusted
    traces: list[Trace] = []
    if good.sum() > 1:
        traces.append(band(found.at[good], found.low[good], found.high[good], colour))
    if (~good).any():
        ends = (found.low[~good], found.high[~good])
        traces += [_dotted(found.at[~good], end, colour) for end in ends]
    return traces


def _dotted(n: np.ndarray, end: np.ndarray, colour: str) -> Trace:
    return {
        "type": "scatter",
        "x": n,
        "y": end,
        "mode": "lines",
        "name": DOUBTED,
        "legendgroup": DOUBTED,
        "legendrank": 2000,
        "line": {"color": colour, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }
