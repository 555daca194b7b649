"""The linked views, in the order of their tabs. To add one: a folder or file with `section(entry, view)`, and a row.

Imports none of them: a view's module is imported when it is opened, so that the map need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.ui.state.view import View
    from explorer.workspace import Entry


@dataclass(frozen=True)
class LinkedView:
    """A view of what is selected.

    Attributes:
        title: its tab's name.
        module: where its `section(entry, view)` is.
    """

    title: str
    module: str

    @property
    def section(self) -> Callable[[Entry, View], None]:
        """Draws it."""
        return import_module(self.module).section


# By the name that stands in the URL.
LINKED_VIEWS: dict[str, LinkedView] = {
    "gallery": LinkedView("Gallery", "explorer.ui.linked.gallery.gallery"),
    "histograms": LinkedView("Histograms", "explorer.ui.linked.histograms.histograms"),
    "scatter": LinkedView("ELBO × log p(x)", "explorer.ui.linked.scatter"),
    "table": LinkedView("Table", "explorer.ui.linked.table.table"),
    "neighbours": LinkedView("Neighbours", "explorer.ui.linked.neighbours.neighbours"),
    "directions": LinkedView("Directions", "explorer.ui.linked.directions.directions"),
}
