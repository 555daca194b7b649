"""The rows of an array in a file, read when they are asked for: a million images cost the memory of those looked at.

The file is read and not mapped: where one that is mapped is cut short, the process that reads it is killed, and what is
written into it later becomes another number under the same name. Here the first is an error, and so is the second.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterator
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError
from explorer.files import Stamp

# Some thousand rows: whoever looks at all of them has to keep few.
_BLOCK_BYTES = 4 << 20


class OpenFile:
    """A file that stays open for as long as somebody has this object.

    Args:
        path: named in errors.
        descriptor: of the file, open for reading; closed at the end.
    """

    def __init__(self, path: Path, descriptor: int):
        self.path, self._file, self._lock = path, FileIO(descriptor), threading.Lock()
        self._stamp = Stamp.of(descriptor)
        weakref.finalize(self, self._file.close)

    def read(self, found: NDArray[Any], offset: int) -> None:
        """Fills an array with the bytes from a place on.

        Raises:
            DatasetError: the file ends before.
        """
        left = found.reshape(-1).view(np.uint8)
        with self._lock:
            self._file.seek(offset)
            while len(left):
                n_bytes = self._file.readinto(left.data)
                if not n_bytes:
                    raise self._changed("fewer bytes")
                left = left[n_bytes:]

    def check_same(self) -> None:
        """Raises `DatasetError` where the file was written to since it was opened."""
        now = Stamp.of(self._file.fileno())
        if (now.n_bytes, now.written_ns) != (self._stamp.n_bytes, self._stamp.written_ns):
            raise self._changed("another")

    def _changed(self, found: str) -> DatasetError:
        advice = "It was written to meanwhile: restore it, or load the model again."
        return DatasetError(self.path, "content", "the file that was opened", found, advice)


class StoredArray:
    """An array (N, *shape) in C order.

    Args:
        file: that holds it.
        dtype: of the numbers.
        offset: where the first one begins, bytes.
        shape: (N, *shape).
    """

    def __init__(self, file: OpenFile, dtype: np.dtype[Any], offset: int, shape: tuple[int, ...]):
        self.dtype, self.shape = dtype, shape
        self._file, self._offset = file, offset

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __array__(self, dtype: np.dtype[Any] | None = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    def with_rows_of(self, shape: tuple[int, ...]) -> StoredArray:
        """The same numbers with rows of another shape."""
        other = StoredArray(self._file, self.dtype, self._offset, (len(self), *shape))
        assert other.size == self.size, f"rows of {self.shape[1:]} are no rows of {shape}"
        return other

    def __getitem__(self, index: slice | NDArray[Any]) -> NDArray[Any]:
        """The rows of a slice, of positions, or of a mask (N,), as an array of their own.

        Raises:
            DatasetError: the file was written to since it was opened, or cut short.
        """
        rows = _rows(index, len(self))
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for first, last, start in _runs(rows):
            self._file.read(found[first:last], self._offset + start * self._row_bytes)
        self._file.check_same()
        return found

    def blocks(self) -> Iterator[NDArray[Any]]:
        """All rows, some at a time."""
        n_rows = max(1, _BLOCK_BYTES // max(1, self._row_bytes))
        for start in range(0, len(self), n_rows):
            yield self[start : start + n_rows]

    @property
    def _row_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape[1:])


def _rows(index: slice | NDArray[Any], n: int) -> NDArray[np.intp]:
    """The places that an index means; for a slice without those of all rows, which may be many."""
    if isinstance(index, slice):
        return np.arange(*index.indices(n))
    return np.arange(n)[index]


def _runs(rows: NDArray[np.intp]) -> Iterator[tuple[int, int, int]]:
    """Places [first, last) of rows that follow one another in the file, and the row at which they start."""
    if not len(rows):
        return
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    edges = [0, *breaks.tolist(), len(rows)]
    for first, last in pairwise(edges):
        yield first, last, int(rows[first])
