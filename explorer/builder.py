"""The process that builds the atlas of a model while the app is open: one a model, begun here, seen and steered by the
files in its working folder (`atlas.build.control`), so that it matters to nobody who began it.

It gives way to whoever answers a drag. It outlives tabs, and an app that is killed; where the app is stopped from a
terminal, so is this, and what is finished is kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from explorer.atlas.build.claim import begun
from explorer.atlas.build.control import BuildProgress, Requests, partial_of
from explorer.atlas.format import AtlasError, AtlasSettings
from explorer.files import lock, read, write

LOG_FILE = "build.log"
NICENESS = 10
# How a process stands that is at work, has ended, or was stopped, before it began anything too.
_IN_ORDER = (None, 0, 130, 143)
_USUAL = AtlasSettings()
_MOST_OF_A_LOG = 64 << 10
# Of those that this process began, so that each is waited for when it ends.
_begun: dict[Path, subprocess.Popen[bytes]] = {}
_lock = threading.Lock()


def start(
    out: Path,
    checkpoint: Path,
    data: str,
    split: str | None = None,
    data_root: Path | None = None,
    settings: AtlasSettings = _USUAL,
    limit: int | None = None,
) -> None:
    """Begins to build an atlas, or goes on with one; nothing where it is being built.

    Args:
        out: where the atlas is to be.
        checkpoint: the model's folder.
        data: what `datasets.load` takes.
        split: of the data; None for the one that is usual.
        data_root: where data sets are looked for first.
        settings: draws, seed, maps.
        limit: only so many examples, the first; None for all.

    Raises:
        OSError: the working folder or the process cannot be made; names the path.
    """
    with _lock:
        if is_running(out):
            return
        partial = partial_of(out)
        write.folder(partial)
        command = _command(
            out, checkpoint, settings, data=data, split=split, data_root=data_root, limit=limit
        )
        with write.log(partial / LOG_FILE) as said:
            _begun[out] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                creationflags=_POLITE,
                env=_environment(),
            )
        _give_way(_begun[out].pid)


def go_on(out: Path, checkpoint: Path, data_root: Path | None = None) -> None:
    """Goes on with a build that was stopped, whoever began it.

    Raises:
        AtlasError: there is none.
        OSError: the process cannot be made.
    """
    if (before := begun(out)) is None:
        raise AtlasError(partial_of(out), "folder", "a build that was stopped", "none", "Begin it anew.")
    start(out, checkpoint, before.data, before.split, data_root, before.settings, before.n_examples)


def is_running(out: Path) -> bool:
    """Whether an atlas is being built there, whoever began it."""
    process = _begun.get(out)
    return (process is not None and process.poll() is None) or lock.holder_of(partial_of(out)) is not None


def progress(out: Path) -> BuildProgress | None:
    """How far the build is, or was when it ended; None where nothing was begun."""
    return BuildProgress.read(partial_of(out))


def ask(out: Path, **changes: object) -> None:
    """Asks something of the build; what was asked before stays asked.

    Args:
        out: whose.
        changes: fields of `Requests`.

    Raises:
        OSError: it cannot be written down.
    """
    partial = partial_of(out)
    before = Requests.read(partial)
    if (wanted := replace(before, **changes)) != before:  # type: ignore[arg-type]  # fields by name
        wanted.write(partial)


def stop(out: Path) -> None:
    """Has the build keep what it has, and end; returns at once.

    Raises:
        OSError: it cannot be written down.
    """
    ask(out, stop=True)
    process = _begun.get(out)
    if process is not None and process.poll() is None and os.name != "nt":
        # One that is still being imported does not read what it is asked.
        process.terminate()


def log(out: Path) -> str:
    """The end of what the process said; empty where it said nothing."""
    with suppress(OSError), read.opened(partial_of(out) / LOG_FILE) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _MOST_OF_A_LOG))
        return file.read(_MOST_OF_A_LOG).decode(errors="replace").replace("\r", "\n").strip()
    return ""


def fault(out: Path) -> str:
    """Why a process that this one began ended before the atlas was whole; empty where it did not."""
    process = _begun.get(out)
    if process is None or process.poll() in _IN_ORDER or out.is_dir():
        return ""
    lines = log(out).splitlines()
    return lines[-1] if lines else f"the process ended with status {process.returncode}"


# Of Windows, which has no `setpriority`.
_POLITE: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)


def _command(out: Path, checkpoint: Path, settings: AtlasSettings, **options: object) -> list[str]:
    """The line that builds it, with the options that are not None."""
    options |= {
        "out": out,
        "samples": settings.n_samples,
        "target_se": settings.target_se,
        "max_samples": settings.max_samples,
        "seed": settings.seed,
    }
    given = [f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    maps = ["--maps", *settings.maps] if settings.maps else []
    return [sys.executable, "-m", "explorer", "atlas", str(checkpoint), *given, *maps]


def _environment() -> dict[str, str]:
    """That of this process, in which the package is found from any folder."""
    before = os.environ.get("PYTHONPATH")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), before))),
    }


def _give_way(process: int) -> None:
    """Before it has threads, which take after the one that begins them."""
    if os.name != "nt":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, NICENESS)
