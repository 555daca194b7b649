"""Tables of Arrow, whatever file they came from: their columns as numbers and texts, and which of them are the data.

    image                      a column of encoded images: bytes, or the Hub's struct<bytes, path>
    [0.1, 0.2, 0.3]            a column of lists of numbers, all of one length: vectors
    age, height, weight        else all columns of numbers: vectors whose features have names

The column of labels and whatever else is there come along as labels and metadata.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features
from explorer.datasets.frames import check_memory
from explorer.datasets.images import Encoded, decode
from explorer.datasets.labels import chosen, labels_and_metadata
from explorer.datasets.metadata import as_texts, text_of
from explorer.datasets.options import Options
from explorer.datasets.values import levels_or_reals

FAULTS = (
    pa.ArrowException,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    OverflowError,
    MemoryError,
    csv.Error,
)
# Columns that only count the rows: the index that pandas writes, and what people call it.
_COUNTS = frozenset({"", "id", "index", "unnamed: 0", "__index_level_0__", "example_id"})
_FILL = "Fill them, or leave these rows out."
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")


@contextmanager
def named_faults(path: object, form: str) -> Iterator[None]:
    """What Arrow says of a damaged file, as a DatasetError that names it."""
    try:
        yield
    except DatasetError:
        raise
    except FAULTS as error:
        advice = "Write the file again, or name another one."
        raise DatasetError(path, "file", f"a readable {form} file", error, advice) from error


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


def check_names(path: object, names: Sequence[str]) -> None:
    """Raises `DatasetError` where a column's name comes twice."""
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise DatasetError(
            path, "columns", "names of their own", f"{twice[0]!r} twice", "Rename one of them."
        )


def with_class_names(table: pa.Table) -> pa.Table:
    """A table with the names of classes in the place of their numbers, where the Hub's metadata tell them."""
    for key, names in _class_names(table.schema.metadata or {}).items():
        if key in table.column_names and pa.types.is_integer(table[key].type):
            classes = table[key].cast(pa.float64(), safe=False).to_pylist()
            texts = [names[int(c)] if c is not None and 0 <= c < len(names) else None for c in classes]
            table = table.set_column(table.column_names.index(key), key, pa.array(texts, pa.string()))
    return table


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """The names of classes by column: `{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}`."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        named = {key: feature["names"] for key, feature in features.items() if "names" in feature}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return {key: list(map(text_of, names)) for key, names in named.items() if _are_texts(names)}


def _are_texts(names: object) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)


def image_column(table: pa.Table) -> str | None:
    """The first column of encoded images."""
    return next((field.name for field in table.schema if _bytes_of(table, field.name) is not None), None)


def list_column(table: pa.Table) -> str | None:
    """The first column of lists of numbers."""
    return next((field.name for field in table.schema if _is_list_of_numbers(field.type)), None)


def columns(table: pa.Table) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """All columns that are numbers or texts, and a note on each of the others."""
    found, notes = {}, []
    for field in table.schema:
        column = column_of(table[field.name])
        if column is None:
            notes.append(f"column {field.name!r} is left out: it holds {field.type}")
        else:
            found[field.name] = column
    return found, tuple(notes)


def column_of(column: pa.ChunkedArray) -> NDArray[Any] | None:
    """int64, float64 with NaN for missing, or texts with "" for it; None where it is something else."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column_of(column.cast(kind.value_type))
    if pa.types.is_integer(kind) and not column.null_count and kind != pa.uint64():
        return column.cast(pa.int64()).to_numpy()
    if _is_number(kind) or pa.types.is_decimal(kind):
        found = column.cast(pa.float64(), safe=False).to_numpy()
        return np.where(np.isfinite(found), found, np.nan)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return as_texts(map(_text, column.cast(pa.large_binary()).to_pylist()))
    if pa.types.is_boolean(kind) or pa.types.is_temporal(kind) or pa.types.is_null(kind):
        return column_of(column.cast(pa.string()))
    return None


def _text(content: bytes | None) -> str:
    return "" if content is None else content.decode("utf-8", "replace")


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _is_list_of_numbers(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return is_list and (_is_number(kind.value_type) or pa.types.is_boolean(kind.value_type))


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
    rest = {key: column for key, column in others.items() if key not in features}
    return vectors(name, ("values", values), Features.named(features), rest, notes, options)


def _plain(numbers: pa.ChunkedArray) -> NDArray[Any]:
    """As numpy has them: integers as they are, half floats too; without missing ones."""
    kind = numbers.type
    if pa.types.is_dictionary(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        return numbers.cast(pa.uint8() if pa.types.is_boolean(kind) else pa.float64()).to_numpy()
    return numbers.to_numpy()


def vectors(
    name: str,
    keyed: tuple[str, NDArray[Any]],
    features: Features | None,
    others: Mapping[str, NDArray[Any]],
    notes: Sequence[str],
    options: Options,
) -> Dataset:
    """A whole data set of vectors.

    Args:
        name: of the data set, named in errors
        keyed: the numbers (N, D), after what they are called there
        features: what the D places are
        others: columns (N,) that give labels and metadata
        notes: on how they were read
        options: `label` names the column of labels

    Raises:
        DatasetError: NaN or infinite values, or the column of labels is not there or holds none
    """
    key, values = keyed
    found = levels_or_reals(name, key, values)
    labels = labels_and_metadata(name, others, len(values), options.label)
    return Dataset(
        name=name,
        split="all",
        values=found.values,
        n_levels=found.n_levels,
        labels=labels.of_examples,
        label_names=labels.names,
        example_ids=np.arange(len(values), dtype=np.int64),
        kind="vector",
        n_in_file=len(values),
        notes=(*(f"{name}: {note}" for note in notes), *found.notes, *labels.notes),
        metadata=labels.metadata,
        features=features,
    )
