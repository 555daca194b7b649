"""The checks that the doctor runs: a row each, of what is at one kind of place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from explorer.findings import Finding, Verdict, fine, note, wrong

__all__ = ["Check", "Finding", "Place", "Verdict", "fine", "note", "wrong"]


class Place(StrEnum):
    """What a check is about, and so what its path is."""

    MACHINE = "this machine"
    WORK = "a folder that work may be written into"
    CHECKPOINT = "a checkpoint's folder"
    ATLAS = "an atlas's folder"
    DATA = "a person's data file"


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
