"""Estimates of log p(x) while draws come in, on one axis, with the trusted value. Pure: arrays in, figure out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.explain.figures.style import DRAWS_AXIS, Figure, Trace, band, figure, level
from explorer.explain.running import Running
from explorer.explain.term import Term
from explorer.palette import ACCENT, QUIET, TRUSTED


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
    """Each estimate, and its 95% interval as a band where the weights allow one."""
    traces = [trace for line in lines for trace in _traces(line, line.colour)]
    ends = (1.0, float(max(line.running.n[-1] for line in lines)))
    if trusted.nats is not None:
        traces.append(level(ends, trusted.nats, "log p(x), trusted", TRUSTED))
    return figure(traces, ("draws N", DRAWS_AXIS), ("nats", {"nticks": 6}))


def _traces(line: Line, colour: str) -> list[Trace]:
    found = line.running
    is_there = np.isfinite(found.log_mean)
    drawn: Trace = {
        "type": "scatter",
        "x": found.n[is_there],
        "y": found.log_mean[is_there],
        "mode": "lines",
        "name": line.name,
        # The estimate changes at a draw and stays until the next one that counts.
        "line": {"color": colour, "width": 2, "shape": "hv"},
        "hovertemplate": "N = %{x:,}<br>%{y:.2f} nats<extra></extra>",
    }
    return [band(found.at, found.low, found.high, colour), drawn] if len(found.at) > 1 else [drawn]
