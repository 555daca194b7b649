"""Long work in a thread: progress that a page can show, a way to stop it, and nothing computed is lost.

A task is an iterator of results, each better than the last (more draws, more frames). The job keeps the newest, so a
stopped job still has what it reached.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Job(Generic[Result]):
    """One running task.

    Args:
        task: iterates over ever better results.
        share_done: the share of the work, 0 to 1, that a result stands for.
    """

    def __init__(self, task: Iterator[Result], share_done: Callable[[Result], float]):
        self.newest: Result | None = None
        self.error: Exception | None = None
        self._task, self._share_done = task, share_done
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    @property
    def progress(self) -> float:
        """0 to 1."""
        return 0.0 if self.newest is None else self._share_done(self.newest)

    def stop(self) -> None:
        """Asks the task to end after its current step; returns at once."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Waits for the end; whether it came."""
        self._thread.join(seconds)
        return not self.is_running

    def _run(self) -> None:
        try:
            for result in self._task:
                self.newest = result
                if self._stop.is_set():
                    return
        # A thread has nobody above it: the page shows what went wrong.
        except Exception as error:
            self.error = error
