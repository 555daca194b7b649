"""`streamlit run streamlit_app.py`: the pages and the live routes in one process, on one port."""

import os
from threading import Thread

# Before torch is imported. A thread that waits in a spin for a core that the browser has makes both wait: beside one,
# 1,024 decodes took 0.2 s instead of 2 s on 2 cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import streamlit as st

from explorer.live import routes
from explorer.ui.map import ASSETS
from explorer.ui.opened import prepare, workspace

Thread(target=prepare, daemon=True).start()

app = st.App(
    "explorer/ui/main.py",
    routes=routes(workspace(), ASSETS, base=st.get_option("server.baseUrlPath") or ""),
)
