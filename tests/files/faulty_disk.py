"""Every step of writing made to fail in turn, as SQLite's tests do it (sqlite.org/testing.html, section 3).

for where, failed in each_failure(act, folders):   # a fresh folder each time, where `act` failed at one step
    ...                                            # what must hold now
    act(where)                                     # on a healthy disk: ends as if nothing had happened
"""

import errno
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from explorer.files import write
from explorer.files.write import Disk

MODES = ("no space", "broken", "short", "killed before", "killed after")


class Killed(BaseException):
    """The process is gone: nothing of it may do another step."""


@dataclass(frozen=True)
class Failure:
    """The step at which a disk failed, and how."""

    step: int
    name: str
    mode: str

    @property
    def is_kill(self) -> bool:
        return self.mode.startswith("killed")


class FaultyDisk(Disk):
    """A disk that fails once, at one step.

    Args:
        at: the step, counted from 0; None never.
        mode: one of `MODES`. "short" writes half of what it is given and has no space for the rest.
    """

    def __init__(self, at: int | None = None, mode: str = "broken"):
        self.at, self.mode = at, mode
        self.steps: list[tuple[str, Path | int]] = []
        self.is_gone = False
        self.has_failed = False

    def create(self, path: Path) -> int:
        return self._step("create", path, lambda: super(FaultyDisk, self).create(path))

    def write(self, descriptor: int, content: memoryview) -> int:
        is_short = self.mode == "short" and len(self.steps) == self.at
        if is_short and len(content) > 1:
            self.at = len(self.steps) + 1  # what is left of it is what fails
            content = content[: len(content) // 2]
        return self._step("write", descriptor, lambda: super(FaultyDisk, self).write(descriptor, content))

    def sync(self, descriptor: int) -> None:
        self._step("sync", descriptor, lambda: super(FaultyDisk, self).sync(descriptor))

    def rename(self, old: Path, new: Path) -> None:
        self._step("rename", new, lambda: super(FaultyDisk, self).rename(old, new))

    def sync_folder(self, path: Path) -> None:
        self._step("sync_folder", path, lambda: super(FaultyDisk, self).sync_folder(path))

    def make_folder(self, path: Path) -> None:
        self._step("make_folder", path, lambda: super(FaultyDisk, self).make_folder(path))

    def remove(self, path: Path) -> None:
        self._step("remove", path, lambda: super(FaultyDisk, self).remove(path))

    def _step(self, name: str, what: Path | int, do: Callable[[], Any]) -> Any:
        if self.is_gone:
            raise Killed
        is_it = len(self.steps) == self.at and not self.has_failed
        self.steps.append((name, what))
        if not is_it:
            return do()
        self.has_failed = True
        if self.mode == "killed after":
            do()
        if self.mode.startswith("killed"):
            self.is_gone = True
            raise Killed
        raise OSError(errno.ENOSPC if self.mode in ("no space", "short") else errno.EIO, "on purpose")


def on(disk: Disk, act: Callable[[], object]) -> BaseException | None:
    """Acts with a disk in the place of the real one; what it failed with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "DISK", disk)
        try:
            act()
        except (OSError, ValueError, Killed) as error:
            return error
    return None


def each_failure(
    act: Callable[[Path], object], prepare: Callable[[], Path], modes: tuple[str, ...] = MODES
) -> Iterator[tuple[Path, Failure]]:
    """A folder for each way in which `act` can fail in it.

    Args:
        act: is given a folder that `prepare` made.
        prepare: makes a fresh one.
        modes: how a step fails.
    """
    whole = FaultyDisk()
    where = prepare()
    assert on(whole, lambda: act(where)) is None
    assert whole.steps, "it writes"
    for mode, (step, (name, _)) in itertools.product(modes, enumerate(whole.steps)):
        disk, where = FaultyDisk(step, mode), prepare()
        error = on(disk, lambda where=where: act(where))  # type: ignore[misc]  # bound at once
        if disk.has_failed:  # not where a step is taken only after the clock, or another thread, says so
            yield where, Failure(step, name, mode)
            assert error is not None or name in ("remove", "sync_folder"), f"{name} failed without a word"
