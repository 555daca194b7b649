"""The router: one script that Streamlit runs for every page. Imported modules hold the pages."""

import streamlit as st

from explorer.ui import explore, gaps, shell

st.set_page_config("Latent explorer", page_icon=shell.icon(), layout="wide")
shell.style()
shell.show_pages(
    {
        "explore": st.Page(explore.page, title="Explore", icon=":material/scatter_plot:", default=True),
        "gaps": st.Page(gaps.page, title="Gaps", icon=":material/bar_chart:", url_path="gaps"),
    }
)
