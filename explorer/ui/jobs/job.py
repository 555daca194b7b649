"""Long work in a thread: progress that a page can show, a way to stop it, and nothing computed is lost.

The work reports steps, whose results are each better or further than the last; the job keeps the newest, so a stopped
job still has what it reached. A stop takes effect at the next report.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from explorer.steps import Report, Step

Result = TypeVar("Result")
NICENESS = 10


class Stopped(Exception):
    """Raised inside the work, at a report, after somebody asked it to stop."""


class Job(Generic[Result]):
    """One running piece of work.

    Args:
        work: is given the function that it reports to.
        gives_way: whether all else goes first; not where somebody waits for a second of work.
    """

    def __init__(self, work: Callable[[Report[Result]], None], *, gives_way: bool = True):
        self.step: Step[Result] | None = None
        self.error: Exception | None = None
        self.started = time.monotonic()
        self._work, self._gives_way = work, gives_way
        self._stop = threading.Event()
        self._is_unwanted: Callable[[], bool] = lambda: False
        self._news = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="job", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def was_stopped(self) -> bool:
        return self._stop.is_set()

    @property
    def newest(self) -> Result | None:
        """What the work has come to."""
        return None if self.step is None else self.step.result

    @property
    def progress(self) -> float:
        """0 to 1."""
        return 0.0 if self.step is None else self.step.fraction

    def stop(self) -> None:
        """Asks the work to end at its next report; returns at once."""
        self._stop.set()

    def stop_when(self, is_unwanted: Callable[[], bool]) -> None:
        """Stops as if it were asked to, when this is so at a report."""
        self._is_unwanted = is_unwanted

    def wait(self, seconds: float) -> bool:
        """Waits for the end; whether it came."""
        self._thread.join(seconds)
        return not self.is_running

    def wait_for(self, is_enough: Callable[[Step[Result]], bool], seconds: float) -> None:
        """Waits for a step that is enough, or the end, but not longer than so many seconds."""

        def is_there() -> bool:
            return self._is_over or (self.step is not None and is_enough(self.step))

        with self._news:
            self._news.wait_for(is_there, seconds)

    def _report(self, step: Step[Result]) -> None:
        with self._news:
            self.step = step
            self._news.notify_all()
        if self._is_unwanted():
            self.stop()
        if self.was_stopped:
            raise Stopped

    def _run(self) -> None:
        if self._gives_way:
            give_way()
        try:
            self._work(self._report)
        except Stopped:
            pass
        # A thread has nobody above it: the page shows what went wrong.
        except Exception as error:
            self.error = error
        with self._news:
            self._is_over = True
            self._news.notify_all()


def give_way() -> None:
    """Has the system prefer every other thread to this one, and to those that it starts: drags are answered first."""
    # Linux counts it by thread; elsewhere it would be the whole process.
    if sys.platform == "linux":
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, max(NICENESS, os.getpriority(os.PRIO_PROCESS, own)))


def each(steps: Iterator[Step[Result]]) -> Callable[[Report[Result]], None]:
    """The work of going through its steps."""

    def work(report: Report[Result]) -> None:
        for step in steps:
            report(step)

    return work
