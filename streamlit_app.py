"""`streamlit run streamlit_app.py`: the pages and the live routes in one process, on one port."""

from threading import Thread

import streamlit as st

from explorer.live import routes
from explorer.ui.map import ASSETS
from explorer.ui.opened import prepare, workspace

Thread(target=prepare, daemon=True).start()

app = st.App(
    "explorer/ui/main.py",
    routes=routes(workspace(), ASSETS, base=st.get_option("server.baseUrlPath") or ""),
)
