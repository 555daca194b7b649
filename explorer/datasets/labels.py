"""Labels out of a column: the one that is called so, or that the name asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.dataset import UNKNOWN_LABEL
from explorer.datasets.error import DatasetError
from explorer.datasets.metadata import MOST_CHARACTERS, tidy

# The first that is there gives the labels, in whatever case it is written.
USUAL = ("label", "labels", "class", "target", "y", "category")
MAX_LABELS = 10_000


@dataclass(frozen=True)
class Labels:
    """What N examples are.

    Attributes:
        of_examples: (N,) int64, -1 where unknown.
        names: of the labels.
        metadata: the other columns.
        notes: what a person has to know of them.
    """

    of_examples: NDArray[np.int64]
    names: tuple[str, ...] = ()
    metadata: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def labels_and_metadata(
    path: object, columns: Mapping[str, NDArray[Any]], n: int, wanted: str | None = None
) -> Labels:
    """Labels out of one of the columns, and the others as metadata.

    Args:
        path: named in errors
        columns: (N,) int64, float64 or texts, by the names of the source
        n: how many examples there are
        wanted: the column that gives the labels; without it, one that is called so

    Raises:
        DatasetError: the column that is wanted is not there, or holds no labels
    """
    name = chosen(path, columns, wanted)
    labels, names, notes = no_labels(n), tuple[str, ...](), list[str]()
    if name is not None:
        found = numbered(columns[name])
        if isinstance(found, str):
            if wanted is not None:
                raise DatasetError(path, name, "labels: texts or integers", found)
            notes.append(f"{path}: column {name!r} gives no labels: {found}")
            name = None
        else:
            labels, names = found
            notes.append(f"{path}: labels are of column {name!r}")
    metadata, changes = tidy({key: column for key, column in columns.items() if key != name})
    return Labels(labels, names, metadata, (*notes, *(f"{path}: {change}" for change in changes)))


def chosen(path: object, names: Sequence[str] | Mapping[str, object], wanted: str | None) -> str | None:
    """The name of the column of labels; None where there is none.

    Raises:
        DatasetError: the one that is wanted is not there
    """
    if wanted is not None:
        if wanted not in names:
            advice = "Name another one behind ':label='."
            raise DatasetError(
                path, "label", f"a column, one of {', '.join(names) or 'none'}", repr(wanted), advice
            )
        return wanted
    low = {name.lower(): name for name in reversed(list(names))}
    return next((low[usual] for usual in USUAL if usual in low), None)


def no_labels(n: int) -> NDArray[np.int64]:
    """N times unknown."""
    return np.broadcast_to(np.int64(UNKNOWN_LABEL), n)


def numbered(column: NDArray[Any]) -> tuple[NDArray[np.int64], tuple[str, ...]] | str:
    """Labels (N,) and their names in order, or why there are none; "", NaN and -1 are unknown."""
    whole = column.dtype.kind == "f" and bool(np.all(np.isnan(column) | (column == np.rint(column))))
    if column.dtype.kind == "f" and not whole:
        return "numbers that are no integers"
    is_known = column != "" if column.dtype == object else ~np.isnan(column) & (column != UNKNOWN_LABEL)
    values, places = np.unique(column[is_known], return_inverse=True)
    if len(values) > MAX_LABELS:
        return f"{len(values):,} different ones, more than {MAX_LABELS:,}"
    labels = np.full(len(column), UNKNOWN_LABEL, np.int64)
    labels[is_known] = places
    names = values.tolist() if column.dtype == object else [str(int(value)) for value in values.tolist()]
    return labels, tuple(name[:MOST_CHARACTERS] for name in names)
