"""The one workspace of this process: the routes and every page read the same models, each loaded once.

Settings are environment variables, read here and in the command line only:
`EXPLORER_CHECKPOINTS` (a folder of checkpoints), `EXPLORER_DATA` (a folder of data sets).
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

from explorer.live import warm
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[2] / "checkpoints"
PREFERRED = "fashion-mnist-16d"


@cache
def workspace() -> Workspace:
    """The workspace that the settings name; by default the shipped checkpoints."""
    data = os.environ.get("EXPLORER_DATA")
    return Workspace(Path(os.environ.get("EXPLORER_CHECKPOINTS", SHIPPED)), Path(data) if data else None)


def prepare() -> None:
    """Does what the first page waits for while the browser is still loading; a fault waits for the page to tell it."""
    import_module("explorer.ui.explore")
    name = first_name()
    if name is None or not workspace().has_atlas(name):
        return
    with suppress(ValueError, OSError):
        entry = workspace().open(name)
        warm(entry, entry.first_map)


def first_name() -> str | None:
    """The model to open with."""
    names = workspace().names()
    return PREFERRED if PREFERRED in names else next(iter(names), None)
