"""What readers do with contents that nobody meant them to have: a hundred thousand changes each, led by coverage.

Every reader has a process of its own, so that one that is killed is told too. With atheris (it is in no list of
requirements: `pip install atheris`) libFuzzer chooses what is changed further, by its instrumented branches; without,
the tests' own loop does, by pairs of lines. The changes are the same: `tests/fuzz/mutator.py`.

    python -m benchmarks.fuzz --cases 100000
    python -m benchmarks.fuzz --reader npz --seconds 60 --keep tests/fuzz/corpus
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Not before atheris has instrumented it.
if TYPE_CHECKING:
    from tests.fuzz.loop import Outcome, Target

ENGINES = ("own", "atheris")
HEADER = "| reader | engine | cases | refused by name | new paths | at fault | cases/s |"
SECONDS_TO_START = 120
# Of a corpus in the repository.
LARGEST_KEPT = 1 << 16


@dataclass(frozen=True)
class Row:
    """One reader's line of the table; `faults` are what it may not do."""

    reader: str
    engine: str
    n_cases: int
    n_refused: int
    n_new_paths: int
    seconds: float
    faults: tuple[str, ...]

    def line(self) -> str:
        """The line in Markdown."""
        counts = (self.n_cases, self.n_refused, self.n_new_paths, len(self.faults))
        figures = " | ".join(f"{n:,}" for n in (*counts, round(self.n_cases / max(self.seconds, 1e-9))))
        return f"| {self.reader} | {self.engine} | {figures} |"


def measured(reader: str, engine: str, n_cases: int, seconds: float, seed: int, keep: Path | None) -> Row:
    """One reader's cases, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        folder = Path(place)
        asked = ["--reader", reader, "--engine", engine, "--cases", str(n_cases), "--seconds", str(seconds)]
        command = [sys.executable, "-m", "benchmarks.fuzz", *asked, "--seed", str(seed), "--child", place]
        with (folder / "said").open("wb") as said:
            code = _ended(command, seconds + SECONDS_TO_START, said)
        row = _row(folder, reader, engine, code)
        for fault in row.faults:
            print(f"{reader}: {fault}", file=sys.stderr)
        if keep is not None:
            _keep(folder, keep / reader)
    return row


def _ended(command: list[str], seconds: float, said: Any) -> int:
    """How a process ended; -9 where it did not end by itself."""
    try:
        return subprocess.run(command, stdout=said, stderr=said, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        return -9


def _row(folder: Path, reader: str, engine: str, code: int) -> Row:
    """What a process has written down; of one that was killed its last case is what it may not do."""
    if (file := folder / "row.json").exists():
        content = json.loads(file.read_text())
        return Row(**{**content, "faults": tuple(content["faults"])})
    if not (folder / "case").exists():
        raise SystemExit(f"{reader}: no case was read:\n{(folder / 'said').read_text()[-3000:]}")
    fault = f"the process ended with {code}"
    _write_fault(folder, fault, (folder / "case").read_bytes())
    return Row(reader, engine, 0, 0, 0, 0.0, (fault,))


def _keep(folder: Path, corpus: Path) -> None:
    for case in (folder / "faults").glob("*"):
        if case.stat().st_size <= LARGEST_KEPT:
            corpus.mkdir(parents=True, exist_ok=True)
            (corpus / case.name).write_bytes(case.read_bytes())


def _write_fault(folder: Path, fault: str, case: bytes) -> None:
    (folder / "faults").mkdir(exist_ok=True)
    (folder / "faults" / re.sub(r"\W+", "-", fault)[:80]).write_bytes(case)


def _child(folder: Path, reader: str, engine: str, n_cases: int, seconds: float, seed: int) -> None:
    """Runs one reader's cases and writes a row."""
    warnings.simplefilter("error")
    logging.disable(logging.CRITICAL)
    with _instrumented(engine):
        from tests.fuzz.targets import Readers
    (folder / "work").mkdir()
    target = Readers(folder / "work")[reader]

    def done(outcome: Outcome, n_new: int) -> None:
        for fault, case in outcome.faults.items():
            _write_fault(folder, fault, case)
        figures = (outcome.n_cases, outcome.n_refused, n_new, outcome.seconds, tuple(outcome.faults))
        (folder / "row.json").write_text(json.dumps(asdict(Row(reader, engine, *figures))))

    _ENGINES[engine](folder, target, n_cases, seconds, seed, done)


