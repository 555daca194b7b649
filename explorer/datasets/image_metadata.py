"""What a table beside the images of a folder knows of them: `metadata.csv`, `.jsonl` or `.parquet` with `file_name`.

References:
    Hugging Face datasets, ImageFolder: the same files, with paths relative to the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets import arrow_columns, csv_file, parquet
from explorer.datasets.error import DatasetError
from explorer.datasets.metadata import columns_of_rows
from explorer.datasets.shards import TABLES
from explorer.files import read

KEY = "file_name"
MOST_BYTES = 256 << 20
_MOST_NAMED = 5

Columns = dict[str, NDArray[Any]]


def columns(folder: Path, files: Sequence[str]) -> tuple[Columns, tuple[str, ...]]:
    """Columns (N,) of the table in a folder for the N images there; none where there is no table.

    Args:
        folder: of the images
        files: their paths in the folder, with slashes

    Raises:
        DatasetError: two tables, one that cannot be read, or one without file names
    """
    there = [folder / form for form in TABLES if (folder / form).is_file()]
    if not there:
        return {}, ()
    if len(there) > 1:
        named = " and ".join(path.name for path in there)
        raise DatasetError(folder, "metadata", "one table", named, "Leave one of them there.")
    table, notes = _table(there[0])
    if KEY not in table or table[KEY].dtype != object:
        raise DatasetError(there[0], KEY, "a column of paths in the folder", ", ".join(table) or "no columns")
    rows = {name.removeprefix("./"): row for row, name in reversed(list(enumerate(table[KEY])))}
    places = np.array([rows.get(file, -1) for file in files], np.int64)
    found = {key: _aligned(column, places) for key, column in table.items()}
    return found, (*notes, *_differences(there[0], rows, files, len(table[KEY])))


def _aligned(column: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    """The rows of a column at these places; missing at -1."""
    is_there = places >= 0
    if is_there.all():
        return column[places]
    dtype = object if column.dtype == object else np.float64
    found = np.full(len(places), "" if dtype is object else np.nan, dtype)
    found[is_there] = column[places[is_there]]
    return found


def _differences(path: Path, rows: Mapping[str, int], files: Sequence[str], n_rows: int) -> list[str]:
    """What the table has and the folder has not, and the other way round."""
    known = set(files)
    absent, untold = (
        [name for name in rows if name not in known],
        [file for file in files if file not in rows],
    )
    told = []
    if absent:
        told.append(f"{path}: {len(absent):,} images that are not there: {_some(sorted(absent))}")
    if untold:
        told.append(f"{path}: knows nothing of {len(untold):,} images: {_some(untold)}")
    if n_rows > len(rows):
        told.append(f"{path}: {n_rows - len(rows):,} rows of images that have one before are left out")
    return told


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _table(path: Path) -> tuple[Columns, tuple[str, ...]]:
    if path.suffix == ".jsonl":
        table, left_out = columns_of_rows(_lines(path))
    else:
        with arrow_columns.named_faults(path, path.suffix):
            found = csv_file.table(path) if path.suffix == ".csv" else parquet.table(path)
            arrow_columns.check_names(path, found.column_names)
            table, left_out = arrow_columns.columns(found)
    return table, tuple(f"{path}: {note}" for note in left_out)


def _lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON objects, a line an image."""
    try:
        lines = read.content(path, MOST_BYTES).splitlines()
    except OSError as error:
        raise DatasetError(path, "file", "a readable file", error) from error
    return [_object(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(path, f"line {number}", "a JSON object", error) from error
    if not isinstance(row, dict):
        raise DatasetError(path, f"line {number}", "a JSON object", type(row).__name__)
    return row
