"""A source is read in a process of its own, with limits: what a stranger's file does to its parser, it does there.

The process is given a path and hands over a draft as data (`stored_draft`), or a fault in words; nothing of it is
unpickled. Its folder is removed, and the process with whatever it began is ended, however the reading ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from explorer.files import read as files
from explorer.files import write
from explorer.importing import child, stored_draft
from explorer.importing.draft import Draft, ImportFault
from explorer.importing.registry import MAKES, make_of
from explorer.models.checkpoints import CheckpointError
from explorer.steps import Report, Step

_POLL_SECONDS = 0.05
_MOST_FILES = 10_000
_GIB = 1 << 30
# A child that is told to is ended by these.
_OF_TIME = tuple(getattr(signal, name) for name in ("SIGXCPU",) if hasattr(signal, name))


@dataclass(frozen=True)
class Limits:
    """What the reading of a source may take.

    Attributes:
        seconds: by the clock, with the start of the process; held everywhere.
        cpu_seconds: of computing; held where the system can, on Linux and macOS.
        memory_bytes: beside what the process has at its start; held on Linux.
        file_bytes: of any file that it writes, weights above all; held on Linux and macOS.
    """

    seconds: float = 180.0
    cpu_seconds: int = 120
    memory_bytes: int = 4 * _GIB
    file_bytes: int = 4 * _GIB


_USUAL = Limits()


def read(
    path: Path | str,
    make: str | None = None,
    report: Report[Draft] | None = None,
    limits: Limits = _USUAL,
    module: str = child.__name__,
) -> Draft:
    """Reads a source into a draft.

    Args:
        path: a file or a folder; links are followed once, and what lies in a folder has to lie in it.
        make: a key of `MAKES`; None for the first that takes the path.
        report: told how much of the time is used; what it raises ends the reading.
        limits: what the process may take.
        module: what runs there; tests have others.

    Raises:
        ImportFault: there is no such source, it cannot be read, or its reading took more than it may.
    """
    whole = _whole(Path(path))
    make = make or make_of(whole)
    if make is None:
        known = "; ".join(kind.title for kind in MAKES.values())
        raise ImportFault(path, "kind", f"one of: {known}", _what_is_there(whole))
    with tempfile.TemporaryDirectory(prefix="explorer-import-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        asked = {"path": str(whole), "make": make, "limits": _of_system(limits)}
        write.text(folder / child.REQUEST_FILE, json.dumps(asked))
        with _process(folder, module) as process:
            status = _ended(process, limits, report or (lambda step: None), whole)
        return replace(_result(folder, whole, status, limits), make=make)


def _of_system(limits: Limits) -> dict[str, int]:
    return {name: int(value) for name, value in asdict(limits).items() if name != "seconds"}


def _whole(path: Path) -> Path:
    """The path without links; a folder holds no way out of it.

    Raises:
        ImportFault: there is nothing, or a folder that leads outside, or to what is no plain file.
    """
    try:
        whole = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ImportFault(path, "path", "a file or a folder", "nothing", "Check the path.") from error
    if whole.is_dir():
        for n, (where, folders, names) in enumerate(os.walk(whole)):
            if n + len(names) > _MOST_FILES:
                raise ImportFault(path, "folder", f"at most {_MOST_FILES:,} files", "more")
            for name in (*folders, *names):
                _check_inside(Path(where) / name, whole)
    elif not whole.is_file():
        raise ImportFault(path, "path", "a plain file or a folder", "a pipe or a device")
    return whole


def _check_inside(path: Path, whole: Path) -> None:
    target = path.resolve()
    if not target.is_relative_to(whole):
        raise ImportFault(
            path, "link", f"one to what lies in {whole}", target, "Copy the file into the folder."
        )
    if not (target.is_file() or target.is_dir()):
        raise ImportFault(path, "file", "a plain file", "a pipe, a device or a broken link", "Remove it.")


def _what_is_there(path: Path) -> str:
    return (
        "a folder of other files"
        if path.is_dir()
        else f"a file of another kind, {path.suffix or 'no suffix'}"
    )


@contextmanager
def _process(folder: Path, module: str) -> Iterator[subprocess.Popen[bytes]]:
    """The child; it and what it began are ended when the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A group of its own, so that what it begins can be ended with it.
        start_new_session=os.name != "nt",
    )
    try:
        yield process
    finally:
        with suppress(OSError):
            if os.name == "nt":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(folder: Path) -> dict[str, str]:
    """Where this process imports from, and nothing that it was told: no keys, no proxies, no paths."""
    imports = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    home = {name: str(folder) for name in ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE")}
    # Windows starts no Python without it, and it is the same on every machine.
    system = {"SYSTEMROOT": r"C:\Windows"} if os.name == "nt" else {}
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    return {"PYTHONPATH": imports, **home, **system, **quiet}


def _ended(process: subprocess.Popen[bytes], limits: Limits, report: Report[Draft], path: Path) -> int:
    """How the child ended.

    Raises:
        ImportFault: it took too long.
    """
    start = time.monotonic()
    while (status := process.poll()) is None:
        used = (time.monotonic() - start) / limits.seconds
        if used >= 1:
            raise _too_long(path, limits.seconds)
        report(Step(used, stage="reading"))
        time.sleep(_POLL_SECONDS)
    return status


def _result(folder: Path, path: Path, status: int, limits: Limits) -> Draft:
    if (folder / child.FAULT_FILE).exists():
        raise _told(folder, path, limits)
    if -status in _OF_TIME:
        raise _too_long(path, limits.cpu_seconds)
    if status != 0:
        raise ImportFault(path, "content", "a file that can be read", _of_crash(status), _IS_DAMAGED)
    try:
        return stored_draft.load(folder, limits.file_bytes)
    except (CheckpointError, ImportFault) as error:
        # Its own folder is gone when this is read.
        raise ImportFault(path, error.key, error.expected, error.found, error.advice) from error


_IS_DAMAGED = "It may be damaged or hostile; nothing of it was kept."


def _told(folder: Path, path: Path, limits: Limits) -> ImportFault:
    """The fault that the child put into words."""
    try:
        found = json.loads(files.content(folder / child.FAULT_FILE, child.MOST_BYTES_OF_FAULT))
        if found["kind"] == "memory":
            most = f"{limits.memory_bytes / _GIB:g} GiB"
            advice = "It may be damaged; where it is not, import it on a machine with more memory."
            return ImportFault(
                path, "memory", f"a file that is read with at most {most}", "it needed more", advice
            )
        parts = [str(found[name]) for name in ("path", "key", "expected", "found", "advice")]
        return ImportFault(*parts)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ImportFault(
            path, "content", "a file that can be read", "words that make no sense", _IS_DAMAGED
        )


def _too_long(path: Path, seconds: float) -> ImportFault:
    advice = "It may be damaged; nothing of it was kept."
    return ImportFault(path, "time", f"a file that is read in {seconds:g} s", "it took more", advice)


def _of_crash(status: int) -> str:
    """How a process ended badly, in words."""
    if status >= 0:
        return f"its reader ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    words = {"SIGKILL": "its reader was ended, as it took too much", "SIGXFSZ": "its reader wrote too much"}
    return words.get(name, f"its reader crashed ({name})")
