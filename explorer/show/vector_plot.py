"""A vector as a plot: curves or bars over one axis, or its largest features by name.

The words are HTML, so that they follow the page's type and theme. A curve is a small SVG that serves as a mask: what
is seen through it is a colour of the style sheet, as a picture knows nothing of the page that it stands on.
Every name is escaped; a value that is no number leaves a gap.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from explorer.datasets.features import Features
from explorer.show.numbers import significant
from explorer.show.vector_axis import place_name

HEIGHT = 120
# The picture is stretched to its place; a longer line keeps the extremes of each column of it.
_WIDTH = 400
_MARGIN = 4
_BAR_SHARE = 0.7
# Places that say their values when they are pointed at.
_MOST_POINTED_AT = 200


@dataclass(frozen=True, eq=False)
class Series:
    """Vectors that are drawn alike.

    Attributes:
        kind: "x", "reconstruction", "handle", "samples" or "change": a colour of the style sheet.
        name: what the legend calls them.
        values: (n, D).
    """

    kind: str
    name: str
    values: np.ndarray


_STROKES = {"x": 1.25, "reconstruction": 1.75, "handle": 1.25, "samples": 0.6, "change": 1.25}


def plot_html(series: Sequence[Series], axis: Features, label: str, height: int = HEIGHT) -> str:
    """Series over one axis and one range of values: lines where the places are in order, else bars of the first series
    and a tick a value of the others.

    Args:
        series: the first is drawn below the others.
        axis: what the places are.
        label: what the plot is, in words.
        height: of the plot, in pixels.
    """
    low, high = _range(series, axis)
    frame = _Frame(low, high, series[0].values.shape[1], height)
    curves = "".join(_curve(each, frame, axis, is_first=i == 0) for i, each in enumerate(series))
    return (
        f"<figure class='lx-plot' role='img' aria-label='{escape(label)}'>{_legend(series, axis)}"
        f"<div class='lx-plot-area' style='height:{height}px'>{_zero(frame)}{curves}{_pointed_at(series, axis)}"
        f"<small>{significant(high)}</small><small>{significant(low)}</small></div>{_ends(axis, frame.n)}</figure>"
    )


def list_html(series: Sequence[Series], order: Sequence[int], axis: Features, label: str) -> str:
    """Features by name in this order, a row each: a bar from zero for the first series, a tick for each of the others.

    Args:
        series: of one vector each.
        order: which places.
        axis: what the places are.
        label: what the list is, in words.
    """
    rows = np.stack([each.values[0] for each in series])[:, list(order)]
    low, high = _with_zero(rows)
    heads = "".join(f"<th scope='col'>{escape(each.name)}</th>" for each in series)
    lines = "".join(
        _line(series, values, place_name(axis, i), low, high) for i, values in zip(order, rows.T, strict=True)
    )
    unit = f" [{escape(axis.unit)}]" if axis.unit else ""
    return (
        f"<table class='lx-top' aria-label='{escape(label)}'><tr><th scope='col'>{escape(axis.axis)}</th>"
        f"<th>{unit}</th>{heads}</tr>{lines}</table>"
    )


@dataclass(frozen=True)
class _Frame:
    low: float
    high: float
    n: int
    height: int

    def rows(self, values: np.ndarray) -> np.ndarray:
        """How far below the top values lie, in pixels."""
        share = (values - self.low) / (self.high - self.low)
        return self.height - _MARGIN - (self.height - 2 * _MARGIN) * share


def _range(series: Sequence[Series], axis: Features) -> tuple[float, float]:
    values = np.concatenate([each.values.ravel() for each in series])
    is_change = series[0].kind == "change"
    if is_change or not axis.is_ordered:
        return _with_zero(values)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _with_zero(values: np.ndarray) -> tuple[float, float]:
    finite = np.append(values[np.isfinite(values)].astype(np.float64), 0.0)
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (0.0, 1.0)


def _curve(series: Series, frame: _Frame, axis: Features, is_first: bool) -> str:
    if axis.is_ordered:
        path = "".join(_line_path(values, frame) for values in series.values)
    elif is_first:
        path = "".join(_bar_path(values, frame) for values in series.values)
    else:
        path = "".join(_tick_path(values, frame) for values in series.values)
    is_filled = is_first and not axis.is_ordered
    mask = _mask(path, series.kind, is_filled, frame.height)
    return f"<i class='lx-curve lx-curve-{series.kind}' style='{mask}'></i>"


def _mask(path: str, kind: str, is_filled: bool, height: int) -> str:
    paint = "stroke='none'" if is_filled else f"fill='none' stroke='#000' stroke-width='{_STROKES[kind]}'"
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' preserveAspectRatio='none'>"
        f"<path d='{path}' {paint} stroke-linejoin='round' vector-effect='non-scaling-stroke'/></svg>"
    )
    address = f"url(data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    return f"mask-image:{address}"


def _line_path(values: np.ndarray, frame: _Frame) -> str:
    """A line through the values, broken where there are none."""
    values = _thinned(values)
    across = np.linspace(0, _WIDTH, len(values)) if len(values) > 1 else np.array([_WIDTH / 2])
    parts, is_drawing = [], False
    for x, y in zip(across.tolist(), frame.rows(values).tolist(), strict=True):
        if np.isfinite(y):
            parts.append(f"{'L' if is_drawing else 'M'}{x:.4g} {y:.4g}")
        is_drawing = bool(np.isfinite(y))
    return "".join(parts)


def _thinned(values: np.ndarray) -> np.ndarray:
    """A vector (D,), or the lowest and the highest value of each column where it has more places than two a column."""
    if len(values) <= 2 * _WIDTH:
        return values
    starts = np.arange(_WIDTH) * len(values) // _WIDTH
    ends = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    return np.stack(ends, axis=1).ravel()


def _bar_path(values: np.ndarray, frame: _Frame) -> str:
    """A bar from zero for each value."""
    zero, width = float(frame.rows(np.zeros(1))[0]), _WIDTH / frame.n
    return "".join(
        f"M{(i + (1 - _BAR_SHARE) / 2) * width:.5g} {zero:.4g}V{y:.4g}h{_BAR_SHARE * width:.4g}V{zero:.4g}z"
        for i, y in enumerate(frame.rows(values).tolist())
        if np.isfinite(y)
    )


def _tick_path(values: np.ndarray, frame: _Frame) -> str:
    """A short level line at each value."""
    width = _WIDTH / frame.n
    return "".join(
        f"M{(i + (1 - _BAR_SHARE) / 2) * width:.5g} {y:.4g}h{_BAR_SHARE * width:.4g}"
        for i, y in enumerate(frame.rows(values).tolist())
        if np.isfinite(y)
    )


def _zero(frame: _Frame) -> str:
    if not frame.low <= 0 <= frame.high:
        return ""
    return f"<b style='top:{100 * float(frame.rows(np.zeros(1))[0]) / frame.height:.4g}%'></b>"


def _legend(series: Sequence[Series], axis: Features) -> str:
    keys = "".join(
        f"<span><i class='lx-swatch lx-curve-{each.kind}'></i>{escape(each.name)}</span>" for each in series
    )
    unit = f"<span class='lx-unit'>{escape(axis.unit)}</span>" if axis.unit else ""
    return f"<figcaption>{keys}{unit}</figcaption>"


def _ends(axis: Features, n: int) -> str:
    """The first and the last place, and what they are."""
    first, last = (place_name(axis, i) if axis.names else str(i + 1) for i in (0, n - 1))
    words = "".join(f"<bdi>{escape(word)}</bdi>" for word in (first, axis.axis, last))
    return f"<div class='lx-plot-ends'>{words}</div>"


def _pointed_at(series: Sequence[Series], axis: Features) -> str:
    """What each place says when it is pointed at: its name and the values of the single vectors there."""
    n = series[0].values.shape[1]
    if n > _MOST_POINTED_AT:
        return ""
    single = [each for each in series if len(each.values) == 1]
    places = (
        f"{place_name(axis, i)}: "
        + ", ".join(f"{s.name} {significant(float(s.values[0, i]))}" for s in single)
        for i in range(n)
    )
    columns = "".join(f"<u title='{escape(said)}'></u>" for said in places)
    return f"<div class='lx-plot-places' aria-hidden='true'>{columns}</div>"


def _line(series: Sequence[Series], values: np.ndarray, name: str, low: float, high: float) -> str:
    def at(value: float) -> float:
        return 100 * (min(max(value, low), high) - low) / (high - low)

    marks = ""
    for i, (each, value) in enumerate(zip(series, values.tolist(), strict=True)):
        if not np.isfinite(value):
            continue
        left, right = sorted((at(0.0), at(value))) if i == 0 else (at(value), at(value))
        shape = "b" if i == 0 else "u"
        width = f";width:{right - left:.4g}%" if i == 0 else ""
        marks += f"<{shape} class='lx-curve-{each.kind}' style='left:{left:.4g}%{width}'></{shape}>"
    cells = "".join(f"<td>{significant(value)}</td>" for value in values.tolist())
    head = f"<th scope='row'><bdi>{escape(name)}</bdi></th>"
    return f"<tr>{head}<td class='lx-top-bar'><div>{marks}</div></td>{cells}</tr>"
