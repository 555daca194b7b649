"""Undo and redo: the views of this session, each a step.

A step is anything that changes the view: a click, a release, a lasso, another map, another colour.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from explorer.ui.state.view import View

MAX_STEPS = 100


def note(before: View | None, after: View) -> None:
    """Remembers what a step leaves; what had been undone is gone with it."""
    if before is None or before.model != after.model:
        clear()
        return
    if replace(before, revision=after.revision) == after:
        return
    past, _ = _steps()
    past.append(before)
    del past[:-MAX_STEPS]
    _steps()[1].clear()


def back(now: View) -> View:
    """The view before the last step; the same where there is none."""
    past, future = _steps()
    if not past:
        return now
    future.append(now)
    return past.pop()


def forth(now: View) -> View:
    """The view that the last undo left; the same where there is none."""
    past, future = _steps()
    if not future:
        return now
    past.append(now)
    return future.pop()


def can_undo() -> bool:
    """Whether there is a step to take back."""
    return bool(_steps()[0])


def can_redo() -> bool:
    """Whether a step was taken back."""
    return bool(_steps()[1])


def clear() -> None:
    """Forgets all steps: they were of another model."""
    st.session_state["history"] = ([], [])


def _steps() -> tuple[list[View], list[View]]:
    return st.session_state.setdefault("history", ([], []))
