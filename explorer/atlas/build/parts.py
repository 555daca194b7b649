"""Finished rows in files, while an atlas is built: `<name>-00000.parquet`, ... each with a column `row`.

Rows may come in any order, and more than once: who reads them in the order of the files has the newest last.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.atlas.format import AtlasError, vectors
from explorer.files import write

# What a kill can cost.
SECONDS_PER_PART = 20.0
# A long build would leave tens of thousands; whoever goes on with it reads them all.
MOST_FILES = 256

Columns = Mapping[str, np.ndarray]


class Parts:
    """The files of one kind of rows.

    Args:
        folder: where they lie.
        name: what their names begin with.
    """

    def __init__(self, folder: Path, name: str):
        self._folder, self._name = folder, name
        self._rows: list[np.ndarray] = []
        self._columns: list[Columns] = []
        self._since = time.monotonic()

    def paths(self) -> list[Path]:
        """In the order in which they were written."""
        return sorted(self._folder.glob(f"{self._name}-*.parquet"))

    def read(self) -> Iterator[tuple[np.ndarray, Columns]]:
        """Row numbers and columns of each file.

        Raises:
            AtlasError: one is damaged.
        """
        for path in self.paths():
            table = _read(path)
            columns = {name: _array(table[name]) for name in table.column_names}
            yield columns.pop("row"), columns

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Writes what was added in this block, however it ends."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self.flush()

    def add(self, rows: np.ndarray, columns: Columns) -> None:
        """Takes finished rows, (n,) or (n, d) each; they are written after some seconds."""
        self._rows.append(rows)
        self._columns.append(columns)
        if time.monotonic() - self._since >= SECONDS_PER_PART:
            self.flush()

    def flush(self) -> None:
        """Writes what was added since the last time."""
        if self._rows:
            names = self._columns[0]
            joined = {name: np.concatenate([each[name] for each in self._columns]) for name in names}
            self._write(_table({"row": np.concatenate(self._rows), **joined}))
            self._rows, self._columns = [], []
        self._since = time.monotonic()

    def _write(self, table: pa.Table) -> None:
        before = self.paths()
        number = int(before[-1].stem.rpartition("-")[2]) + 1 if before else 0
        if len(before) >= MOST_FILES:
            table = pa.concat_tables([*(_read(path) for path in before), table])
        with write.whole(self._folder / f"{self._name}-{number:05d}.parquet") as file:
            pq.write_table(table, file, compression="zstd", write_page_checksum=True)
        if len(before) >= MOST_FILES:
            for path in before:
                write.remove(path)


def _table(columns: Columns) -> pa.Table:
    return pa.table(
        {name: vectors(c, c.shape[1]) if c.ndim == 2 else pa.array(c) for name, c in columns.items()}
    )


def _array(column: pa.ChunkedArray) -> np.ndarray:
    whole = column.combine_chunks()
    if pa.types.is_fixed_size_list(whole.type):
        return np.asarray(whole.values.to_numpy()).reshape(len(whole), -1)
    return np.asarray(whole.to_numpy(zero_copy_only=False))


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        advice = "Delete this file: its rows are computed again."
        raise AtlasError(path, "content", "rows that were finished", repr(error), advice) from error
