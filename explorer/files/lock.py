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
from explorer.files.fault import FileFault

LOCK_FILE, HOLDER_FILE = ".lock", ".holder"


@contextmanager
def held(folder: Path, fault: type[FileFault] = FileFault) -> Iterator[None]:
    """Holds a folder, which is made where it is not there, until the block ends.

    Args:
        folder: where one process at a time may work.
        fault: the error of whoever keeps something there.

    Raises:
        FileFault: somebody else does; says who. It is of the kind that was given.
        OSError: it cannot be written to; names the path.
    """
    write.folder(folder)
    lock = filelock.FileLock(folder / LOCK_FILE, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        advice = "Wait until it has ended, or stop it; what it has finished is kept."
        raise fault(folder, "folder", "nobody at work in it", _holder(folder), advice) from None
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
