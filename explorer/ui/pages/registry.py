"""The pages, in the order of the navigation. To add one: a folder with a module that has `page()`, and a row.

Imports none of them: a page's module is imported when it is opened, so that the first one need not wait for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import streamlit as st
from streamlit.navigation.page import Page


@dataclass(frozen=True)
class PageRow:
    """A page of the app.

    Attributes:
        title: its name in the navigation.
        icon: a Material symbol, as Streamlit writes it.
        module: where its `page()` is.
    """

    title: str
    icon: str
    module: str

    def draw(self) -> None:
        """Draws it."""
        import_module(self.module).page()


# By the name that stands in the URL; the first is the one that the app opens with.
PAGES: dict[str, PageRow] = {
    "explore": PageRow("Explore", ":material/scatter_plot:", "explorer.ui.pages.explore.page"),
    "gaps": PageRow("Gaps", ":material/bar_chart:", "explorer.ui.pages.gaps.page"),
    "bound": PageRow("The bound", ":material/functions:", "explorer.ui.pages.bound.page"),
    "open": PageRow("Open", ":material/folder_open:", "explorer.ui.pages.open.page"),
}


def page_of(name: str) -> Page:
    """A page as Streamlit takes it, to show or to switch to."""
    row, is_first = PAGES[name], name == next(iter(PAGES))
    return st.Page(row.draw, title=row.title, icon=row.icon, url_path=name, default=is_first)
