"""A CSV file: columns of numbers are the features of a vector, one of labels gives these, texts are metadata.

species,petal_length,petal_width,site          vectors of petal_length and petal_width
setosa,1.4,0.2,north                           labels species, if the name says ":label=species"
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pyarrow as pa

from explorer.datasets import tables
from explorer.datasets.arrow_columns import check_names, column_of, named_faults
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.labels import chosen
from explorer.datasets.options import Options
from explorer.files import read

SUFFIXES = (".csv", ".tsv")
# It is read whole, to know what a column holds before any of it is believed.
MAX_BYTES = 1 << 30
_HEAD_BYTES = 1 << 16
# A column of texts most of which are numbers was to be one of numbers.
_MOST_ARE_NUMBERS = 0.5


def load(name: str, options: Options) -> Dataset:
    """The data set in a CSV file, or one with tabs.

    Args:
        name: the path
        options: `label` names the column of labels

    Raises:
        DatasetError: unreadable, over 1 GiB, no rows, no column of numbers, text among numbers, missing numbers
    """
    path = Path(name)
    with named_faults(path, "CSV"):
        found = table(path)
        check_names(path, found.column_names)
        _check_texts(path, found, options.label)
        return tables.dataset_of(name, found, options)


def table(path: Path) -> pa.Table:
    """All of a CSV file; what a column holds is decided by all of its rows.

    Raises:
        DatasetError: too large
        OSError, pa.ArrowException: not to be read
    """
    from pyarrow import csv as arrow_csv

    most = min(MAX_BYTES, read.available_memory() // 8)
    with read.opened(path) as file:
        n_bytes = os.fstat(file.fileno()).st_size
        if n_bytes > most:
            advice = "Save it as Parquet or .npy."
            raise DatasetError(path, "size", f"at most {most:,} bytes", f"{n_bytes:,}", advice)
        delimiter = _delimiter(path, file.read(_HEAD_BYTES))
        file.seek(0)
        return arrow_csv.read_csv(
            pa.PythonFile(file, "r"),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=max(1, n_bytes + 1)),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(strings_can_be_null=False),
        )


def _delimiter(path: Path, head: bytes) -> str:
    """What stands most often in the first line: a comma, a semicolon or a tab."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    line = head.split(b"\n", 1)[0]
    return max(",;\t", key=lambda sign: line.count(sign.encode()))


def _check_texts(path: Path, found: pa.Table, label: str | None) -> None:
    """Raises `DatasetError` where a text stands in a column of numbers."""
    names = found.column_names
    of_labels = chosen(path, names, label)
    for place, name in enumerate(names):
        if name != of_labels and pa.types.is_string(found[name].type):
            texts = column_of(found[name])
            assert texts is not None
            filled = [text for text in texts if text.strip()]
            n_others = sum(not _is_number(text) for text in filled)
            if 0 < n_others < _MOST_ARE_NUMBERS * len(filled):
                line, text = _line_of_text(path, place)
                advice = "Write a number there, or leave the row out."
                raise DatasetError(path, name, "numbers in all rows", f"{text!r} in line {line}", advice)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _line_of_text(path: Path, place: int) -> tuple[int, str]:
    """The first line, counted from 1, whose field at this place is no number, and what stands there."""
    content = read.content(path, MAX_BYTES).decode("utf-8-sig", "replace")
    delimiter = _delimiter(path, content[:_HEAD_BYTES].encode())
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)
    next(rows)
    for row in rows:
        if len(row) > place and row[place].strip() and not _is_number(row[place]):
            return rows.line_num, row[place]
    return 0, ""
