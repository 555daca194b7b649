"""One array out of a .npy file or a .npz archive, each claim of its header checked before it is believed.

Nothing is unpickled, and no memory is asked for that the file could not fill: the header's shape
and type must account for exactly the bytes that follow it, and those are bounded by MAX_BYTES.

The array of a .npy file is mapped, not read: a million images cost the memory of those that are looked at.
"""

import math
import mmap
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from explorer.datasets.error import DatasetError

MAX_BYTES = 4 << 30
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# A header is a Python literal: a damaged one fails in numpy, in ast or in tokenize.
HEADER_FAULTS = (ValueError, TypeError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError)
RESAVE = "Save it again with numpy.savez(path, x=..., y=...) from plain numeric arrays."


def arrays(path: Path, wanted: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """The wanted arrays of a .npz file by name; the array of a .npy file under the first wanted name.

    Args:
        path: ends in .npy or .npz
        wanted: the first must be there, the others may be; anything else in the file is not read

    Raises:
        DatasetError: missing, unreadable or truncated file, no such array, a pickle inside, or over 4 GiB
    """
    try:
        if path.suffix == ".npy":
            with path.open("rb") as stream:
                header = _header(stream, path.stat().st_size, path, wanted[0])
            return {wanted[0]: _mapped(path, wanted[0], header)}
        return _unzipped(path, wanted)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise DatasetError(path, "file", f"a readable {path.suffix} file", _reason(error), RESAVE) from error


def _unzipped(path: Path, wanted: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        if wanted[0] not in entries:
            raise DatasetError(
                path, wanted[0], "an array of this name", ", ".join(entries) or "no arrays", RESAVE
            )
        found = {}
        for key in wanted:
            if key in entries:
                with archive.open(entries[key]) as stream:
                    header = _header(stream, entries[key].file_size, path, key)
                    found[key] = _read(stream, path, key, header)
        return found


def release(values: NDArray[np.generic]) -> None:
    """Gives back the memory of the pages that a pass over a mapped array has read; nothing for any other."""
    owner: object = values
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


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
    wanted = math.prod(shape) * dtype.itemsize
    there = n_bytes - stream.tell()
    if wanted != there or min(shape, default=0) < 0:
        expected = f"{wanted} bytes for shape {shape} of {dtype}"
        raise DatasetError(path, key, expected, f"{there} bytes", RESAVE)
    return _Header(shape, "F" if fortran_order else "C", dtype, stream.tell())


def _read(stream: IO[bytes], path: Path, key: str, header: _Header) -> NDArray[np.generic]:
    with _named_faults(path, key):
        flat = np.frombuffer(stream.read(), dtype=header.dtype)
        return flat.reshape(header.shape, order=header.order)


def _mapped(path: Path, key: str, header: _Header) -> NDArray[np.generic]:
    if 0 in header.shape:
        # There is nothing to map.
        return np.empty(header.shape, header.dtype)
    with _named_faults(path, key):
        mapped = np.memmap(path, header.dtype, "r", header.offset, header.shape, header.order)
        return np.asarray(mapped)


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
