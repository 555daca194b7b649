"""What a check found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """How bad it is."""

    FINE = "fine"
    NOTE = "worth knowing"
    WRONG = "wrong"


class Place(StrEnum):
    """What a check is about, and so what its path is."""

    MACHINE = "this machine"
    WORK = "a folder that work may be written into"
    CHECKPOINT = "a checkpoint's folder"
    ATLAS = "an atlas's folder"
    DATA = "a person's data file"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        verdict: how bad it is.
        found: what is there, one sentence.
        advice: what to do, one sentence; empty where there is nothing to do.
    """

    verdict: Verdict
    found: str
    advice: str = ""

    def __post_init__(self) -> None:
        assert self.advice or self.verdict is Verdict.FINE, f"{self.found}: says nothing of what to do"


@dataclass(frozen=True)
class Check:
    """A row of the registry.

    Attributes:
        title: what is looked at, a noun.
        place: what its path is.
        run: looks, and yields findings; what it raises is a finding too.
    """

    title: str
    place: Place
    run: Callable[[Path], Iterable[Finding]]


def fine(found: str) -> Finding:
    return Finding(Verdict.FINE, found)


def note(found: str, advice: str) -> Finding:
    return Finding(Verdict.NOTE, found, advice)


def wrong(found: str, advice: str) -> Finding:
    return Finding(Verdict.WRONG, found, advice)
