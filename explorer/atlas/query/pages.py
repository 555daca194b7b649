"""Rows to read: a sorted page of them, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from explorer.atlas.query.ask import ROW, Part, Rows, ask, check_columns, named
from explorer.atlas.read import Atlas

# As words they would come in the order of the alphabet, which puts the worst in the middle.
_VERDICTS = ("good", "usable", "unreliable")


def page(
    atlas: Atlas,
    columns: Sequence[str],
    *,
    rows: Rows | None = None,
    labels: Sequence[int] = (),
    order_by: str = "example_id",
    descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> pa.Table:
    """Rows of the atlas, filtered and sorted; NaN comes last, verdicts go from good to unreliable, ties by id.

    Args:
        atlas: what to ask.
        columns: scalar columns to return, `ROW` among them where it is wanted.
        rows: keep only these rows, int64 in any order; None keeps all.
        labels: keep only these labels; empty keeps all.
        order_by: a scalar column or `ROW`.
        descending: largest first.
        limit: at most so many rows.
        offset: rows to skip.

    Raises:
        AtlasError: there is no such column, or a shard is damaged.
    """
    check_columns(atlas, [*columns, order_by])
    direction = "DESC" if descending else "ASC"
    tail = f"ORDER BY {_sorted_by(atlas, order_by)} {direction}, example_id LIMIT ? OFFSET ?"
    n_rows = limit if limit is not None else atlas.n_examples
    selected = ", ".join(map(named, columns))
    return ask(atlas, selected, Part(rows, labels), tail=tail, tail_values=[n_rows, offset])


def _sorted_by(atlas: Atlas, column: str) -> str:
    """What stands between ORDER BY and the direction."""
    if column == "trust":
        return f"list_position([{', '.join(map(repr, _VERDICTS))}], {named(column)})"
    # Text cannot be asked whether it is a number.
    is_number = column != ROW and atlas.is_number(column)
    return f"isnan({named(column)}::DOUBLE), {named(column)}" if is_number else named(column)


def count(atlas: Atlas, *, rows: Rows | None = None, labels: Sequence[int] = ()) -> int:
    """How many rows there are among these and of these labels."""
    if rows is None and not len(labels):
        return atlas.n_examples
    return int(ask(atlas, "count(*) AS n", Part(rows, labels))["n"][0].as_py())
