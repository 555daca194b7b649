"""The three pages with a million points that `benchmarks.million` compares, and the servers of two of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.app_process import AppProcess
from benchmarks.million_folder import NAME

HERE = Path(__file__).parent
REGL = HERE / "regl"
READY = '[data-testid="latent-map"][data-ready="true"]'


@dataclass(frozen=True)
class Contender:
    """A page with the points.

    Attributes:
        address: what to open.
        drawn: selects what is there once the points are drawn.
        plot: selects what the wheel is turned over.
        view: JavaScript that gives the view as text.
        carries: which addresses bring the points.
    """

    name: str
    address: str
    drawn: str
    plot: str
    view: str
    carries: re.Pattern[str]


def contenders(app: AppProcess, plotly: str, regl: str) -> list[Contender]:
    """The three pages."""
    ours = f"http://{app.address}/?model={NAME}"
    ranges = "e => JSON.stringify([e._fullLayout.xaxis.range, e._fullLayout.yaxis.range])"
    columns, socket, points = map(re.compile, (r"/columns\?", r"/_stcore/stream", r"/points\.bin"))
    surface = '[data-testid="map-surface"]'
    our_window = "e => e.closest('[data-testid=latent-map]').dataset.window"
    views = "e => e.dataset.views"
    # Plotly puts its legend in at the end of its first drawing.
    return [
        Contender("ours", ours, READY, surface, our_window, columns),
        Contender("st.plotly_chart", plotly, ".js-plotly-plot .legend", ".js-plotly-plot", ranges, socket),
        Contender("regl-scatterplot", regl, "#plot[data-ready=true]", "#plot", views, points),
    ]


@contextmanager
def plotly_page(work: Path) -> Iterator[str]:
    """`st.plotly_chart` on a server of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "plotly_page.py")]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
    environment = {**os.environ, "POINTS": str(work / "points.npz")}
    process = subprocess.Popen(command, cwd=work, env=environment, stdout=subprocess.DEVNULL)
    try:
        AppProcess(f"127.0.0.1:{port}", time.perf_counter(), process).wait()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def regl_page(work: Path) -> Iterator[str]:
    """The bare page of `benchmarks/regl`, with the points beside it."""
    if not (REGL / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=REGL, check=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(REGL), work=work))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()


class _Files(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, work: Path, **named: Any):
        self.work = work
        super().__init__(*arguments, **named)

    def translate_path(self, path: str) -> str:
        return str(self.work / "points.bin") if path == "/points.bin" else super().translate_path(path)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the table is what is read."""


def _free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as probe:
        return int(probe.server_port)
