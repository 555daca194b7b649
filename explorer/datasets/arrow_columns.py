"""Columns of Arrow as numbers and texts of numpy, whatever file they came from."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError
from explorer.datasets.metadata import as_texts, text_of

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


def check_names(path: object, names: Sequence[str]) -> None:
    """Raises `DatasetError` where a column's name comes twice."""
    twice = [name for name, n in Counter(names).items() if n > 1]
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
    if is_number(kind) or pa.types.is_decimal(kind):
        found = column.cast(pa.float64(), safe=False).to_numpy()
        return np.where(np.isfinite(found), found, np.nan)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return as_texts(map(_text, column.cast(pa.large_binary()).to_pylist()))
    if pa.types.is_boolean(kind) or pa.types.is_temporal(kind) or pa.types.is_null(kind):
        return column_of(column.cast(pa.string()))
    return None


def _text(content: bytes | None) -> str:
    return "" if content is None else content.decode("utf-8", "replace")


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)
