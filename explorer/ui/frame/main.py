"""The router: one script that Streamlit runs for every page. Imported modules hold the pages.

Not beside the folder `pages`: Streamlit would take its files for the pages, and answer a link to one, when nobody has
opened the app yet, that there is no such page.
"""

import streamlit as st

from explorer.ui.frame import frame
from explorer.ui.frame.faults import guarded
from explorer.ui.pages.registry import PAGES, page_of
from explorer.ui.startup import drawn

st.set_page_config("Latent explorer", page_icon=frame.icon(), layout="wide")
frame.style()
guarded(st.navigation([page_of(name) for name in PAGES], position="top").run)
drawn.set()
