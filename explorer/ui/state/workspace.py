"""The one workspace of this process: the routes and every page read the same models, each loaded once.

Settings are environment variables, read here and in the command line only:
`EXPLORER_CHECKPOINTS` (a folder of checkpoints), `EXPLORER_MODELS` (paths of further ones, parted as those of `PATH`),
`EXPLORER_DATA` (a folder of data sets).
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.models.folders import SHIPPED
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View
from explorer.workspace import Entry, Workspace

PREFERRED = "fashion-mnist-16d"


_making = threading.Lock()


def current() -> Workspace:
    """The workspace that the settings name; by default the shipped checkpoints."""
    # The routes and the first page ask at the same time: two workspaces would not see each other's models grow.
    with _making:
        return _made()


@cache
def _made() -> Workspace:
    data, models = os.environ.get("EXPLORER_DATA"), os.environ.get("EXPLORER_MODELS", "")
    return Workspace(
        Path(os.environ.get("EXPLORER_CHECKPOINTS", SHIPPED)),
        Path(data) if data else None,
        map(Path, filter(None, models.split(os.pathsep))),
    )


@dataclass(frozen=True)
class Shown:
    """The entry that this tab's view was made for.

    Another tab may have a model's files loaded again: until this page is drawn anew as a whole, its examples and places
    are those of the entry that it has.
    """

    entry: Entry | None = None


def entry_of(view: View) -> Entry:
    """The model of a view."""
    entry = scratch(Shown).entry
    return entry if entry is not None and entry.name == view.model else current().open(view.model)


def is_up_to_date(view: View) -> bool:
    """Whether a view's model is the one that was loaded last."""
    return entry_of(view) is current().open(view.model)


def has_grown(view: View) -> bool:
    """Whether the view's model has more numbers by now, and nothing else is new."""
    return entry_of(view).atlas.digest in current().open(view.model).earlier


def show(entry: Entry) -> None:
    """Has this tab's view be one of this entry."""
    keep(Shown(entry))


def first_name() -> str | None:
    """The model to open with: one that was named, if any was."""
    names = current().names()
    return next(iter(current().models), PREFERRED if PREFERRED in names else next(iter(names), None))
