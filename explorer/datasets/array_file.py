"""One array out of a .npy file or a .npz archive, each claim of its header checked before it is believed.

Nothing is unpickled, and no memory is asked for that the file could not fill: the header's shape
and type must account for exactly the bytes that follow it, those are bounded by MAX_BYTES, and no more than half of
the memory that is free is filled from an archive, whose zeros take a thousandth of the room.

The array of a .npy file is read a few rows at a time, when they are asked for (`stored_array.py`).
"""

import math
import os
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError
from explorer.datasets.stored_array import OpenFile, StoredArray
from explorer.files import read

Array = NDArray[Any] | StoredArray

MAX_BYTES = 4 << 30
_CHUNK_BYTES = 1 << 20
# An archive has a handful of arrays; one that lists a million would be read for a minute before any is looked at.
MAX_ENTRIES = 10_000
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# A header is a Python literal: a damaged one fails in numpy, in ast or in tokenize.
HEADER_FAULTS = (ValueError, TypeError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)
ARCHIVE_FAULTS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, MemoryError)
RESAVE = "Save it again with numpy.savez(path, x=..., y=...) from plain numeric arrays."


def arrays(path: Path, wanted: Sequence[str]) -> dict[str, Array]:
    """The wanted arrays of a .npz file by name; the array of a .npy file under the first wanted name.

    Args:
        path: ends in .npy or .npz
        wanted: the first must be there, the others may be; anything else in the file is not read

    Raises:
        DatasetError: missing, unreadable or truncated file, no such array, a pickle inside, or over 4 GiB
    """
    try:
        if path.suffix.lower() == ".npy":
            return {wanted[0]: _stored(path, wanted[0])}
        return _unzipped(path, wanted)
    except DatasetError:
        raise
    # ValueError: a NUL in the path.
    except (OSError, EOFError, ValueError, *ARCHIVE_FAULTS) as error:
        raise DatasetError(path, "file", f"a readable {path.suffix} file", _reason(error), RESAVE) from error


def _unzipped(path: Path, wanted: Sequence[str]) -> dict[str, Array]:
    with read.opened(path) as file, zipfile.ZipFile(file) as archive:
        if len(archive.infolist()) > MAX_ENTRIES:
            n_entries = len(archive.infolist())
            raise DatasetError(path, "archive", f"at most {MAX_ENTRIES} entries", n_entries, RESAVE)
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        if wanted[0] not in entries:
            raise DatasetError(
                path, wanted[0], "an array of this name", ", ".join(entries) or "no arrays", RESAVE
            )
        found: dict[str, Array] = {}
        for key in wanted:
            if key in entries:
                with archive.open(entries[key]) as stream:
                    header = _header(stream, entries[key].file_size, path, key)
                    found[key] = _read(stream, path, key, header)
        return found


@dataclass(frozen=True)
class _Header:
    """What an array is, and where in its stream it begins."""

    shape: tuple[int, ...]
    order: Literal["F", "C"]
    dtype: np.dtype[np.generic]
    offset: int


def _header(stream: IO[bytes], n_bytes: int, path: Path, key: str) -> _Header:
    """The header of the array in a stream of n_bytes bytes, compared with them."""
    if n_bytes > MAX_BYTES:
        raise DatasetError(path, key, f"at most {MAX_BYTES} bytes", f"{n_bytes} bytes", RESAVE)
    with _named_faults(path, key):
        version = npy.read_magic(stream)
        if version not in HEADERS:
            raise DatasetError(path, key, "npy format 1.0 or 2.0", f"format {version}", RESAVE)
        shape, fortran_order, dtype = HEADERS[version](stream)
    if dtype.hasobject:
        raise DatasetError(
            path, key, "a numeric array", "pickled Python objects, which are never loaded", RESAVE
        )
    # Of nothing there may be any number, in a file of no size.
    if not dtype.itemsize or math.prod(max(n, 1) for n in shape) > MAX_BYTES:
        expected = f"at most {MAX_BYTES} numbers, of a byte or more each"
        raise DatasetError(path, key, expected, f"shape {shape} of {dtype}", RESAVE)
    wanted = math.prod(shape) * dtype.itemsize
    there = n_bytes - stream.tell()
    if wanted != there or min(shape, default=0) < 0:
        expected = f"{wanted} bytes for shape {shape} of {dtype}"
        raise DatasetError(path, key, expected, f"{there} bytes", RESAVE)
    return _Header(shape, "F" if fortran_order else "C", dtype, stream.tell())


def _read(stream: IO[bytes], path: Path, key: str, header: _Header) -> NDArray[np.generic]:
    """The array of an archive's entry, unpacked straight into its place."""
    n_bytes, free = math.prod(header.shape) * header.dtype.itemsize, read.available_memory()
    if n_bytes > free // 2:
        expected = f"at most {free // 2} bytes, half of the memory that is free"
        raise DatasetError(
            path, key, expected, f"{n_bytes} bytes", "Save x as .npy, which is read as needed."
        )
    with _named_faults(path, key):
        flat = np.empty(n_bytes // max(1, header.dtype.itemsize), header.dtype)
        left = flat.view(np.uint8)
        while chunk := stream.read(min(_CHUNK_BYTES, len(left))):
            left[: len(chunk)] = np.frombuffer(chunk, np.uint8)
            left = left[len(chunk) :]
        if len(left):
            raise ValueError(f"{len(left)} bytes are missing")
        return flat.reshape(header.shape, order=header.order)


def _stored(path: Path, key: str) -> Array:
    """The array of a .npy file: in the file where its rows follow one another, else in memory."""
    with read.opened(path) as file:
        header = _header(file, os.fstat(file.fileno()).st_size, path, key)
        if header.order == "F" or not header.shape or 0 in header.shape:
            return _read(file, path, key, header)
        kept = OpenFile(path, os.dup(file.fileno()))
    return StoredArray(kept, header.dtype, header.offset, header.shape)


@contextmanager
def _named_faults(path: Path, key: str) -> Iterator[None]:
    """What numpy and Python's parser say of a bad header, as a DatasetError that names file and array."""
    try:
        yield
    except DatasetError:
        raise
    except HEADER_FAULTS as error:
        raise DatasetError(path, key, "a numpy array", _reason(error), RESAVE) from error


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
