"""What surrounds every page: type and spacing, the navigation, and how faults of files are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st
from PIL import Image, ImageDraw
from streamlit.navigation.page import Page

from explorer.show.palette import LABEL_COLOURS
from explorer.ui.browser import component
from explorer.ui.frame import build_atlas, sidebar
from explorer.ui.state import session
from explorer.ui.state.view import View
from explorer.ui.state.workspace import workspace
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

# Rules for what Streamlit draws; a component's own come with it.
SHEETS = (
    "ui/browser/tokens.css",
    "ui/frame/frame.css",
    "ui/widgets/widgets.css",
    "ui/inspector/inspector.css",
    "ui/selecting/selecting.css",
    "ui/linked/neighbours.css",
    "ui/linked/directions/directions.css",
    "ui/pages/bound/page.css",
)
_STYLE = component.style(*SHEETS)


def style() -> None:
    """The page's own style sheet: numbers in tabular figures, an 8-pixel grid, a quiet frame."""
    st.html(f"<style>{_STYLE}</style>")


def icon() -> Image.Image:
    """The tab's icon, drawn here: Streamlit would fetch a Material symbol from another host."""
    picture = Image.new("RGBA", (64, 64))
    pen = ImageDraw.Draw(picture)
    for (x, y), colour in zip(((18, 42), (40, 48), (30, 20), (50, 26)), LABEL_COLOURS, strict=False):
        pen.ellipse((x - 11, y - 11, x + 11, y + 11), fill=colour)
    return picture


def guarded(run: Callable[[], None]) -> None:
    """Runs a page; a fault of a person's file is shown in place and the rest of the app stays up."""
    try:
        run()
    # The named errors of the rooms below are ValueErrors with a text for the person.
    except (ValueError, OSError) as error:
        st.error(f"**This could not be opened.** {plain(str(error))}", icon=":material/error:")
        _other_models()


def opened() -> tuple[View, Entry] | None:
    """The view and its model; None, with a way on, where there is no model or it has no atlas yet."""
    name = session.model_name()
    if name is None:
        _empty()
        return None
    if not workspace().has_atlas(name):
        with st.sidebar:
            sidebar.model_picker(name)
        _tell_problems()
        build_atlas.page(name)
        return None
    view = session.current(name)
    _tell_problems()
    return view, entry_of(view)


def _tell_problems() -> None:
    # The place is always there: were it gone at the next run, all below would move up and the map be mounted anew.
    place = st.empty()
    if problems := session.problems():
        place.warning(plain(" ".join(problems)), icon=":material/link_off:")


entry_of = session.entry


def _other_models() -> None:
    """A way on from a model that cannot be opened."""
    st.session_state.pop("view", None)
    for name in workspace().names():
        if st.button(f"Open {plain(name)}", key=f"open-{name}"):
            st.query_params.from_dict({"model": name})
            st.rerun()


def show_pages(pages: Mapping[str, Page]) -> None:
    """Draws the navigation and runs the page that is open; a fault of a person's file is told in its place."""
    st.session_state.pages = pages
    guarded(st.navigation(list(pages.values()), position="top").run)


def page_of(name: str) -> Page:
    """A page by its name, to switch to."""
    return st.session_state.pages[name]


def _empty() -> None:
    st.subheader("No checkpoint yet")
    st.markdown(f"There is no checkpoint in `{workspace().root}`. Train one and build its atlas:")
    st.code(
        "python -m explorer train --data digits --config mlp-2 --out checkpoints/digits\n"
        "python -m explorer atlas checkpoints/digits --data digits",
        language="bash",
    )
