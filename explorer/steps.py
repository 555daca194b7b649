"""Work that comes in steps: how far it is, and what it has come to.

Whoever does it yields a `Step` after each, or gives one to the function that it reports to; whoever asked for it shows
the fraction, takes the newest result, and may stop at any step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


@dataclass(frozen=True)
class Step(Generic[Result_co]):
    """One step of some work.

    Attributes:
        fraction: of the work that is done, 0 to 1; where work has stages, of the stage.
        result: what it has come to, no worse than at the step before; None until there is anything.
        stage: which part of the work this is, where it has several; each counts to its own end.
        n_total: what a stage counts: examples, or hundredths.
    """

    fraction: float
    result: Result_co | None = None
    stage: str = ""
    n_total: int = 100

    @property
    def n_done(self) -> int:
        """Of `n_total`."""
        return round(self.fraction * self.n_total)


Report = Callable[[Step[Result]], None]


def counted(stage: str, n_done: int, n_total: int) -> Step[Result]:
    """A step of a stage that counts; one that has nothing to count is done."""
    return Step(n_done / n_total if n_total else 1.0, None, stage, n_total)


def last(steps: Iterable[Step[Result]]) -> Result:
    """What the work comes to, once all of it is done."""
    *_, step = steps
    assert step.result is not None, "work ends with a result"
    return step.result
