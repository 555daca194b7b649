"""`explorer doctor [PATH]`: looks at installation, machine, checkpoints, atlases and data, and says what is wrong.

The exit status is 0 where nothing is wrong and 1 where something is. Each check of `checks/registry.py` that fits what
is there runs, whatever the others found, and what it raises is told as what it found.
"""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.cli.checks.finding import Check, Finding, Place, Verdict, wrong
from explorer.cli.checks.registry import CHECKS
from explorer.cli.output import to_json

# As the rooms below call them, which are not imported here: that one of them cannot be is what a check is to tell.
_CONFIG, _WEIGHTS, _MANIFEST, _ATLAS = "config.json", "model.safetensors", "manifest.json", "atlas"
_TRAINING = "training"
_TITLE_WIDTH, _LINE_WIDTH = 16, 100


@dataclass(frozen=True)
class Told:
    """What is told of one check: `subject` names what was looked at."""

    subject: str
    check: str
    verdict: Verdict
    found: str
    advice: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = "a checkpoint, an atlas, a folder of checkpoints, or a .npz / .npy file"
    default = "default: $EXPLORER_CHECKPOINTS, else checkpoints"
    parser.add_argument("path", type=Path, nargs="?", help=f"{what}; {default}")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    path = arguments.path or Path(os.environ.get("EXPLORER_CHECKPOINTS", "checkpoints"))
    if arguments.path is not None and not path.exists():
        raise FileNotFoundError(f"{path}: there is nothing of this name; name a folder or a .npz / .npy file")
    lines = _lines(path)
    told = list(lines) if arguments.json else list(_printed(lines))
    n_wrong = sum(line.verdict is Verdict.WRONG for line in told)
    if arguments.json:
        print(to_json({"n_wrong": n_wrong, "findings": [asdict(line) for line in told]}))
    else:
        n_notes = sum(line.verdict is Verdict.NOTE for line in told)
        print(f"\n{n_wrong} wrong, {n_notes} worth knowing, {len(told) - n_wrong - n_notes} fine")
    return int(n_wrong > 0)


def places(path: Path) -> Iterator[tuple[Place, Path]]:
    """What there is to look at for a path that was asked for."""
    yield Place.MACHINE, path
    yield Place.WORK, path if path.is_dir() or not path.exists() else path.parent
    if (cache := _cache()) is not None:
        yield Place.WORK, cache
    if path.is_file():
        yield Place.DATA, path
    elif (path / _MANIFEST).is_file() or (path.name == _ATLAS and not _is_checkpoint(path)):
        yield Place.ATLAS, path
    elif _is_checkpoint(path):
        yield from _of_checkpoint(path)
    elif path.is_dir():
        for each in sorted(filter(_is_checkpoint, path.iterdir())):
            yield from _of_checkpoint(each)


def look(check: Check, path: Path) -> Iterator[Finding]:
    """The findings of a check, of which one is what it raised, if it did."""
    try:
        yield from check.run(path)
    except ImportError as error:
        yield wrong(
            f"not looked at, as this failed: {error}", "Repair what `versions` and `imports` say first."
        )
    # A fault of a file has an advice of its own. Whatever else goes wrong in one check leaves the others.
    except Exception as error:
        advice = getattr(error, "advice", "") or "Restore it, or make it anew."
        found = str(error).removesuffix(getattr(error, "advice", "")).rstrip(" .")
        yield wrong(found or type(error).__name__, advice)


def _lines(path: Path) -> Iterator[Told]:
    for place, where in places(path):
        for check in CHECKS:
            if check.place is place:
                subject = place.value if place is Place.MACHINE else str(where)
                for finding in look(check, where):
                    yield Told(subject, check.title, finding.verdict, finding.found, finding.advice)


def _printed(lines: Iterable[Told]) -> Iterator[Told]:
    """Prints each line as soon as it is known, under a heading for each subject."""
    subject = None
    for line in lines:
        if line.subject != subject:
            print(f"{'' if subject is None else chr(10)}{line.subject}")
            subject = line.subject
        print(f"  {line.verdict.value:13}  {line.check:{_TITLE_WIDTH}}{_wrapped(line.found)}", flush=True)
        if line.advice:
            print(_wrapped(line.advice, is_first=False))
        yield line


def _wrapped(text: str, is_first: bool = True) -> str:
    """A text in its column; a command or a path is never broken."""
    margin = " " * (17 + _TITLE_WIDTH)
    return textwrap.fill(
        text,
        _LINE_WIDTH,
        initial_indent="" if is_first else margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _is_checkpoint(path: Path) -> bool:
    """Whether a folder is one, or was to become one."""
    return path.is_dir() and any((path / name).exists() for name in (_CONFIG, _WEIGHTS, _TRAINING))


def _of_checkpoint(path: Path) -> Iterator[tuple[Place, Path]]:
    yield Place.CHECKPOINT, path
    if (path / _ATLAS).is_dir():
        yield Place.ATLAS, path / _ATLAS


def _cache() -> Path | None:
    """Where downloads are kept; None where what says so cannot be imported, which is told elsewhere."""
    try:
        from explorer.datasets.archive import cache_folder

        return cache_folder()
    except Exception:
        return None
