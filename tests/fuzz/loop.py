"""A loop that changes what a reader was given, keeps what took it along a new path, and tells what it may not do.

A path is a pair of lines of the explorer that follow one another. Every case follows from the seed.
"""

from __future__ import annotations

import math
import random
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.fuzz.mutator import LONGEST, WHOLE, Layout, Mutator

PACKAGE = str(Path(__file__).parents[2] / "explorer")
# Of one case: seconds of the processor, memory beyond what any case had before, and characters of what is said of it.
MOST_SECONDS, MOST_BYTES, MOST_CHARACTERS = 2.0, 256 << 20, 4096
# A line of a function: the function's number, and the line's in the bits below.
Place = int
LINE_BITS = 20
Tracer = Callable[[FrameType, str, object], Any]


@dataclass(frozen=True)
class Target:
    """A reader, and all that it may answer.

    Attributes:
        read: gives it a case.
        faults: the errors that it documents.
        seeds: whole contents to begin with.
        layout: of its format.
        file: the name of the file, which every error tells; empty where there is none.
    """

    read: Callable[[bytes], object]
    faults: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    layout: Layout = WHOLE
    file: str = ""


@dataclass
class Outcome:
    """What came of a number of cases.

    Attributes:
        n_cases: how many there were.
        n_refused: of them, those that the reader refused by name.
        kept: what took it along a new path, in order.
        paths: pairs of lines.
        faults: a case for each thing that it may not do, by what that was.
        seconds: by the clock.
    """

    n_cases: int = 0
    n_refused: int = 0
    kept: list[bytes] = field(default_factory=list)
    paths: set[tuple[Place, Place]] = field(default_factory=set)
    faults: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0


def explore(
    target: Target,
    n_cases: int,
    seed: int,
    seconds: float = math.inf,
    before: Callable[[bytes], object] = id,
) -> Outcome:
    """Runs a number of cases.

    Args:
        target: the reader.
        n_cases: how many at most, the seeds among them.
        seed: of the changes.
        seconds: after which no other case begins.
        before: told every case before the reader has it.
    """
    outcome, rng = Outcome(), random.Random(seed)
    mutator, pool = Mutator(rng, target.layout), list(target.seeds)
    start = time.perf_counter()
    with _traced() as trace:
        for case in _cases(mutator, rng, pool, n_cases):
            before(case)
            trace.begin()
            judge(outcome, target, case)
            if len(case) <= LONGEST and not trace.path <= outcome.paths:
                outcome.paths |= trace.path
                outcome.kept.append(case)
                pool.append(case)
            outcome.seconds = time.perf_counter() - start
            if outcome.seconds > seconds:
                break
    return outcome


def _cases(mutator: Mutator, rng: random.Random, pool: list[bytes], n_cases: int) -> Iterator[bytes]:
    """What there was to begin with, then changes of that and of what was kept since."""
    yield from (first := pool[:n_cases])
    for _ in range(n_cases - len(first)):
        # Half of them of what came last: it is where something new was found.
        recent = pool[-20:] if rng.random() < 0.5 else pool
        yield mutator.changed(rng.choice(recent), rng.choice(pool))


def judge(outcome: Outcome, target: Target, case: bytes) -> None:
    """Counts one case."""
    outcome.n_cases += 1
    fault, is_refused = answer(target, case)
    outcome.n_refused += is_refused
    if fault:
        outcome.faults.setdefault(fault, case)


def answer(target: Target, case: bytes) -> tuple[str, bool]:
    """What a reader may not do and did, in words, or nothing; and whether it refused the case by name."""
    start, memory = time.process_time(), _most_memory()
    fault, is_refused = "", False
    try:
        target.read(case)
    except target.faults as error:
        fault, is_refused = _fault_of_words(str(error), target.file), True
    except KeyboardInterrupt:
        raise
    # What comes from Rust as a panic is no Exception.
    except BaseException as error:
        fault = _named(error)
    if time.process_time() - start > MOST_SECONDS:
        fault = fault or f"more than {MOST_SECONDS:g} s"
    if _most_memory() - memory > MOST_BYTES:
        fault = fault or f"more than {MOST_BYTES >> 20} MiB"
    return fault, is_refused


def _fault_of_words(words: str, file: str) -> str:
    if len(words) > MOST_CHARACTERS:
        return f"an error of more than {MOST_CHARACTERS} characters"
    if file not in words:
        return "an error that does not name its file"
    try:
        words.encode()
    except UnicodeError:
        return "an error that cannot be written in UTF-8"
    return ""


def _named(error: BaseException) -> str:
    """An error by its kind and the last line of ours that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(PACKAGE)]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside the explorer"
    return f"{type(error).__name__} at {where}"


def _most_memory() -> int:
    """The most memory that this process ever had, bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


class _Trace:
    """The pairs of lines that follow one another, in threads that begin meanwhile too.

    Not by `sys.monitoring`, which Python 3.11 does not have.
    """

    def __init__(self) -> None:
        self.path: set[tuple[Place, Place]] = set()
        self._last: Place = 0
        # By the identity of the code, which lasts as long as it is kept here: to hash code takes longer than to run it.
        self._ours: dict[int, tuple[CodeType, Tracer]] = {}

    def begin(self) -> None:
        """Forgets the case before."""
        self.path.clear()
        self._last = 0

    def call(self, frame: FrameType, _event: str, _what: object) -> Tracer | None:
        """Called by Python wherever a function begins."""
        code = frame.f_code
        if found := self._ours.get(id(code)):
            return found[1]
        if not code.co_filename.startswith(PACKAGE):
            return None
        line = self._lines((len(self._ours) + 1) << LINE_BITS)
        self._ours[id(code)] = code, line
        return line

    def _lines(self, first: Place) -> Tracer:
        """What takes down the lines of one function; `first` is the place of its file's line 0."""

        def line(frame: FrameType, _event: str, _what: object) -> Tracer:
            here = first + frame.f_lineno
            self.path.add((self._last or here, here))
            self._last = here
            return line

        return line


@contextmanager
def _traced() -> Iterator[_Trace]:
    trace, before = _Trace(), sys.gettrace()
    sys.settrace(trace.call)
    threading.settrace(trace.call)
    try:
        yield trace
    finally:
        sys.settrace(before)
        threading.settrace(before)
