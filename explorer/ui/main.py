"""The router: one script that Streamlit runs for every page. Imported modules hold the pages."""

import streamlit as st

from explorer.ui.frame import frame
from explorer.ui.pages.explore import page


def gaps() -> None:
    """Imported when it is opened: tables take a quarter of a second that the map need not wait for."""
    from explorer.ui.pages.gaps import page as gaps_page

    gaps_page.page()


def bound() -> None:
    """Likewise."""
    from explorer.ui.pages import bound as bound_page

    bound_page.page()


st.set_page_config("Latent explorer", page_icon=frame.icon(), layout="wide")
frame.style()
frame.show_pages(
    {
        "explore": st.Page(page.page, title="Explore", icon=":material/scatter_plot:", default=True),
        "gaps": st.Page(gaps, title="Gaps", icon=":material/bar_chart:", url_path="gaps"),
        "bound": st.Page(bound, title="The bound", icon=":material/functions:", url_path="bound"),
    }
)
