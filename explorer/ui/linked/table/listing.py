"""What the table of examples lists: which rows, in what order, which page.

The rows are read a page at a time; pages that were read are kept, as every gesture draws the page anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from explorer.atlas import query
from explorer.ui.example.stored_score import FILE_COLUMNS
from explorer.ui.linked.table import columns
from explorer.ui.state.selection import Selection, rows_or_all
from explorer.workspace import Entry

PAGE_ROWS = 100


@dataclass(frozen=True)
class Subject:
    """Which rows: of a model, those that are selected, if any are, and of these labels, if there are any."""

    model: str
    selection: Selection
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Listing:
    """How they are listed.

    Attributes:
        subject: whose page it is; another one begins with its first.
        order_by: a key of `gap_table.SORTS`.
        descending: the largest first.
        page: counted from 0.
        everything: all examples, though some are selected.
    """

    subject: Subject | None = None
    order_by: str = "gap_nats"
    descending: bool = True
    page: int = 0
    everything: bool = False


@lru_cache(maxsize=32)
def count(entry: Entry, subject: Subject) -> int:
    """How many rows there are."""
    return query.count(entry.atlas, rows=rows_or_all(subject.selection), labels=subject.labels)


@lru_cache(maxsize=32)
def page(entry: Entry, listing: Listing) -> pa.Table:
    """The page that is open, with the row of each example."""
    return _read(entry, listing, (query.ROW, *columns.SHOWN), PAGE_ROWS, listing.page * PAGE_ROWS)


def whole(entry: Entry, listing: Listing) -> pa.Table:
    """All the rows, in the same order."""
    return _read(entry, listing, FILE_COLUMNS, None, 0)


def _read(entry: Entry, listing: Listing, names: tuple[str, ...], limit: int | None, offset: int) -> pa.Table:
    assert listing.subject is not None, "a listing that is drawn is of something"
    return query.page(
        entry.atlas,
        names,
        rows=rows_or_all(listing.subject.selection),
        labels=listing.subject.labels,
        order_by=listing.order_by,
        descending=listing.descending,
        limit=limit,
        offset=offset,
    )
