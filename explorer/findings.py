"""What was looked at and found, with what to do about it: of a machine, a folder, a model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    FINE = "fine"
    NOTE = "worth knowing"
    WRONG = "wrong"


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


def fine(found: str) -> Finding:
    return Finding(Verdict.FINE, found)


def note(found: str, advice: str) -> Finding:
    return Finding(Verdict.NOTE, found, advice)


def wrong(found: str, advice: str) -> Finding:
    return Finding(Verdict.WRONG, found, advice)
