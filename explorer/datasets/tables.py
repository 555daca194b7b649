"""Tables of Arrow, whatever file they came from: their columns as numbers and texts, and which of them are the data.

    image                      a column of encoded images: bytes, or the Hub's struct<bytes, path>
    [0.1, 0.2, 0.3]            a column of lists of numbers, all of one length: vectors
    age, height, weight        else all columns of numbers: vectors whose features have names

The column of labels and whatever else is there come along as labels and metadata.
"""

from __future__ import annotations

import io
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.datasets.arrow_columns import check_names, columns, is_number, with_class_names
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features
from explorer.datasets.frames import check_memory
from explorer.datasets.images import Encoded, decode
from explorer.datasets.labels import chosen, labels_and_metadata
from explorer.datasets.options import Options
from explorer.datasets.vectors import vectors

# Columns that only count the rows: the index that pandas writes, and what people call it.
_COUNTS = frozenset({"", "id", "index", "unnamed: 0", "__index_level_0__", "example_id"})
_FILL = "Fill them, or leave these rows out."
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")


def dataset_of(name: str, table: pa.Table, options: Options) -> Dataset:
    """The data set in a table.

    Args:
        name: the file, named in errors
        table: a row an example
        options: what is to be done to its images, and which column gives the labels

    Raises:
        DatasetError: no examples, no column of images or numbers, lists of several lengths, or missing numbers
    """
    if not len(table):
        raise DatasetError(name, "rows", "at least one", "none")
    check_names(name, table.column_names)
    table = with_class_names(table)
    if (image := image_column(table)) is not None:
        return _of_images(name, table, image, options)
    if (vector := list_column(table)) is not None:
        return _of_lists(name, table, vector, options)
    return _of_numbers(name, table, options)


def image_column(table: pa.Table) -> str | None:
    """The first column of encoded images."""
    return next((field.name for field in table.schema if _bytes_of(table, field.name) is not None), None)


def list_column(table: pa.Table) -> str | None:
    """The first column of lists of numbers."""
    return next((field.name for field in table.schema if _is_list_of_numbers(field.type)), None)


def _is_list_of_numbers(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and (is_number(kind.value_type) or pa.types.is_boolean(kind.value_type))


def _bytes_of(table: pa.Table, name: str) -> pa.ChunkedArray | None:
    """The encoded images of a column; None where it holds none."""
    column = table[name]
    if pa.types.is_struct(column.type):
        names = [field.name for field in column.type]
        if "bytes" not in names:
            return None
        column = pa.chunked_array(
            [chunk.field("bytes") for chunk in column.chunks], column.type.field("bytes").type
        )
    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        return None
    first = next((row.as_py() for chunk in column.chunks for row in chunk if row.is_valid), b"")
    return column if first.startswith(_MAGIC) else None


def _of_images(name: str, table: pa.Table, image: str, options: Options) -> Dataset:
    contents = _bytes_of(table, image)
    assert contents is not None
    listed = [Encoded(f"row {i}", partial(_opened, contents[i])) for i in range(len(contents))]
    decoded = decode(name, listed, options)
    rest = table.drop_columns([image]).take(pa.array(decoded.places))
    others, left_out = columns(rest)
    labels = labels_and_metadata(name, others, len(rest), options.label)
    return decoded.as_dataset(name, labels, [f"{name}: {note}" for note in left_out])


def _opened(content: pa.Scalar) -> io.BytesIO:
    if not content.is_valid:
        raise ValueError("no bytes")
    return io.BytesIO(content.as_buffer())


def _of_lists(name: str, table: pa.Table, vector: str, options: Options) -> Dataset:
    others, left_out = columns(table.drop_columns([vector]))
    notes = (f"vectors are of column {vector!r}", *left_out)
    return vectors(name, (vector, _stacked(name, vector, table[vector])), None, others, notes, options)


def _stacked(name: str, key: str, rows: pa.ChunkedArray) -> NDArray[Any]:
    """(N, D) of a column of lists.

    Raises:
        DatasetError: lists of several lengths, missing ones, or missing numbers
    """
    import pyarrow.compute as pc

    lengths = pc.list_value_length(rows).fill_null(-1).to_numpy()
    n_features = int(lengths[0])
    if n_features < 1 or not (lengths == n_features).all():
        other = int(np.argmax((lengths != n_features) | (lengths < 1)))
        expected = f"lists of {max(1, n_features)} numbers, as in the first row"
        raise DatasetError(name, key, expected, f"{max(0, lengths[other])} in row {other}")
    check_memory(name, (len(rows), n_features), 8)
    numbers = pc.list_flatten(rows)
    if numbers.null_count:
        raise DatasetError(name, key, "numbers in every place", f"{numbers.null_count:,} missing ones", _FILL)
    return _plain(numbers).reshape(len(rows), n_features)


def _of_numbers(name: str, table: pa.Table, options: Options) -> Dataset:
    others, left_out = columns(table)
    # Real numbers that are called y are a coordinate more often than a label.
    likely = [key for key in others if not pa.types.is_floating(table[key].type)]
    label = chosen(name, others if options.label else likely, options.label)
    counts = [key for key in others if key.lower() in _COUNTS and others[key].dtype.kind == "i"]
    features = [k for k in others if others[k].dtype.kind in "if" and k not in (label, *counts)]
    if not features:
        advice = (
            "Name a file with columns of numbers, a column of lists of numbers, or one of encoded images."
        )
        raise DatasetError(
            name, "columns", "numbers, or images", ", ".join(table.column_names) or "none", advice
        )
    check_memory(name, (len(table), len(features)), 8)
    for key in features:
        if others[key].dtype.kind == "f" and (missing := np.flatnonzero(np.isnan(others[key]))).size:
            found = f"none in {missing.size:,} of {len(table):,} rows, the first is row {missing[0]}"
            raise DatasetError(name, key, "a number in every row", found, _FILL)
    values = np.stack([_plain(table[key]) for key in features], axis=1)
    notes = [*left_out, *(f"column {key!r} counts the rows and is no feature" for key in counts)]
    taken = set(features)
    rest = {key: column for key, column in others.items() if key not in taken}
    return vectors(name, ("values", values), Features.named(features), rest, notes, options)


def _plain(numbers: pa.ChunkedArray) -> NDArray[Any]:
    """As numpy has them: integers as they are, half floats too; without missing ones."""
    kind = numbers.type
    if pa.types.is_dictionary(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        return numbers.cast(pa.uint8() if pa.types.is_boolean(kind) else pa.float64()).to_numpy()
    return numbers.to_numpy()
