"""What a build says of itself, and what is asked of it: two small files in its working folder, for any other process.

progress.json   the stage, how much of it is done, since when
requests.json   to pause, to stop, and the rows that somebody waits for
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from explorer.files import Stamp, read, write
from explorer.steps import Report, Step

PROGRESS_FILE, REQUESTS_FILE = "progress.json", "requests.json"
MAX_BYTES = 1 << 20
MAX_FIRST = 50_000
_SECONDS_BETWEEN = 0.4
_SECONDS_OF_A_PAUSE = 0.2


# Whatever a file may hold.
_FAULTS = (OSError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


class BuildStopped(Exception):
    """Raised inside a build that was asked to stop."""


def partial_of(out: Path) -> Path:
    """The working folder of a build into `out`."""
    return out.with_name(out.name + ".partial")


@dataclass(frozen=True)
class BuildProgress:
    """How far a build is.

    Attributes:
        stage: "codes", a map's id, "elbo", "scores" or "writing".
        n_done: of the stage.
        n_total: of the stage.
        a_second: how many a second, in this stage and run; 0 before that is known.
        is_paused: whether it waits to go on.
        told: seconds since the epoch, when this was said.
    """

    stage: str
    n_done: int
    n_total: int
    a_second: float = 0.0
    is_paused: bool = False
    told: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of this stage; None before that is known."""
        return (self.n_total - self.n_done) / self.a_second if self.a_second > 0 else None

    @classmethod
    def read(cls, partial: Path) -> BuildProgress | None:
        """What a build said last; None where there is none, or nothing that can be read."""
        with suppress(*_FAULTS):
            found = _content(partial / PROGRESS_FILE)
            kinds = {"stage": str, "n_done": int, "n_total": int, "a_second": float, "is_paused": bool}
            return cls(**{name: kind(found[name]) for name, kind in kinds.items()}, told=float(found["told"]))
        return None


@dataclass(frozen=True)
class Requests:
    """What is asked of a build.

    Attributes:
        pause: to wait until this is taken back.
        stop: to end; what is finished is kept.
        first: rows that somebody waits for, those that matter most first.
    """

    pause: bool = False
    stop: bool = False
    first: tuple[int, ...] = ()

    @classmethod
    def read(cls, partial: Path) -> Requests:
        """What stands in the file; nothing where there is none, or none that can be read."""
        with suppress(*_FAULTS):
            found = _content(partial / REQUESTS_FILE)
            first = tuple(int(row) for row in found["first"][:MAX_FIRST])
            return cls(bool(found["pause"]), bool(found["stop"]), first)
        return cls()

    def write(self, partial: Path) -> None:
        """Asks it; a build that is not there is not asked.

        Raises:
            OSError: it cannot be written.
        """
        if partial.is_dir():
            text = json.dumps(asdict(replace(self, first=self.first[:MAX_FIRST])))
            write.note(partial / REQUESTS_FILE, text)


class Control:
    """Passes on what a build reports, writes it down, and does what is asked.

    Args:
        partial: the working folder, which is held.
        n_rows: of the atlas.
        report: who else is told; an exception that it raises stops the build.
    """

    def __init__(self, partial: Path, n_rows: int, report: Report[None]):
        self._partial, self._n_rows, self._report = partial, n_rows, report
        self._requests = Requests()
        self._stamp: Stamp | None = _NOT_READ
        self._stage, self._begun, self._n_begun, self._told = "", 0.0, 0, 0.0
        if Requests.read(partial) != self._requests:
            # What was asked of an earlier run was done.
            self._requests.write(partial)

    def report(self, step: Step[None], before_pause: Callable[[], None] = lambda: None) -> None:
        """Says how far the build is, and waits where it is to pause.

        Args:
            step: how far.
            before_pause: what is done before it waits.

        Raises:
            BuildStopped: it was asked to stop.
        """
        self._write(step, False)
        self._report(step)
        if self.requests.pause:
            before_pause()
            self._write(step, True, at_once=True)
        began = time.monotonic()
        while self.requests.pause and not self.requests.stop:
            time.sleep(_SECONDS_OF_A_PAUSE)
        if self.requests.stop:
            raise BuildStopped
        self._begun += time.monotonic() - began

    @property
    def requests(self) -> Requests:
        """What is asked now."""
        if (stamp := read.stamp(self._partial / REQUESTS_FILE)) != self._stamp:
            self._requests, self._stamp = Requests.read(self._partial), stamp
        return self._requests

    @property
    def first(self) -> np.ndarray:
        """The rows of this atlas that somebody waits for."""
        return np.array([row for row in self.requests.first if 0 <= row < self._n_rows], np.int64)

    def _write(self, step: Step[None], is_paused: bool, at_once: bool = False) -> None:
        now = time.monotonic()
        if is_new := step.stage != self._stage:
            self._stage, self._begun, self._n_begun = step.stage, now, step.n_done
        if not (is_new or at_once) and now - self._told < _SECONDS_BETWEEN:
            return
        self._told = now
        seconds = now - self._begun
        a_second = (step.n_done - self._n_begun) / seconds if seconds > 0 else 0.0
        said = BuildProgress(step.stage, step.n_done, step.n_total, a_second, is_paused, time.time())
        write.note(self._partial / PROGRESS_FILE, json.dumps(asdict(said)))


# Unlike that of any file, and of none.
_NOT_READ = Stamp(-1, -1, -1, -1, -1)


def _content(path: Path) -> dict[str, Any]:
    found = json.loads(read.content(path, MAX_BYTES))
    if not isinstance(found, dict):
        raise TypeError(f"{path} is no object")
    return found
