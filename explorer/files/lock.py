"""One writer a folder: whoever comes second is told who is there.

The system lets go of the lock when its holder ends, however it ends.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from explorer.files import write

LOCK_FILE, HOLDER_FILE = ".lock", ".holder"


class HeldError(Exception):
    """Another process, or another thread of this one, holds the folder.

    Args:
        holder: who, in words.
    """

    def __init__(self, holder: str):
        self.holder = holder
        super().__init__(holder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a folder, which is made where it is not there, until the block ends.

    Raises:
        HeldError: somebody else does.
        OSError: it cannot be written to; names the path.
    """
    write.folder(folder)
    lock = filelock.FileLock(folder / LOCK_FILE, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise HeldError(_holder(folder)) from None
    try:
        write.text(folder / HOLDER_FILE, _this_process())
        yield
    finally:
        for name in (HOLDER_FILE, LOCK_FILE):
            with suppress(OSError):
                (folder / name).unlink()
        lock.release()


def holder_of(folder: Path) -> str | None:
    """Who holds a folder, in words; None where nobody does."""
    if not (folder / LOCK_FILE).exists():
        return None
    lock = filelock.FileLock(folder / LOCK_FILE, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return _holder(folder)
    lock.release()
    return None


def _this_process() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {platform.node() or 'this machine'}, since {since}"


def _holder(folder: Path) -> str:
    """Who holds a folder; it says so itself, a moment after it has the lock."""
    with suppress(OSError, UnicodeDecodeError):
        return (folder / HOLDER_FILE).read_text(encoding="utf-8")
    return "another process"
