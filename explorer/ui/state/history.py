"""Undo and redo: the views of this session, each a step.

A step is anything that changes the view: a click, a release, a lasso, another map, another colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View

MAX_STEPS = 100


@dataclass(frozen=True)
class Steps:
    """Views that can be had back, the latest last in both.

    Attributes:
        past: what `back` returns.
        future: what `forth` returns.
    """

    past: tuple[View, ...] = ()
    future: tuple[View, ...] = ()


def note(before: View | None, after: View) -> None:
    """Remembers what a step leaves; what had been undone is gone with it."""
    if before is None or before.model != after.model:
        keep(Steps())  # those there were are of another model
    elif replace(before, revision=after.revision) != after:
        keep(Steps((*scratch(Steps).past, before)[-MAX_STEPS:]))


def back(now: View) -> View:
    """The view before the last step; the same where there is none."""
    steps = scratch(Steps)
    if not steps.past:
        return now
    *past, before = steps.past
    keep(Steps(tuple(past), (*steps.future, now)))
    return before


def forth(now: View) -> View:
    """The view that the last undo left; the same where there is none."""
    steps = scratch(Steps)
    if not steps.future:
        return now
    *future, after = steps.future
    keep(Steps((*steps.past, now), tuple(future)))
    return after


def can_undo() -> bool:
    """Whether there is a step to take back."""
    return bool(scratch(Steps).past)


def can_redo() -> bool:
    """Whether a step was taken back."""
    return bool(scratch(Steps).future)
