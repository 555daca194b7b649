"""Examples with stable ids: what every loader returns.

Notation: N examples of shape `*shape`; images are (C, H, W). A data set with L levels holds the
integers v in 0..L-1, and the models see x = v / (L - 1) in [0, 1]; one without levels holds real
numbers, and x = v.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features
from explorer.datasets.stored_array import StoredArray

Index = int | slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]

UNKNOWN_LABEL = -1


@dataclass(frozen=True, eq=False)
class Dataset:
    """N examples of one split, in a fixed order.

    Args:
        name: what `load` was asked for: a registered name or the path of a user's file
        split: "train" or "test" ("all" for the whole of a user's file or of the digits)
        values: (N, *shape); uint8 levels 0..n_levels-1, or float32 when n_levels is None; in memory or in a file
        n_levels: number of grey levels, None for real values
        labels: (N,) int64, -1 where unknown
        label_names: the name of label i at place i
        example_ids: (N,) int64, the row in the source of the split; they go along with every selection
        kind: "grey image", "colour image" or "vector"
        n_in_file: how many a user's file holds, of which these may be a split; None of other sources
        notes: what a person has to know of how they were read, in sentences
        metadata: columns (N,) beside the values by name: int64, float64 (NaN: missing) or texts ("": missing)
        features: what the places of a vector are; None of images, and where nothing is known
    """

    name: str
    split: str
    values: NDArray[Any] | StoredArray
    n_levels: int | None
    labels: NDArray[np.int64]
    label_names: tuple[str, ...]
    example_ids: NDArray[np.int64]
    kind: str
    n_in_file: int | None = None
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    features: Features | None = None

    def __post_init__(self) -> None:
        columns = (self.values, self.labels, self.example_ids, *self.metadata.values())
        counts = set(map(len, columns))
        assert len(counts) == 1, f"values, labels, ids and metadata of {self.name} differ in length: {counts}"
        wanted = np.float32 if self.n_levels is None else np.uint8
        assert self.values.dtype == wanted, f"{self.name} holds {self.values.dtype}, not {wanted.__name__}"

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example: (C, H, W) for images, (D,) for vectors."""
        return tuple(self.values.shape[1:])

    def x(self, index: Index) -> NDArray[np.float32]:
        """What a model sees: levels / (n_levels - 1) in [0, 1], or the real values as they are.

        Args:
            index: positions (not ids): one, a slice, several, or a mask (N,)

        Returns:
            A new float32 array (n, *shape); one position gives n = 1.
        """
        values = self.values[_rows(index)]
        if self.n_levels is None:
            return np.array(values, dtype=np.float32)
        return values.astype(np.float32) / np.float32(self.n_levels - 1)

    def take(self, index: Index) -> "Dataset":
        """The examples at these positions, in this order; their ids, labels and metadata go along."""
        rows = _rows(index)
        return replace(
            self,
            values=self.values[rows],
            labels=self.labels[rows],
            example_ids=self.example_ids[rows],
            metadata={name: column[rows] for name, column in self.metadata.items()},
        )

    def position(self, example_id: int) -> int:
        """The position of an example in this data set.

        Raises:
            DatasetError: no example here has this id
        """
        found = self._positions.get(int(example_id))
        if found is None:
            raise DatasetError(
                self.name, "example_id", self._id_range(), example_id, "Pick an id of this split."
            )
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the number of levels, values, labels and ids, and the metadata where there are any."""
        total = hashlib.sha256(f"levels={self.n_levels};shape={self.values.shape}".encode())
        for array, dtype in ((self.values, self._stored), (self.labels, "<i8"), (self.example_ids, "<i8")):
            for block in blocks(array):
                total.update(np.ascontiguousarray(block, dtype=dtype).data)
        for name, column in self.metadata.items():
            total.update(json.dumps([name, column.dtype.kind]).encode() + _bytes(column))
        return total.hexdigest()

    @cached_property
    def _positions(self) -> dict[int, int]:
        return {example_id: position for position, example_id in enumerate(self.example_ids.tolist())}

    @property
    def _stored(self) -> str:
        return "<f4" if self.n_levels is None else "|u1"

    def _id_range(self) -> str:
        if not len(self):
            return "one of no ids (the selection is empty)"
        return f"one of {len(self)} ids between {self.example_ids.min()} and {self.example_ids.max()}"


def blocks(values: NDArray[Any] | StoredArray) -> Iterator[NDArray[Any]]:
    """All rows of an array, some at a time where it is in a file."""
    if isinstance(values, StoredArray):
        yield from values.blocks()
    else:
        yield values


def _bytes(column: NDArray[Any]) -> bytes:
    """A column of metadata as it is digested."""
    if column.dtype == object:
        return json.dumps(column.tolist()).encode()
    return column.astype(f"<{column.dtype.kind}8").tobytes()


def _rows(index: Index) -> slice | NDArray[np.integer] | NDArray[np.bool_]:
    """An index that always keeps the first axis."""
    if isinstance(index, slice):
        return index
    rows = np.atleast_1d(np.asarray(index))
    return rows if rows.size else rows.astype(np.int64)
