"""What is served: the pages and the live routes in one process, on one port.

`python -m explorer open` starts it, and so does `streamlit run streamlit_app.py`: both make the same `st.App`, whose
call Streamlit looks for in the text of its script, with the settings that lie beside the script in `app/.streamlit/`.
"""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

# Before torch is imported. A thread that waits in a spin for a core that the browser has makes both wait: beside one,
# 1,024 decodes took 0.2 s instead of 2 s on 2 cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Before numpy is. Its second thread spins likewise: on busy cores the support of 128 codes took 156 ms instead of 2 ms.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
import streamlit as st
from starlette.middleware import Middleware

from explorer.ui.gate import Gate, ask_nobody, embedders_of_settings, rule_of_settings
from explorer.ui.no_delay import send_at_once
from explorer.ui.startup import live, prepare

SCRIPT = Path(__file__).parent / "app" / "streamlit_app.py"
MAIN = Path(__file__).parent / "frame" / "main.py"


def app_parts() -> dict[str, Any]:
    """What `st.App` is made of; begins to prepare the first page."""
    send_at_once()
    ask_nobody()
    base = _base()
    late = live(base)
    Thread(target=prepare, args=(late,), daemon=True).start()
    return {
        "script_path": MAIN,
        "routes": late.routes(f"/{base}/live" if base else "/live"),
        "middleware": [Middleware(Gate, rule_of_settings(), embedders_of_settings())],
    }


def serve(port: int) -> None:
    """Runs the app on this port until it is told to end, as `streamlit run` does but for its greeting and browser."""
    from streamlit.web.cli import main

    options = (f"--server.port={port}", "--server.headless=true", "--logger.hideWelcomeMessage=true")
    # First, so that it comes last: a thread that is in torch while the interpreter goes takes the process down.
    atexit.register(_leave)
    # The server has ended in order by then, and hands on the signal that ended it.
    with suppress(click.exceptions.Abort, KeyboardInterrupt):
        main.main(["run", str(SCRIPT), *options], standalone_mode=False)


def _leave() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def address(port: int) -> str:
    """Where a browser of this machine finds the app that is served here."""
    host = st.get_option("browser.serverAddress") or "localhost"
    return "/".join(filter(None, (f"http://{host}:{port}", _base()))) + "/"


def _base() -> str:
    return (st.get_option("server.baseUrlPath") or "").strip("/")
