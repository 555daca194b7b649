"""Reading what a path names: a plain file, no larger than it may be, and known again if it changes.

A pipe or a device under a file's name is refused before it is read, as it might never end.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """By what a file is known to be the one that was read: it has another after every write and every rename.

    The kernel counts time in steps of a few milliseconds: two writes within one leave the same stamp.
    """

    device: int
    inode: int
    n_bytes: int
    written_ns: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path | int) -> Stamp:
        """The stamp of a path, links followed, or of an open file's descriptor.

        Raises:
            OSError: there is no such file.
        """
        found = os.stat(file)
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stamp(path: Path) -> Stamp | None:
    """The stamp of a path; None where there is nothing."""
    try:
        return Stamp.of(path)
    except OSError:
        return None


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """A plain file, open for reading.

    Raises:
        OSError: there is none, or it is a folder, a pipe or a device.
    """
    # Without O_NONBLOCK the opening of a pipe waits for whoever writes to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is not a plain file")
        yield file


def content(path: Path, most_bytes: int) -> bytes:
    """All of a plain file.

    Raises:
        OSError: there is none, it cannot be read, or it is larger than `most_bytes`.
    """
    with opened(path) as file:
        n_bytes = os.fstat(file.fileno()).st_size
        if n_bytes > most_bytes:
            raise OSError(f"{path} has {n_bytes:,} bytes, more than {most_bytes:,}")
        # One byte more than there should be: a file that grows meanwhile is not read without end.
        found = file.read(n_bytes + 1)
    if len(found) != n_bytes:
        raise OSError(f"{path} changed while it was read")
    return found


def available_memory() -> int:
    """Bytes that can be had without taking them from another program; a large number where that is not known."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        return 1 << 62
