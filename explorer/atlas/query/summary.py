"""Figures over many rows: means and their errors, quantiles, histograms, counts.

DuckDB reads and filters; what numpy counts is then numpy's to the last row, edges included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.atlas.query.ask import Part, Rows, ask, named
from explorer.atlas.query.find import check_number
from explorer.atlas.read import Atlas

ROBUST = (0.02, 0.98)


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts (n_bins,) of finite values, and how many values are none (NaN or infinite)."""

    counts: np.ndarray
    n_missing: int


@dataclass(frozen=True)
class Mean:
    """Of n finite values: their mean and its standard error s / sqrt(n); NaN where there are too few."""

    mean: float
    se: float
    n: int


def means(
    atlas: Atlas, columns: Sequence[str], *, rows: Rows | None = None, labels: Sequence[int] = ()
) -> Mapping[str, Mean]:
    """The mean of each column over its finite values, all in one question.

    Raises:
        AtlasError: there is no such column, it holds text, or a shard is damaged.
    """
    for column in columns:
        check_number(atlas, column)
    parts = [part for i, column in enumerate(columns) for part in _moments(column, i)]
    found = ask(atlas, ", ".join(parts), Part(rows, labels)).to_pylist()[0]
    return {column: _mean(*(found[f"{what}{i}"] for what in "nms")) for i, column in enumerate(columns)}


def _moments(column: str, i: int) -> list[str]:
    value = f"{named(column)}::DOUBLE"
    kept = f"FILTER (WHERE isfinite({value}))"
    return [
        f"count(*) {kept} AS n{i}",
        f"avg({value}) {kept} AS m{i}",
        f"stddev_samp({value}) {kept} AS s{i}",
    ]


def _mean(n: int, mean: float | None, deviation: float | None) -> Mean:
    se = np.nan if deviation is None else deviation / np.sqrt(n)
    return Mean(np.nan if mean is None else mean, float(se), n)


def limits(
    atlas: Atlas, column: str, *, rows: Rows | None = None, labels: Sequence[int] = ()
) -> tuple[float, float]:
    """The 2% and 98% quantiles of the finite values, exact, widened where they coincide; (0, 1) of none.

    Raises:
        AtlasError: there is no such column, it holds text, or a shard is damaged.
    """
    values = _values(atlas, column, Part(rows, labels))
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = (float(q) for q in np.quantile(finite, ROBUST))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def histogram(
    atlas: Atlas,
    column: str,
    edges: np.ndarray,
    *,
    rows: Rows | None = None,
    labels: Sequence[int] = (),
    trust: Sequence[str] = (),
) -> Histogram:
    """Counts in bins [edge, next edge), the last one closed; the two at the ends collect what lies beyond them.

    Args:
        atlas: what to ask.
        column: a column of numbers.
        edges: rising, (n_bins + 1,).
        rows: only these rows; None for all.
        labels: only these labels; empty for all.
        trust: only these stored verdicts; empty for all.

    Raises:
        AtlasError: there is no such column, it holds text, or a shard is damaged.
    """
    values = _values(atlas, column, Part(rows, labels, trust))
    finite = values[np.isfinite(values)]
    counts = np.histogram(np.clip(finite, edges[0], edges[-1]), edges)[0].astype(np.int64)
    return Histogram(counts, len(values) - len(finite))


def counts(
    atlas: Atlas, column: str, *, rows: Rows | None = None, labels: Sequence[int] = ()
) -> Mapping[str | int | float, int]:
    """How many rows have each value of a column, the most frequent first.

    Raises:
        AtlasError: there is no such column, or a shard is damaged.
    """
    atlas.check_columns([column])
    found = ask(
        atlas,
        f"{named(column)} AS value, count(*) AS n",
        Part(rows, labels),
        tail="GROUP BY value ORDER BY n DESC, value",
    )
    return dict(zip(found["value"].to_pylist(), found["n"].to_pylist(), strict=True))


def _values(atlas: Atlas, column: str, part: Part) -> np.ndarray:
    """The values (n,) of a part, float64, in any order."""
    check_number(atlas, column)
    return ask(atlas, f"{named(column)}::DOUBLE AS value", part)["value"].to_numpy()
