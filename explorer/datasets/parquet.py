"""A Parquet file, or a folder of them that are one table: images, lists of numbers, or columns of numbers.

    data/train-00000-of-00002.parquet, data/train-00001-of-00002.parquet        as the Hub keeps its data sets

What the columns become is said in `tables`. Labels that the Hub's own metadata name are called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.datasets import tables
from explorer.datasets.arrow_columns import named_faults
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.options import Options
from explorer.datasets.shards import files_of
from explorer.files import read

SUFFIX = ".parquet"
MOST_FILES = 10_000
_ROWS_AT_A_TIME = 1 << 16


def load(name: str, options: Options) -> Dataset:
    """The data set in a Parquet file, or in all those of a folder.

    Args:
        name: the path
        options: what is to be done to its images, and which column gives the labels

    Raises:
        DatasetError: unreadable, more than the memory holds, files of several schemas, or a table without data
    """
    with named_faults(name, "Parquet"):
        return tables.dataset_of(name, whole(name, files_of(name, SUFFIX)), options)


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
        with named_faults(path, "Parquet"):
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
        metadata, found = file.metadata, list[pa.RecordBatch]()
        # Pages of one value again and again take no room in the file.
        _check_size(
            path, n_bytes_before + max(8 * metadata.num_rows * metadata.num_columns, _n_bytes(metadata))
        )
        n_bytes = n_bytes_before
        for batch in file.iter_batches(_ROWS_AT_A_TIME, use_threads=False):
            found.append(batch)
            n_bytes += batch.nbytes
            _check_size(path, n_bytes)
        return pa.Table.from_batches(found, file.schema_arrow)


def _n_bytes(metadata: pq.FileMetaData) -> int:
    """What a file says that its pages have, unpacked; asked for a damaged column of these, Arrow ends the process."""
    return sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))


def _check_size(path: Path, n_bytes: int) -> None:
    most = read.available_memory() // 2
    if n_bytes > most:
        expected = f"at most {most:,} bytes, half of the free memory"
        advice = "Save its vectors as .npy, which is read as needed, or leave columns out."
        raise DatasetError(path, "size", expected, f"{n_bytes:,}", advice)


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
