"""The one workspace of this process: the routes and every page read the same models, each loaded once.

Settings are environment variables, read here and in the command line only:
`EXPLORER_CHECKPOINTS` (a folder of checkpoints), `EXPLORER_DATA` (a folder of data sets).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from explorer.ui.state.view import View
from explorer.workspace import Entry, Workspace

SHIPPED = Path(__file__).parents[3] / "checkpoints"
PREFERRED = "fashion-mnist-16d"


@cache
def current() -> Workspace:
    """The workspace that the settings name; by default the shipped checkpoints."""
    data = os.environ.get("EXPLORER_DATA")
    return Workspace(Path(os.environ.get("EXPLORER_CHECKPOINTS", SHIPPED)), Path(data) if data else None)


def entry_of(view: View) -> Entry:
    """The model of a view."""
    return current().open(view.model)


def first_name() -> str | None:
    """The model to open with."""
    names = current().names()
    return PREFERRED if PREFERRED in names else next(iter(names), None)
