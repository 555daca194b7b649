"""Writing: afterwards the old content is there or the new one, never a third, whatever fails and whenever.

    write(temporary)   fsync(temporary)   rename(temporary, path)   fsync(folder)

A rename is atomic; the sync before it keeps the name from coming to disk ahead of what it names, the one after it
makes the name last (Pillai et al. 2014, All file systems are not created equal). A temporary file that a kill leaves
behind is overwritten by the next try.

Every step that can fail goes through `Disk`, so that the tests can make each of them fail in turn.
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


class Disk:
    """The steps of which writing consists."""

    def create(self, path: Path) -> int:
        """A descriptor of a new, empty file in the place of any that is there."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, 0o666)

    def write(self, descriptor: int, content: memoryview) -> int:
        """Appends what it can; how many bytes that was."""
        return os.write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        """Returns when what was written is on the disk."""
        os.fsync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Gives a file or a folder another name, in the place of any file that has it."""
        os.replace(old, new)

    def sync_folder(self, path: Path) -> None:
        """Returns when the names in a folder are on the disk."""
        # Windows opens no folders, and keeps names by itself.
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Makes a folder and those above it that are not there."""
        path.mkdir(parents=True, exist_ok=True)

    def remove(self, path: Path) -> None:
        """Removes a file."""
        path.unlink()


DISK = Disk()


class _Sink(io.RawIOBase):
    """What a file's content is written to; every byte of it or an error."""

    def __init__(self, path: Path):
        self._descriptor = DISK.create(path)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        # Whoever had it could write past `Disk`.
        raise io.UnsupportedOperation("fileno")

    def write(self, content: object) -> int:
        left = memoryview(content).cast("B")  # type: ignore[arg-type]  # any buffer, as RawIOBase has it
        n_bytes = len(left)
        while len(left):
            left = left[DISK.write(self._descriptor, left) :]
        return n_bytes

    def sync(self) -> None:
        DISK.sync(self._descriptor)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
            super().close()


@contextmanager
def whole(path: Path, *, is_lasting: bool = True) -> Iterator[IO[bytes]]:
    """A file to write to, which gets its name when the block ends without an error.

    Args:
        path: its name.
        is_lasting: whether it has to be there after a crash of the machine; else nothing waits for the disk.

    Raises:
        OSError: it cannot be written (no space, no permission); names the path, whose old content is still there.
    """
    temporary = path.with_name(path.name + ".partial")
    with _named(path):
        try:
            with _Sink(temporary) as sink, io.BufferedWriter(sink, 1 << 20) as file:
                yield file
                file.flush()
                if is_lasting:
                    sink.sync()
            DISK.rename(temporary, path)
        except Exception:
            # Not after a kill, which leaves no time for it.
            with suppress(OSError):
                DISK.remove(temporary)
            raise
        if is_lasting:
            DISK.sync_folder(path.parent)


def content(path: Path, found: bytes) -> None:
    """Writes a whole file; see `whole`."""
    with whole(path) as file:
        file.write(found)


def text(path: Path, found: str) -> None:
    """Writes a whole file in UTF-8; see `whole`."""
    content(path, found.encode())


def note(path: Path, found: str) -> None:
    """Writes a whole file in UTF-8 that is of no use after a crash, many times a minute."""
    with whole(path, is_lasting=False) as file:
        file.write(found.encode())


@contextmanager
def log(path: Path) -> Iterator[IO[bytes]]:
    """A new file for what another process says: there while it is said, and whole or not of no matter.

    Raises:
        OSError: it cannot be made; names the path.
    """
    with _named(path), path.open("wb") as file:
        yield file


def folder(path: Path) -> None:
    """Makes a folder where there is none.

    Raises:
        OSError: it cannot be made; names the path.
    """
    with _named(path):
        DISK.make_folder(path)


def rename(old: Path, new: Path) -> None:
    """Gives a file or a folder its final name in one step; what is in it was written before.

    Raises:
        OSError: names the path that it was to have.
    """
    with _named(new):
        DISK.rename(old, new)
        DISK.sync_folder(new.parent)


def remove(path: Path) -> None:
    """Removes a file; nothing where there is none."""
    with _named(path), suppress(FileNotFoundError):
        DISK.remove(path)


def remove_folder(path: Path) -> None:
    """Removes a folder of files, with all that is in it."""
    with _named(path):
        shutil.rmtree(path)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """A fault of the system in words that name the path and say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        free = _free(path)
        advice = f"{free} free there. " if free else ""
        said = f"could not be written: {os.strerror(error.errno)}. {advice}What was finished before is kept."
        raise OSError(error.errno, said, str(path)) from error


def _free(path: Path) -> str:
    """How much room there is where a path lies, in words; empty where nobody can say."""
    while not path.exists() and path != path.parent:
        path = path.parent
    with suppress(OSError):
        return f"{shutil.disk_usage(path).free / 2**20:,.0f} MiB"
    return ""
