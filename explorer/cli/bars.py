"""Progress of work that comes in stages: one bar at a time, a new one for each stage."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from tqdm import tqdm

from explorer.steps import Step

Result = TypeVar("Result")
_SECONDS_BETWEEN_LINES = 30.0


class ProgressBars:
    """Call it with every step; leaving the context closes the last bar."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._stage = ""

    def __enter__(self) -> ProgressBars:
        return self

    def __call__(self, step: Step[Result]) -> None:
        if step.stage != self._stage:
            self.__exit__()
            self._stage = step.stage
            # A log has a line where a terminal has a bar that moves.
            pause = 0.1 if sys.stderr.isatty() else _SECONDS_BETWEEN_LINES
            self._bar = tqdm(
                total=step.n_total, desc=step.stage, dynamic_ncols=True, mininterval=pause, maxinterval=pause
            )
        assert self._bar is not None, "a stage has a name"
        self._bar.update(step.n_done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def follow(self, steps: Iterable[Step[Result]], stage: str = "") -> Result:
        """Shows each step, under this name where it has no stage of its own; returns what the work comes to."""
        for step in steps:
            if step.stage or stage:
                self(replace(step, stage=step.stage or stage))
        assert step.result is not None, "work ends with a result"
        return step.result
