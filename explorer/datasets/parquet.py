"""A Parquet file, or a folder of them that are one table: images, lists of numbers, or columns of numbers.

    data/train-00000-of-00002.parquet, data/train-00001-of-00002.parquet        as the Hub keeps its data sets

What the columns become is said in `tables`. Labels that the Hub's own metadata name are called so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.datasets import tables
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.options import Options
from explorer.files import read

SUFFIX = ".parquet"
MOST_FILES = 10_000


def files_of(name: str) -> list[Path]:
    """The Parquet files that a name stands for, in order; none where it is something else."""
    path = Path(name)
    if path.suffix == SUFFIX and not path.is_dir():
        return [path]
    if not path.is_dir():
        return []
    there = (
        e.name for e in os.scandir(path) if e.name.endswith(SUFFIX) and not e.name.startswith((".", "_"))
    )
    return [path / file for file in sorted(there) if file != "metadata.parquet"]


def load(name: str, options: Options) -> Dataset:
    """The data set in a Parquet file, or in all those of a folder.

    Args:
        name: the path
        options: what is to be done to its images, and which column gives the labels

    Raises:
        DatasetError: unreadable, more than the memory holds, files of several schemas, or a table without data
    """
    with tables.named_faults(name, "Parquet"):
        return tables.dataset_of(name, whole(name, files_of(name)), options)


def whole(name: str, files: Sequence[Path]) -> pa.Table:
    """One table of all files, after their schemas were compared with that of the first.

    Raises:
        DatasetError: names the file, and the column that is another one there
    """
    if len(files) > MOST_FILES:
        raise DatasetError(name, "files", f"at most {MOST_FILES:,}", f"{len(files):,}", "Put them together.")
    first: pa.Schema = None
    found: list[pa.Table] = []
    for path in files:
        with tables.named_faults(path, "Parquet"):
            part = table(path, sum(each.nbytes for each in found))
        first = part.schema if first is None else first
        _check_schema(path, files[0], first, part.schema)
        found.append(part)
    return pa.concat_tables(found)


def table(path: Path, n_bytes_before: int = 0) -> pa.Table:
    """All of a Parquet file.

    Args:
        n_bytes_before: what is kept in memory already

    Raises:
        DatasetError: more than half of the free memory
        OSError, pa.ArrowException: not to be read
    """
    with ExitStack() as stack:
        source = stack.enter_context(read.opened(path))
        file = stack.enter_context(pq.ParquetFile(source, page_checksum_verification=True))
        _check_size(path, file.metadata, n_bytes_before)
        return file.read(use_threads=False)


def _check_size(path: Path, metadata: pq.FileMetaData, n_bytes_before: int) -> None:
    """Compares what a file says that it holds with the memory: pages of one value again and again take no room."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    n_values = sum(g.column(j).num_values for g in groups for j in range(g.num_columns))
    n_bytes = max(8 * n_values, sum(g.total_byte_size for g in groups)) + n_bytes_before
    most = read.available_memory() // 2
    if n_bytes > most:
        advice = "Save its vectors as .npy, which is read as needed, or leave columns out."
        raise DatasetError(
            path, "size", f"at most {most:,} bytes, half of the free memory", f"{n_bytes:,}", advice
        )


def _check_schema(path: Path, first: Path, wanted: pa.Schema, found: pa.Schema) -> None:
    if wanted.equals(found):
        return
    for name in dict.fromkeys((*wanted.names, *found.names)):
        here = [str(found.field(i).type) for i in found.get_all_field_indices(name)]
        there = [str(wanted.field(i).type) for i in wanted.get_all_field_indices(name)]
        if here != there:
            expected = f"{' and '.join(there) or 'no such column'}, as in {first.name}"
            raise DatasetError(
                path, name, expected, " and ".join(here) or "none", "Give all files the same columns."
            )
    raise DatasetError(
        path, "columns", f"{', '.join(wanted.names)}, as in {first.name}", ", ".join(found.names)
    )
