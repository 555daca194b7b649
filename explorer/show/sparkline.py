"""Vectors as small pictures: n of them at once, a line or bars over one range of values.

A vector (D,) is laid over W columns of pixels; column c holds the values from low_c to high_c: of a line those that it
runs through between the column's edges, of bars zero and the values of the features that share the column. A pixel is
covered by the share of its height that lies in between, so that edges are smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.datasets.features import Features
from explorer.show.palette import ACCENT
from explorer.show.vector_axis import axis_of

_MARGIN = 0.06
_LINE_PIXELS = 1.5
_ZERO_COVERAGE = 0.25
# What lies beyond these shares of the values leaves the picture: one feature of thousands must not flatten the rest.
_ROBUST = (0.002, 0.998)
# So narrow a bar has no room for a gap to the next.
_NARROW_PIXELS = 3


@dataclass(frozen=True)
class ValueRange:
    """What vectors of one kind are drawn over, and how.

    Attributes:
        low, high: the values at the bottom and the top, low < high.
        is_line: a line, else bars from zero.
    """

    low: float
    high: float
    is_line: bool


def value_range(x: np.ndarray, features: Features | None, is_robust: bool = False) -> ValueRange:
    """The range of vectors (n, D); with zero in it where they are bars, as these start there."""
    values = x[np.isfinite(x)].astype(np.float64)
    is_line = axis_of(features, x.shape[-1]).is_ordered
    if not is_line:
        values = np.append(values, 0.0)
    if not len(values):
        return ValueRange(0.0, 1.0, is_line)
    low, high = (
        float(v) for v in (np.quantile(values, _ROBUST) if is_robust else (values.min(), values.max()))
    )
    if not is_line:
        low, high = min(low, 0.0), max(high, 0.0)
    return ValueRange(low, high, is_line) if high > low else ValueRange(low - 0.5, high + 0.5, is_line)


def coverage(x: np.ndarray, scale: ValueRange, height: int, width: int) -> np.ndarray:
    """Shares of pixels (n, height, width) in [0, 1] of vectors (n, D), finite or not."""
    low, high = (_line_spans if scale.is_line else _bar_spans)(np.nan_to_num(x.astype(np.float64)), width)
    bottom, top = (_row(value, scale, height)[:, None] for value in (low, high))
    if scale.is_line:
        bottom, top = bottom + _LINE_PIXELS / 2, top - _LINE_PIXELS / 2
    rows = np.arange(height)[:, None]
    covered = np.clip(np.minimum(rows + 1, bottom) - np.maximum(rows, top), 0, 1)
    covered = np.nan_to_num(covered)
    if scale.low < 0 < scale.high:
        zero = int(_row(np.zeros(1), scale, height)[0])
        covered[:, zero] = np.maximum(covered[:, zero], _ZERO_COVERAGE)
    return covered


def alphas(x: np.ndarray, scale: ValueRange, height: int, width: int) -> np.ndarray:
    """The same as uint8."""
    return np.rint(coverage(x, scale, height, width) * 255).astype(np.uint8)


def sparklines(x: np.ndarray, size: int, features: Features | None = None) -> list[Image.Image]:
    """A square picture of each of x (n, D) on no ground, all over one range of values."""
    return [_picture(alpha) for alpha in alphas(x, value_range(x, features), size, size)]


def _picture(alpha: np.ndarray) -> Image.Image:
    picture = Image.new("RGBA", alpha.shape[::-1], ACCENT)
    picture.putalpha(Image.fromarray(alpha))
    return picture


def _row(value: np.ndarray, scale: ValueRange, height: int) -> np.ndarray:
    """How far below the top a value lies, in pixels; at the edge where it is out of range."""
    share = np.clip((value - scale.low) / (scale.high - scale.low), 0, 1)
    return height * (1 - _MARGIN - (1 - 2 * _MARGIN) * share)


def _line_spans(x: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest value (n, width) of each column, of lines through (i, x_i)."""
    n_places = x.shape[1]
    edges = np.linspace(0, n_places - 1, width + 1)
    before = np.minimum(edges.astype(int), max(n_places - 2, 0))
    after, share = np.minimum(before + 1, n_places - 1), edges - before
    at_edges = x[:, before] * (1 - share) + x[:, after] * share
    low = np.minimum(at_edges[:, :-1], at_edges[:, 1:])
    high = np.maximum(at_edges[:, :-1], at_edges[:, 1:])
    columns = np.minimum((np.arange(n_places) * width) // max(n_places - 1, 1), width - 1)
    filled, starts = np.unique(columns, return_index=True)
    low[:, filled] = np.minimum(low[:, filled], np.minimum.reduceat(x, starts, axis=1))
    high[:, filled] = np.maximum(high[:, filled], np.maximum.reduceat(x, starts, axis=1))
    return low, high


def _bar_spans(x: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The ends of the bars (n, width) in each column; NaN in the gaps between them."""
    n_places = x.shape[1]
    if n_places >= width:
        starts = np.arange(width) * n_places // width
        low, high = np.minimum.reduceat(x, starts, axis=1), np.maximum.reduceat(x, starts, axis=1)
        return np.minimum(low, 0), np.maximum(high, 0)
    feature = np.arange(width) * n_places // width
    value = x[:, feature]
    if width >= _NARROW_PIXELS * n_places:
        is_gap = np.append(feature[1:] != feature[:-1], False)
        value[:, is_gap] = np.nan
    return np.minimum(value, 0), np.maximum(value, 0)
