"""`streamlit run streamlit_app.py`: the pages and the live routes in one process, on one port."""

import os
from threading import Thread

# Before torch is imported. A thread that waits in a spin for a core that the browser has makes both wait: beside one,
# 1,024 decodes took 0.2 s instead of 2 s on 2 cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Before numpy is. Its second thread spins likewise: on busy cores the support of 128 codes took 156 ms instead of 2 ms.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import streamlit as st
from starlette.middleware import Middleware

from explorer.ui.gate import Gate, ask_nobody, embedders_of_settings, rule_of_settings
from explorer.ui.no_delay import send_at_once
from explorer.ui.startup import live, prepare

send_at_once()
ask_nobody()
base = (st.get_option("server.baseUrlPath") or "").strip("/")
late = live(base)
Thread(target=prepare, args=(late,), daemon=True).start()

gate = Middleware(Gate, rule_of_settings(), embedders_of_settings())
app = st.App(
    "explorer/ui/frame/main.py", routes=late.routes(f"/{base}/live" if base else "/live"), middleware=[gate]
)
