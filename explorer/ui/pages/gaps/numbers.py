"""The numbers behind the figures of the gaps: over a million rows as over a hundred, each asked for once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from explorer.atlas import query
from explorer.bounds import Reliability
from explorer.show.numbers import Units
from explorer.ui.example import scored, trust
from explorer.ui.example.kept import of_entry
from explorer.ui.example.scored import Scored
from explorer.ui.linked.table import columns, listing
from explorer.ui.linked.table.columns import in_units
from explorer.ui.linked.table.listing import RowFilter
from explorer.ui.pages.gaps.figures import N_BINS, ExamplePoints, GapCounts
from explorer.ui.state.selection import rows_or_all
from explorer.workspace import Entry

# More would take longer to come than a person waits; of as many as most data sets have for tests, all are there.
N_POINTS = 20_000
# Of each end of each figure, one in so many points is kept for the most extreme examples: they are what is looked for.
_POINTS_PER_EXTREME = 40
MEAN_COLUMNS = ("gap_nats", "elbo_nats", "log_px_nats", "encoder_log_px_nats")
_TRUSTED = (str(Reliability.GOOD), str(Reliability.USABLE))


@dataclass(frozen=True)
class Summary:
    """Of the rows of a filter that are scored.

    Attributes:
        n_rows: how many there are.
        n_trusted: how many estimates are good or usable.
        n_missing: how many have no finite log p(x).
        n_protocol_known: of how many the error of the papers' protocol is known.
        by_proposal: how many estimates came from each.
        means: of `MEAN_COLUMNS`, over what is finite.
    """

    n_rows: int
    n_trusted: int
    n_missing: int
    n_protocol_known: int
    by_proposal: Mapping[str | int | float, int]
    means: Mapping[str, query.Mean]


@of_entry(maxsize=16)
def summary(entry: Entry, row_filter: RowFilter) -> Summary:
    """Means and counts over all the rows that are scored."""
    rows, labels = _scored(entry, row_filter)
    means = query.means(entry.atlas, (*MEAN_COLUMNS, "encoder_log_px_se"), rows=rows, labels=labels)
    verdicts = query.counts(entry.atlas, "trust", rows=rows, labels=labels)
    n_rows = sum(verdicts.values())
    return Summary(
        n_rows=n_rows,
        n_trusted=sum(verdicts.get(word, 0) for word in _TRUSTED),
        n_missing=n_rows - means["log_px_nats"].n,
        n_protocol_known=means["encoder_log_px_se"].n,
        by_proposal=query.counts(entry.atlas, "proposal", rows=rows, labels=labels),
        means=means,
    )


def how_far(entry: Entry, row_filter: RowFilter) -> Scored:
    """How many of the rows are scored."""
    return scored.of(entry, rows=listing.rows_of(entry, row_filter))


def _scored(entry: Entry, row_filter: RowFilter) -> tuple[np.ndarray | None, tuple[int, ...]]:
    """Rows and labels to ask for: those of the filter, without the examples that are not scored yet."""
    if not entry.is_growing:
        return rows_or_all(row_filter.selection), row_filter.labels
    rows = listing.rows_of(entry, row_filter)
    is_scored = ~scored.pending(entry)
    return np.flatnonzero(is_scored) if rows is None else rows[is_scored[rows]], ()


@of_entry(maxsize=16)
def gap_counts(entry: Entry, row_filter: RowFilter, units: Units) -> GapCounts:
    """The histogram of the gap over all the rows, between its robust limits."""
    rows, labels = _scored(entry, row_filter)
    low, high = query.limits(entry.atlas, "gap_nats", rows=rows, labels=labels)
    edges = np.linspace(low, high, N_BINS + 1)
    both, trusted = (
        query.histogram(entry.atlas, "gap_nats", edges, rows=rows, labels=labels, trust=verdicts).counts
        for verdicts in ((), _TRUSTED)
    )
    return GapCounts(in_units(edges, units), trusted, both - trusted, units.name)


def points(entry: Entry, row_filter: RowFilter, units: Units) -> ExamplePoints:
    """The rows as points, or `N_POINTS` of them: the most extreme ones, and others drawn at random, always the same."""
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


def _extremes(entry: Entry, rows: np.ndarray, n_each: int) -> np.ndarray:
    """The rows with the lowest and the highest values of whatever the scatter shows, so many of each."""
    found = {name: values[rows] for name, values in entry.atlas.columns(MEAN_COLUMNS).items()}
    found["shortfall_nats"] = found["log_px_nats"] - found["encoder_log_px_nats"]
    ends = []
    for values in (found[name] for name in ("gap_nats", "elbo_nats", "log_px_nats", "shortfall_nats")):
        order = np.argsort(values)[: np.isfinite(values).sum()]  # NaN comes last
        ends += [order[:n_each], order[-n_each:]]
    return np.unique(rows[np.concatenate(ends)])


@of_entry(maxsize=4)
def _sample(entry: Entry, row_filter: RowFilter) -> pa.Table:
    known, labels = _scored(entry, row_filter)
    rows = query.matching(entry.atlas, rows=known, labels=labels)
    if len(rows) > N_POINTS:
        kept = _extremes(entry, rows, max(N_POINTS // _POINTS_PER_EXTREME, 1))
        others = np.setdiff1d(rows, kept)
        drawn = np.random.default_rng(0).choice(others, N_POINTS - len(kept), replace=False)
        rows = np.union1d(kept, drawn)
    return query.page(entry.atlas, ("example_id", "label", "trust", *MEAN_COLUMNS), rows=rows)
