"""AnnData in a .h5ad file: cells by genes, with what is known of the cells (`obs`) as metadata.

The values are layers["counts"] where there are some, else X, dense or sparse. They need h5py, and nothing else of HDF5
is followed than what lies in this one file.

References:
    The on-disk format of AnnData, anndata.readthedocs.io, section "On-disk format".
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features
from explorer.datasets.frames import check_memory
from explorer.datasets.metadata import as_column, as_texts
from explorer.datasets.options import Options
from explorer.datasets.vectors import vectors
from explorer.files import read

SUFFIX = ".h5ad"
INSTALL = "pip install 'latent-explorer[h5ad]'"
_FAULTS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    RuntimeError,
    AttributeError,
    MemoryError,
    OverflowError,
)


def load(name: str, options: Options) -> Dataset:
    """The cells of a .h5ad file.

    Args:
        name: the path
        options: `label` names the column of `obs` that gives the labels

    Raises:
        DatasetError: no h5py, a damaged file, more than half of the free memory, or values that are no numbers
    """
    h5py = _library(name)
    try:
        with read.opened(Path(name)), h5py.File(name, "r") as file:
            return _cells(name, _Reader(name, h5py), file, options)
    except _FAULTS as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(name, "file", "a readable .h5ad file", error, "Write it again.") from error


def _library(name: str) -> Any:
    try:
        return importlib.import_module("h5py")
    except ImportError as error:
        raise DatasetError(name, "library", "h5py", error, f"Install it: {INSTALL}") from error


def _cells(name: str, reader: _Reader, file: Any, options: Options) -> Dataset:
    place = "layers/counts" if "layers" in file and "counts" in reader.item(file, "layers") else "X"
    x = reader.matrix(file, place)
    obs, notes = reader.frame(file, "obs", len(x))
    genes = reader.index(file, "var")
    if len(genes) != x.shape[1]:
        raise DatasetError(name, "var", f"{x.shape[1]:,} genes, as {place} has", f"{len(genes):,}")
    return vectors(
        name,
        (place, x),
        Features(tuple(genes.tolist()), "gene"),
        obs,
        [f"values are of {place}", *notes],
        options,
    )


class _Reader:
    """What AnnData keeps in groups and arrays of HDF5.

    Args:
        name: of the file, named in errors.
        h5py: the library.
    """

    def __init__(self, name: str, h5py: Any):
        self._name, self._h5py = name, h5py

    def item(self, group: Any, path: str) -> Any:
        """A group or an array of this file: no link, and no array that lies elsewhere."""
        for key in path.split("/"):
            link = group.get(key, getlink=True)
            if link is not None and not isinstance(link, self._h5py.HardLink):
                raise DatasetError(self._name, path, "what lies in this file", "a link")
            group = group[key]
        if isinstance(group, self._h5py.Dataset) and (group.is_virtual or group.external):
            raise DatasetError(self._name, path, "what lies in this file", "an array of other files")
        return group

    def array(self, group: Any, path: str) -> NDArray[Any]:
        """All of an array of numbers, or texts as objects."""
        found = self.item(group, path)
        check_memory(self._name, found.shape, max(8, found.dtype.itemsize))
        if self._h5py.check_string_dtype(found.dtype):
            return as_texts(found.asstr(errors="replace")[:].tolist())
        return found[:]

    def matrix(self, file: Any, path: str) -> NDArray[np.float32]:
        """(N, D) out of an array, or of a sparse one in rows or columns."""
        found = self.item(file, path)
        if isinstance(found, self._h5py.Dataset):
            check_memory(self._name, found.shape, 8)
            if found.ndim != 2 or 0 in found.shape or found.dtype.kind not in "iufb":
                told = f"{found.dtype} of shape {found.shape}"
                raise DatasetError(self._name, path, "numbers of cells by genes", told)
            with np.errstate(over="ignore"):
                return found[:].astype(np.float32)
        return self._sparse(found, path)

    def _sparse(self, group: Any, path: str) -> NDArray[np.float32]:
        kind, (n_rows, n_columns) = (
            _text(group.attrs["encoding-type"]),
            map(int, group.attrs["shape"]),
        )
        if kind not in ("csr_matrix", "csc_matrix") or min(n_rows, n_columns) < 1:
            raise DatasetError(
                self._name, path, "csr_matrix or csc_matrix", f"{kind} of {n_rows} x {n_columns}"
            )
        check_memory(self._name, (n_rows, n_columns), 8)
        ends, places, values = (self.array(group, key) for key in ("indptr", "indices", "data"))
        n_major, n_minor = (n_rows, n_columns) if kind == "csr_matrix" else (n_columns, n_rows)
        fits = len(ends) == n_major + 1 and ends[0] == 0 and (np.diff(ends) >= 0).all()
        if not (fits and ends[-1] == len(places) == len(values)):
            raise DatasetError(self._name, path, "rows that end where the next begin", "others")
        if len(places) and not (places.min() >= 0 and places.max() < n_minor):
            raise DatasetError(self._name, path, f"places in 0..{n_minor - 1}", f"up to {places.max()}")
        found = np.zeros((n_major, n_minor), np.float32)
        with np.errstate(over="ignore"):
            found[np.repeat(np.arange(n_major), np.diff(ends)), places] = values
        return found if kind == "csr_matrix" else np.ascontiguousarray(found.T)

    def index(self, file: Any, path: str) -> NDArray[Any]:
        """The names of a frame's rows."""
        frame = self.item(file, path)
        names = as_column(self.array(frame, _text(frame.attrs["_index"])))
        assert names is not None
        return names if names.dtype == object else as_texts(map(str, names.tolist()))

    def frame(self, file: Any, path: str, n: int) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
        """The columns of a frame and the names of its rows, and notes of what was left out."""
        frame, notes = self.item(file, path), []
        found = {"name": self.index(file, path)}
        for key in map(_text, frame.attrs["column-order"]):
            column = self._column(frame, key)
            if column is None or len(column) != n:
                notes.append(f"column {key!r} of {path} is left out")
            else:
                found[key] = column
        if len(found["name"]) != n:
            raise DatasetError(
                self._name, path, f"{n:,} cells, as the values have", f"{len(found['name']):,}"
            )
        return found, tuple(notes)

    def _column(self, frame: Any, key: str) -> NDArray[Any] | None:
        found = self.item(frame, key)
        if isinstance(found, self._h5py.Dataset):
            return as_column(self.array(frame, key)) if found.ndim == 1 else None
        if "categories" in found and "codes" in found:
            names = as_column(self.array(found, "categories"))
            codes = self.array(found, "codes")
            assert names is not None
            texts = [str(name) for name in names.tolist()]
            return as_texts(texts[code] if 0 <= code < len(texts) else "" for code in codes.tolist())
        if "values" in found and "mask" in found:
            values, mask = self.array(found, "values").tolist(), self.array(found, "mask").tolist()
            return as_column([None if hidden else v for v, hidden in zip(values, mask, strict=True)])
        return None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
