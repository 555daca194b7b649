"""The view of this browser tab: kept in Streamlit's session, mirrored in the URL.

A widget's own value is lost when its page is left; the view is not. So a widget is given the view's value before it
is drawn, and its callback replaces the view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import streamlit as st

from explorer.ui.state import history
from explorer.ui.state.address import to_query
from explorer.ui.state.place import place_on
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View, inspecting
from explorer.workspace import Entry


@dataclass(frozen=True)
class Tab:
    """What this tab shows.

    Attributes:
        view: None until a model is open.
        problems: what could not be used of the link that was opened, until a person changes what is shown.
    """

    view: View | None = None
    problems: tuple[str, ...] = ()


def is_open() -> bool:
    """Whether there is a view."""
    return scratch(Tab).view is not None


def view() -> View:
    """The view; a model is open."""
    found = scratch(Tab).view
    assert found is not None, "no model is open"
    return found


def begin(view: View) -> None:
    """The first view of a model: not a step, and what was wrong with its link is still to be told."""
    keep(replace(scratch(Tab), view=view))


def begin_anew(view: View) -> None:
    """The view of a model whose files were loaded again: no step leads back to the earlier ones, nor is told what was
    wrong with them."""
    history.note(None, view)
    keep(Tab(view))


def change(view: View) -> None:
    """Replaces the view and writes it into the URL; the one before can be had back."""
    history.note(scratch(Tab).view, view)
    keep(Tab(view))
    mirror()


def close() -> None:
    """Leaves the model; the next one opens with a view of its own."""
    keep(replace(scratch(Tab), view=None))


def undo() -> None:
    """One step back."""
    _go(history.back)


def redo() -> None:
    """The step that was undone."""
    _go(history.forth)


def _go(step: Callable[[View], View]) -> None:
    before = view()
    keep(Tab(replace(step(before), revision=before.revision + 1)))
    mirror()


def mirror() -> None:
    """Makes the URL name the view that is shown."""
    query = to_query(view())
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def inspect(entry: Entry, example_id: int) -> None:
    """Shows an example on the map and in the inspector."""
    change(inspecting(view(), example_id, place_on(entry, view().map_id)))


def problems() -> tuple[str, ...]:
    """What could not be used of the link that was opened, until a person changes what is shown."""
    return scratch(Tab).problems


def add_problems(*sentences: str) -> None:
    """Has something told beside the view, once."""
    tab = scratch(Tab)
    keep(replace(tab, problems=tuple(dict.fromkeys((*tab.problems, *sentences)))))


@contextmanager
def told_problems() -> Iterator[None]:
    """Has what goes wrong in a callback told beside the view, in the place of what went wrong before."""
    keep(replace(scratch(Tab), problems=()))
    try:
        yield
    except (OSError, ValueError) as error:
        add_problems(str(error))
