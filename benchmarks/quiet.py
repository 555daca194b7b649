"""What an open page that nobody touches costs: CPU time of all the browser's processes and of the server.

A page is opened in a browser of its own and left alone until it has settled: what it pulses has come to rest, and the
browser has collected what loading left behind. Then CPU time is read from /proc at both ends of some windows of time.
The figure is a share of one core; ideal is none, and 2% is what we hold ourselves to.

    python -m benchmarks.quiet --out quiet.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.app_process import AppProcess, machine, running_app
from benchmarks.cpu_time import descendants, seconds
from benchmarks.startup import CHROMIUM_FLAGS

# The page's address, and what is there once it stands.
PAGES = {
    "Explore": ("/", '[data-testid="latent-map"][data-ready="true"]'),
    "Gaps": ("/gaps", '[data-testid="stDataFrame"]'),
    "The bound": ("/bound", '[data-testid="argument"] .js-plotly-plot'),
}
SETTLE_SECONDS = 30.0
WINDOW_SECONDS = 20.0
N_WINDOWS = 5
LIMIT = 0.02
_TIMEOUT_MS = 120_000


@dataclass(frozen=True)
class Quiet:
    """CPU time a second in each window, in seconds: shares of one core.

    Attributes:
        page: its name.
        browser, server: one number a window.
    """

    page: str
    browser: list[float]
    server: list[float]

    @property
    def total(self) -> list[float]:
        """Both together."""
        return [a + b for a, b in zip(self.browser, self.server, strict=True)]


@contextmanager
def _opened(playwright: Playwright, app: AppProcess, name: str) -> Iterator[set[int]]:
    """A page in a browser that nothing else runs in; gives the processes that were there before it."""
    before = descendants(os.getpid())
    chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    path, ready = PAGES[name]
    page.goto(f"http://{app.address}{path}", timeout=_TIMEOUT_MS)
    page.wait_for_selector(ready, timeout=_TIMEOUT_MS)
    yield before
    browser.close()


def measure(playwright: Playwright, app: AppProcess, name: str, n_windows: int, window: float) -> Quiet:
    """Opens one page, leaves it alone, and reads what it costs."""
    quiet = Quiet(name, [], [])
    with _opened(playwright, app, name) as before:
        time.sleep(SETTLE_SECONDS)
        for _ in range(n_windows):
            began, first = time.perf_counter(), _used(app, before)
            time.sleep(window)
            last, elapsed = _used(app, before), time.perf_counter() - began
            quiet.browser.append((last[0] - first[0]) / elapsed)
            quiet.server.append((last[1] - first[1]) / elapsed)
    return quiet


def _used(app: AppProcess, before: set[int]) -> tuple[float, float]:
    """CPU seconds so far: of the browser that was started since, and of the server."""
    server = app.process.pid
    return (
        seconds(descendants(os.getpid()) - before - descendants(server)),
        seconds({server} | descendants(server)),
    )


def table(results: list[Quiet]) -> str:
    """Medians over the windows as Markdown, in percent of one core."""
    lines = [
        "| page, untouched | browser | server | together | worst window | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for result in results:
        figures = (median(result.browser), median(result.server), median(result.total), max(result.total))
        word = "" if figures[2] <= LIMIT else f"over {LIMIT:.0%}"
        lines.append(f"| {result.page} | " + " | ".join(f"{share:.1%}" for share in figures) + f" | {word} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--windows", type=int, default=N_WINDOWS, help="how many a page")
    parser.add_argument("--seconds", type=float, default=WINDOW_SECONDS, help="how long each of them is")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    with running_app() as app, sync_playwright() as playwright:
        app.wait()
        results = [measure(playwright, app, name, options.windows, options.seconds) for name in PAGES]
    print(table(results))
    if options.out:
        content = {"machine": machine(), "pages": [asdict(result) for result in results]}
        options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