def _instrumented(engine: str) -> Any:
    if engine != "atheris":
        return nullcontext()
    import atheris

    return atheris.instrument_imports(include=["explorer"])


Done = Callable[["Outcome", int], None]


def _by_own_loop(folder: Path, target: Target, n_cases: int, seconds: float, seed: int, done: Done) -> None:
    from tests.fuzz.loop import explore

    with (folder / "case").open("wb", buffering=0) as last:
        outcome = explore(target, n_cases, seed, seconds=seconds, before=lambda case: _note(last, case))
    done(outcome, len(outcome.kept))


def _by_atheris(folder: Path, target: Target, n_cases: int, seconds: float, seed: int, done: Done) -> None:
    """libFuzzer ends the process by itself: the row is written at the last case."""
    import time

    import atheris

    from tests.fuzz.loop import Outcome, judge
    from tests.fuzz.mutator import LONGEST, Mutator

    corpus = folder / "corpus"
    corpus.mkdir()
    for i, content in enumerate(target.seeds):
        (corpus / f"seed-{i}").write_bytes(content)
    outcome, start = Outcome(), time.perf_counter()
    last = (folder / "case").open("wb", buffering=0)

    def read(case: bytes) -> None:
        _note(last, case)
        judge(outcome, target, case)
        outcome.seconds = time.perf_counter() - start
        if outcome.n_cases == n_cases or outcome.seconds > seconds:
            done(outcome, sum(1 for _ in corpus.iterdir()) - len(target.seeds))
            # libFuzzer takes an exception for a crash, SystemExit too.
            os._exit(0)

    def changed(case: bytes, most: int, draw: int) -> bytes:
        rng = random.Random(draw)
        return Mutator(rng, target.layout).changed(case, rng.choice(target.seeds))[:most]

    options = [
        f"-seed={seed + 1}",
        f"-max_len={LONGEST}",
        "-timeout=60",
        "-rss_limit_mb=0",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], read, custom_mutator=changed)
    atheris.Fuzz()


_ENGINES = {"own": _by_own_loop, "atheris": _by_atheris}


def _note(file: Any, case: bytes) -> None:
    """Writes down what comes next, for whoever asks what a process that was killed had read."""
    file.seek(0)
    file.write(case)
    file.truncate()


def main() -> None:
    """Prints a line for each reader; fails where one of them was at fault."""
    usual = "atheris" if importlib.util.find_spec("atheris") else "own"
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=100_000, help="of each reader")
    parser.add_argument("--seconds", type=float, default=600, help="of each reader at most")
    parser.add_argument("--reader", action="append", help="one of them, or several; all by default")
    parser.add_argument("--engine", choices=ENGINES, default=usual)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--keep", type=Path, help="a folder for what readers are at fault with, such as the tests' corpus"
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        _child(asked.child, asked.reader[0], asked.engine, asked.cases, asked.seconds, asked.seed)
        return
    from tests.fuzz.targets import Readers

    print(HEADER, "|---|---|---:|---:|---:|---:|---:|", sep="\n", flush=True)
    n_faults = 0
    for reader in asked.reader or Readers.NAMES:
        row = measured(reader, asked.engine, asked.cases, asked.seconds, asked.seed, asked.keep)
        print(row.line(), flush=True)
        n_faults += len(row.faults)
    sys.exit(bool(n_faults))


if __name__ == "__main__":
    main()
