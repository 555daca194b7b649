"""What the table remembers, which its widgets do not: how the rows are listed, and which table is the newest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from explorer.ui.linked.table.listing import Listing, RowFilter
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.selection import NOTHING
from explorer.ui.state.view import View


@dataclass(frozen=True)
class TableScratch:
    """A tab's table.

    Attributes:
        listing: how its rows are listed.
        n_fields: fields for the page so far, the newest of which is drawn.
        n_tables: tables so far; the ticks of the newest are in the session under its number.
        ticked: the listing that the newest one shows.
        pressed: row and column of the cell that was last pressed on in it.
    """

    listing: Listing = field(default_factory=Listing)
    n_fields: int = 0
    n_tables: int = 0
    ticked: Listing | None = None
    pressed: tuple[int, str] | None = None


def listing_of(view: View) -> Listing:
    """The listing of a view, on its first page where its rows are others than before."""
    kept = scratch(TableScratch).listing
    row_filter = RowFilter(view.model, NOTHING if kept.everything else view.selection, view.labels)
    if kept.row_filter == row_filter:
        return kept
    fresh = replace(kept, row_filter=row_filter, page=0)
    keep(replace(scratch(TableScratch), listing=fresh))
    return fresh


def turn(view: View, **changes: Any) -> None:
    """Lists other rows, by fields of the listing: what was ticked is no longer in sight."""
    listing = replace(listing_of(view), **changes)
    keep(replace(scratch(TableScratch), listing=listing))
    untick()


def turn_beside_the_field(view: View, **changes: Any) -> None:
    """Lists other rows by another control than the field for the page.

    The field becomes another one: with a press that comes soon after, the browser still says what the field held
    before, which would be taken for a wish.
    """
    now = scratch(TableScratch)
    keep(replace(now, n_fields=now.n_fields + 1))
    turn(view, **changes)


def untick() -> None:
    """Begins another table, without ticks."""
    # Not the same one with no ticks: that one takes ticks, but no presses on cells any more.
    now = scratch(TableScratch)
    keep(replace(now, n_tables=now.n_tables + 1, pressed=None))
