"""What surrounds every page: type and spacing, the tab's icon, the sidebar, and a word where no model can be shown."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from PIL import Image, ImageDraw

from explorer.show.palette import LABEL_COLOURS
from explorer.ui.browser import component
from explorer.ui.building import form, strip
from explorer.ui.frame import calibration_badge, replaced, sidebar
from explorer.ui.state import opening, session, workspace
from explorer.ui.state.view import View
from explorer.ui.widgets.markdown import plain
from explorer.workspace import Entry

# Rules for what Streamlit draws; a component's own come with it.
SHEETS = (
    "ui/browser/tokens.css",
    "ui/frame/frame.css",
    "ui/widgets/widgets.css",
    "ui/inspector/inspector.css",
    "ui/selecting/selecting.css",
    "ui/linked/neighbours/neighbours.css",
    "ui/linked/directions/directions.css",
    "ui/pages/bound/page.css",
    "ui/pages/open/page.css",
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


Control = Callable[[View, Entry], None]


def open_page(*controls: Control) -> tuple[View, Entry] | None:
    """What surrounds every page: the model, how far its estimates are calibrated, and the page's controls beside it.

    Args:
        controls: of the sidebar, in their order.

    Returns:
        The view and its model; None, with a way on, where there is no model or it has no atlas yet.
    """
    name = opening.model_name()
    if name is None:
        no_checkpoint()
        return None
    if not workspace.current().has_atlas(name):
        with st.sidebar:
            sidebar.model_picker(name)
        tell_problems()
        form.page(name)
        return None
    view = opening.open_view(name)
    tell_problems()
    entry = workspace.entry_of(view)
    replaced.notice(entry)
    strip.strip(entry)
    with st.sidebar:
        sidebar.model_picker(name)
        calibration_badge.badge(entry)
        for control in controls:
            control(view, entry)
    session.mirror()
    return view, entry


def tell_problems() -> None:
    """What went wrong on the way here, above the page."""
    # The place is always there: were it gone at the next run, all below would move up and the map be mounted anew.
    place = st.empty()
    if problems := session.problems():
        place.warning(plain(" ".join(problems)), icon=":material/link_off:")


def no_checkpoint() -> None:
    """How to come by a first one."""
    st.subheader("No checkpoint yet")
    st.markdown(f"There is no checkpoint in `{workspace.current().root}`. Train one and open it:")
    st.code(
        "python -m explorer train --data digits --out checkpoints/digits\n"
        "python -m explorer open checkpoints/digits",
        language="bash",
    )
