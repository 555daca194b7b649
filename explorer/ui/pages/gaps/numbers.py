"""The numbers behind the figures of the gaps: over a million rows as over a hundred, each asked for once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from explorer.atlas import query
from explorer.bounds import Reliability
from explorer.show.numbers import Units
from explorer.ui.example import trust
from explorer.ui.linked.table import columns
from explorer.ui.linked.table.columns import in_units
from explorer.ui.linked.table.listing import RowFilter
from explorer.ui.pages.gaps.figures import N_BINS, ExamplePoints, GapCounts
from explorer.ui.state.selection import rows_or_all
from explorer.workspace import Entry

# As many points as a scatter of this size can show apart; more would only take longer to come.
N_POINTS = 5000
MEAN_COLUMNS = ("gap_nats", "elbo_nats", "log_px_nats", "encoder_log_px_nats")
_TRUSTED = (str(Reliability.GOOD), str(Reliability.USABLE))


@dataclass(frozen=True)
class Summary:
    """Of the rows of a filter.

    Attributes:
        n_rows: how many there are.
        n_trusted: how many estimates are good or usable.
        n_missing: how many have no finite log p(x).
        by_proposal: how many estimates came from each.
        means: of `MEAN_COLUMNS`, over what is finite.
    """

    n_rows: int
    n_trusted: int
    n_missing: int
    by_proposal: Mapping[str | int | float, int]
    means: Mapping[str, query.Mean]


@lru_cache(maxsize=16)
def summary(entry: Entry, row_filter: RowFilter) -> Summary:
    """Means and counts over all the rows."""
    rows, labels = rows_or_all(row_filter.selection), row_filter.labels
    means = query.means(entry.atlas, MEAN_COLUMNS, rows=rows, labels=labels)
    verdicts = query.counts(entry.atlas, "trust", rows=rows, labels=labels)
    n_rows = sum(verdicts.values())
    return Summary(
        n_rows=n_rows,
        n_trusted=sum(verdicts.get(word, 0) for word in _TRUSTED),
        n_missing=n_rows - means["log_px_nats"].n,
        by_proposal=query.counts(entry.atlas, "proposal", rows=rows, labels=labels),
        means=means,
    )


@lru_cache(maxsize=16)
def gap_counts(entry: Entry, row_filter: RowFilter, units: Units) -> GapCounts:
    """The histogram of the gap over all the rows, between its robust limits."""
    rows, labels = rows_or_all(row_filter.selection), row_filter.labels
    low, high = query.limits(entry.atlas, "gap_nats", rows=rows, labels=labels)
    edges = np.linspace(low, high, N_BINS + 1)
    both, trusted = (
        query.histogram(entry.atlas, "gap_nats", edges, rows=rows, labels=labels, trust=verdicts).counts
        for verdicts in ((), _TRUSTED)
    )
    return GapCounts(in_units(edges, units), trusted, both - trusted, units.name)


def points(entry: Entry, row_filter: RowFilter, units: Units) -> ExamplePoints:
    """The rows as points, or `N_POINTS` of them that are drawn at random, the same ones each time."""
    rows = _sample(entry, row_filter)
    elbo, log_px, gap, protocol = (
        in_units(rows[c].to_numpy(), units)
        for c in ("elbo_nats", "log_px_nats", "gap_nats", "encoder_log_px_nats")
    )
    return ExamplePoints(
        ids=rows["example_id"].to_numpy(),
        names=columns.label_names(entry, rows),
        elbo=elbo,
        log_px=log_px,
        gap=gap,
        shortfall=log_px - protocol,
        is_trusted=trust.is_trusted(rows["trust"].to_numpy()),
        unit=units.name,
    )


@lru_cache(maxsize=4)
def _sample(entry: Entry, row_filter: RowFilter) -> pa.Table:
    rows = query.matching(entry.atlas, rows=rows_or_all(row_filter.selection), labels=row_filter.labels)
    if len(rows) > N_POINTS:
        rows = np.sort(np.random.default_rng(0).choice(rows, N_POINTS, replace=False))
    return query.page(entry.atlas, ("example_id", "label", "trust", *MEAN_COLUMNS), rows=rows)
