"""One question to DuckDB: its FROM clause over the shards, its parameters, and what its faults mean.

    row = (where the shard begins) + (the row's place in the shard)

Names of columns are checked against the atlas before they are written into SQL; all else is a parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from explorer.atlas.read import Atlas
from explorer.atlas.shard_file import damaged

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROW = "row"
"""A column that every atlas has without storing it: the row itself."""

Rows = npt.NDArray[np.int64]

# Parquet's statistics leave NaN out; DuckDB takes them for the whole truth unless told otherwise.
_SHARDS = "read_parquet(?, can_have_nan => true)"
_ROW = f'(?::BIGINT[])[file_index::BIGINT + 1] + file_row_number::BIGINT AS "{ROW}"'


@dataclass(frozen=True, eq=False)
class Part:
    """Which rows of the atlas are asked about: those that are in all that is given.

    Attributes:
        rows: row numbers, in any order; None for all.
        labels: label codes; empty for all.
        trust: stored verdicts; empty for all.
    """

    rows: Rows | None = None
    labels: Sequence[int] = ()
    trust: Sequence[str] = ()


@dataclass(frozen=True)
class Condition:
    """A piece of SQL that is true of the rows that are wanted, and the values of its question marks."""

    sql: str
    values: list[Any] = field(default_factory=list)


def ask(
    atlas: Atlas,
    select: str,
    part: Part,
    *,
    condition: Condition | None = None,
    tail: str = "",
    tail_values: Sequence[object] = (),
) -> pa.Table:
    """`SELECT {select} FROM the part of the atlas {tail}`.

    Raises:
        AtlasError: a shard is damaged.
    """
    # On demand, here and below: the first page asks nothing, and it takes a sixth of a second.
    import duckdb

    wanted = [*_conditions(part), *([condition] if condition else [])]
    where = " AND ".join(f"({each.sql})" for each in wanted) or "true"
    joined = f'SEMI JOIN kept USING ("{ROW}")' if part.rows is not None else ""
    sql = (
        f"SELECT {select} FROM (SELECT *{_known(atlas)}, {_ROW} FROM {_SHARDS}) {joined} WHERE {where} {tail}"
    )
    paths = [str(path) for path in atlas.shard_paths]
    values = [_starts(atlas), paths, *(v for each in wanted for v in each.values), *tail_values]
    for shard in atlas.shards:
        # DuckDB reads the files themselves, and compares no page with its checksum.
        shard.compare()
        shard.check_same()
    try:
        with _connection().cursor() as cursor:
            if part.rows is not None:
                cursor.register("kept", pa.table({ROW: np.asarray(part.rows, np.int64)}))
            found = cursor.sql(sql, params=values).to_arrow_table()
    except duckdb.Error as error:
        raise damaged(atlas.folder, "content", "shards that can be read", str(error), atlas.folder) from error
    for shard in atlas.shards:
        shard.check_same()
    return found


def named(column: str) -> str:
    """A checked column's name in SQL."""
    return f'"{column}"'


def check_columns(atlas: Atlas, columns: Sequence[str]) -> None:
    """Raises `AtlasError` unless every name is `ROW` or a scalar column."""
    atlas.check_columns([column for column in columns if column != ROW])


def _conditions(part: Part) -> list[Condition]:
    found = []
    if len(part.labels):
        found.append(Condition("label IN (SELECT unnest(?::INT[]))", [list(part.labels)]))
    if len(part.trust):
        found.append(Condition("trust IN (SELECT unnest(?::VARCHAR[]))", [list(part.trust)]))
    return found


def _known(atlas: Atlas) -> str:
    """NaN in the place of an error that is not known, as `Atlas.columns` has it."""
    known = ", ".join(
        f"CASE WHEN {judge.sql()} THEN {named(error)} ELSE 'NaN'::DOUBLE END AS {named(error)}"
        for error, judge in atlas.judges.items()
    )
    return f" REPLACE ({known})" if known else ""


def _starts(atlas: Atlas) -> list[int]:
    """The first row of each shard."""
    counts = [shard.n_rows for shard in atlas.manifest.shards]
    return list(accumulate(counts[:-1], initial=0))


@cache
def _connection() -> DuckDBPyConnection:
    """Of this process: connecting takes longer than most questions; each question has a cursor of its own."""
    import duckdb

    return duckdb.connect(config={"autoinstall_known_extensions": "false"})
