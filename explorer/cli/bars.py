"""Progress of work that comes in stages: one bar at a time, a new one for each stage."""

from __future__ import annotations

from typing import Protocol

from tqdm import tqdm


class Progress(Protocol):
    """How far one stage is."""

    @property
    def stage(self) -> str: ...

    @property
    def n_done(self) -> int: ...

    @property
    def n_total(self) -> int: ...


class Bars:
    """Call it with every record of progress; leaving the context closes the last bar."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._stage = ""

    def __enter__(self) -> Bars:
        return self

    def __call__(self, progress: Progress) -> None:
        if progress.stage != self._stage:
            self.__exit__()
            self._stage = progress.stage
            self._bar = tqdm(total=progress.n_total, desc=progress.stage, dynamic_ncols=True)
        assert self._bar is not None, "opened above"
        self._bar.update(progress.n_done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
