"""What the table of examples lists: which rows, in what order, which page.

The rows are read a page at a time; pages that were read are kept, as every gesture draws the page anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from explorer.atlas import query
from explorer.ui.example.kept import of_codes, of_entry
from explorer.ui.example.taken_home import file_columns, in_words
from explorer.ui.linked.table import columns
from explorer.ui.state.selection import Selection, of_rows, rows_or_all
from explorer.workspace import Entry

PAGE_ROWS = 100
# Of the columns that came along with the data; a person chooses the others.
MOST_AT_FIRST = 6


@dataclass(frozen=True)
class RowFilter:
    """Which rows: of a model, those that are selected, if any are, and of these labels, if there are any."""

    model: str
    selection: Selection
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Listing:
    """How they are listed.

    Attributes:
        row_filter: whose page it is; another one begins with its first.
        order_by: a key of `gap_table.SORTS`.
        descending: the largest first.
        page: counted from 0.
        everything: all examples, though some are selected.
        further: columns that came along with the data; None for the first ones.
    """

    row_filter: RowFilter | None = None
    order_by: str = "gap_nats"
    descending: bool = True
    page: int = 0
    everything: bool = False
    further: tuple[str, ...] | None = None


@of_codes(maxsize=32)
def count(entry: Entry, row_filter: RowFilter) -> int:
    """How many rows there are."""
    return query.count(entry.atlas, rows=rows_or_all(row_filter.selection), labels=row_filter.labels)


@of_codes(maxsize=8)
def rows_of(entry: Entry, row_filter: RowFilter) -> np.ndarray | None:
    """Which rows they are, (n,); None for all."""
    rows = rows_or_all(row_filter.selection)
    if not row_filter.labels:
        return rows
    return query.matching(entry.atlas, rows=rows, labels=row_filter.labels)


@of_entry(maxsize=32)
def page(entry: Entry, listing: Listing) -> pa.Table:
    """The page that is open, with the row of each example."""
    names = (query.ROW, *columns.SHOWN, *(listing.further or ()))
    return _read(entry, listing, names, PAGE_ROWS, listing.page * PAGE_ROWS)


def fitting(entry: Entry, listing: Listing) -> Listing:
    """The same with no column that this atlas does not have, as one of another model may be."""
    names = entry.atlas.metadata
    kept = names[:MOST_AT_FIRST] if listing.further is None else [n for n in listing.further if n in names]
    order_by = listing.order_by if listing.order_by in columns.sorts(entry) else Listing.order_by
    return replace(listing, order_by=order_by, further=tuple(kept))


def whole(entry: Entry, listing: Listing) -> pa.Table:
    """All the rows, in the same order, as a file holds them."""
    return in_words(entry, _read(entry, listing, file_columns(entry), None, 0))


def only(listing: Listing, rows: np.ndarray) -> Listing:
    """The listing of some of its rows, in the same order; all of them where none is given."""
    if not len(rows) or listing.row_filter is None:
        return listing
    return replace(listing, row_filter=replace(listing.row_filter, selection=of_rows(rows)))


def _read(entry: Entry, listing: Listing, names: tuple[str, ...], limit: int | None, offset: int) -> pa.Table:
    assert listing.row_filter is not None, "a listing that is drawn is of something"
    return query.page(
        entry.atlas,
        names,
        rows=rows_or_all(listing.row_filter.selection),
        labels=listing.row_filter.labels,
        order_by=listing.order_by,
        descending=listing.descending,
        limit=limit,
        offset=offset,
    )
