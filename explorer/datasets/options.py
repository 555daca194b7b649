"""How data are to be changed as they are read, said behind their name: "flowers:cropped-64x64:resized-32x32:grey".

A data set keeps its name, and so what was done to it. Crops and sizes are done in the order in which they stand; grey,
the range, counts and the binarisation after them, whatever their order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets.counts import OPTION
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import MOST_SIDE, Frame

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
# As errors tell them. To add one: a row here, and what it means in `parse`.
FORMS: Mapping[str, re.Pattern[str]] = {
    "resized-<height>x<width>": re.compile(r"resized-(\d{1,4})x(\d{1,4})"),
    "cropped-<height>x<width>": re.compile(r"cropped-(\d{1,4})x(\d{1,4})"),
    "grey": re.compile("grey"),
    "range-<low>-<high>": re.compile(rf"range-({_NUMBER})-({_NUMBER})"),
    "label=<column>": re.compile(r"label=(.+)", re.DOTALL),
    OPTION: re.compile(OPTION),
    "binarised-<seed>": re.compile(r"binarised-(\d{1,20})"),
}


@dataclass(frozen=True)
class Options:
    """What is to be done to data.

    Attributes:
        frames: crops and sizes, in order
        is_grey: whether colours become grey
        range: the real values that become 0 and 1
        label: the column that gives the labels
        is_count: whether levels are whole numbers
        seed: of the binarisation
        split: that is asked for; not of the name, and only for sources that have splits of their own
    """

    frames: tuple[Frame, ...] = ()
    is_grey: bool = False
    range: tuple[float, float] | None = None
    label: str | None = None
    is_count: bool = False
    seed: int | None = None
    split: str = "all"


def source_of(name: str | Path) -> str:
    """What a name stands for, without its options."""
    return _peeled(str(name))[0]


def parse(name: str | Path) -> tuple[str, Options]:
    """The source that a name stands for, and its options.

    Raises:
        DatasetError: one option twice, or one that makes no sense
    """
    source, found = _peeled(str(name))
    given = dict(found)
    if len(given) < len(found):
        twice = next(form for form, _ in found if [other for other, _ in found].count(form) > 1)
        raise DatasetError(name, "name", f"one ':{twice}'", "another before it")
    frames = [_frame(name, form, match) for form, match in found if form.endswith("x<width>")]
    low_high, label = given.get("range-<low>-<high>"), given.get("label=<column>")
    seed = given.get("binarised-<seed>")
    return source, Options(
        frames=tuple(frames),
        is_grey="grey" in given,
        range=_range(name, low_high) if low_high else None,
        label=label[1] if label else None,
        is_count=OPTION in given,
        seed=int(seed[1]) if seed else None,
    )


def unknown(name: str | Path) -> DatasetError:
    """The error of a name whose source is there, but which ends in no option."""
    known = ", ".join(f":{form}" for form in FORMS)
    return DatasetError(name, "option", f"one of {known}", ":" + str(name).rpartition(":")[2])


def _peeled(name: str) -> tuple[str, list[tuple[str, re.Match[str]]]]:
    """What stands before the options, and each of them with its form, in order."""
    found: list[tuple[str, re.Match[str]]] = []
    while ":" in name:
        source, _, last = name.rpartition(":")
        match = next(((form, m) for form, p in FORMS.items() if (m := p.fullmatch(last))), None)
        if match is None or not source:
            break
        found.append(match)
        name = source
    return name, found[::-1]


def _frame(name: str | Path, form: str, match: re.Match[str]) -> Frame:
    height, width = int(match[1]), int(match[2])
    if not (1 <= height <= MOST_SIDE and 1 <= width <= MOST_SIDE):
        raise DatasetError(name, "size", f"1 to {MOST_SIDE} pixels a side", f"{height} x {width}")
    return Frame(height, width, is_crop=form.startswith("cropped"))


def _range(name: str | Path, match: re.Match[str]) -> tuple[float, float]:
    low, high = float(match[1]), float(match[2])
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise DatasetError(name, "range", "a low value and a higher one", f"{low:g} and {high:g}")
    return low, high
