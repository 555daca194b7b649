"""How long a person waits from `streamlit run` to a map that answers a drag, in a real browser.

Chromium is open beforehand, as a person's browser is. The stages, each in seconds from the spawn: the server answers;
the page has loaded; the map is ready; a handle was dragged and the first decoded picture came back over the socket.
The first run warms the disk caches and is printed apart from the others.

    python -m benchmarks.startup --out startup.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from benchmarks.app_process import AppProcess, machine, running_app

N_RUNS = 4
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
)
_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Run:
    """Seconds from the spawn of the app."""

    answers: float
    page_loaded: float
    map_ready: float
    drag_answered: float


class Pictures:
    """Counts the decoded pictures that the page receives: binary frames on the live socket."""

    def __init__(self, page: Page):
        self.n = 0
        page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        if socket.url.endswith("/live/socket"):
            socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.n += isinstance(payload, bytes)


def one_run(browser: Browser) -> Run:
    """Starts the app, opens it, drags."""
    with running_app() as app, browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()
        pictures = Pictures(page)
        app.wait()
        answers = _since(app)
        page.goto(f"http://{app.address}", wait_until="load", timeout=_TIMEOUT_MS)
        page_loaded = _since(app)
        page.wait_for_selector('[data-ready="true"]', timeout=_TIMEOUT_MS)
        page.wait_for_selector("[data-handle]", timeout=_TIMEOUT_MS)
        map_ready = _since(app)
        drag(page, pictures)
        return Run(answers, page_loaded, map_ready, _since(app))


def drag(page: Page, pictures: Pictures) -> None:
    """Presses the first handle and moves it until a picture has come that was not there before."""
    box = page.locator("[data-handle]").first.bounding_box()
    assert box is not None, "a handle is on the map"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    before, deadline = pictures.n, time.perf_counter() + _TIMEOUT_MS / 1000
    step = 0
    while pictures.n == before:
        assert time.perf_counter() < deadline, "the drag was not answered"
        step += 1
        page.mouse.move(x + 2 * step, y + step)
        # Lets the frames of the socket through to the counter.
        page.wait_for_timeout(1)
    page.mouse.up()


def _since(app: AppProcess) -> float:
    return time.perf_counter() - app.spawned


def table(runs: list[Run]) -> str:
    """The first run, then the median of the others, as Markdown."""
    lines = ["| seconds from `streamlit run` | server answers | page loaded | map ready | drag answered |"]
    lines.append("|---|---:|---:|---:|---:|")
    warm = [asdict(run) for run in runs[1:]]
    medians = {stage: median(run[stage] for run in warm) for stage in warm[0]}
    for what, stages in (("first run", asdict(runs[0])), (f"median of {len(warm)} more", medians)):
        lines.append(f"| {what} | " + " | ".join(f"{seconds:.2f}" for seconds in stages.values()) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=N_RUNS, help="at least 2: the first one only warms up")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        runs = [one_run(browser) for _ in range(max(2, options.runs))]
        browser.close()
    print(table(runs))
    if options.out:
        content = {"machine": machine(), "runs": [asdict(run) for run in runs]}
        options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
