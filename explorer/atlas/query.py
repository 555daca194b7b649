"""Questions to the atlas's table, answered by DuckDB on the Parquet files in place."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from explorer.atlas.read import Atlas, damaged


def table(
    atlas: Atlas,
    columns: Sequence[str],
    labels: Sequence[int] = (),
    order_by: str = "example_id",
    descending: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> pa.Table:
    """Rows of the atlas, filtered and sorted; NaN comes last, ties are in the order of ids.

    Args:
        atlas: what to ask.
        columns: scalar columns to return.
        labels: keep only these labels; empty keeps all.
        order_by: a scalar column.
        descending: largest first.
        limit: at most so many rows.
        offset: rows to skip.

    Raises:
        AtlasError: there is no such column, or a shard is damaged.
    """
    atlas.check_columns([*columns, order_by])
    selected = ", ".join(f'"{c}"' for c in columns)
    # Text has no NaN to come last.
    last = f'isnan("{order_by}"::DOUBLE), ' if atlas.is_number(order_by) else ""
    where = "WHERE label IN (SELECT unnest(?::INT[]))" if labels else ""
    direction = "DESC" if descending else "ASC"
    query = (
        # Parquet's statistics leave NaN out; DuckDB takes them for the whole truth unless told otherwise.
        f"SELECT {selected} FROM read_parquet(?, can_have_nan => true) {where} "
        f'ORDER BY {last}"{order_by}" {direction}, example_id LIMIT ? OFFSET ?'
    )
    filters = [list(labels)] if labels else []
    n_rows = limit if limit is not None else atlas.n_examples
    paths = [str(p) for p in atlas.shard_paths]
    try:
        with duckdb.connect() as connection:
            return connection.sql(query, params=[paths, *filters, n_rows, offset]).to_arrow_table()
    except duckdb.Error as error:
        raise damaged(atlas.folder, "content", "shards that can be read", str(error), atlas.folder) from error
