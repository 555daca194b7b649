"""How soon the page of the bound has its numbers: after navigation, for another example, for another N.

All times are taken in headless Chromium, by the page's own clock.

- navigation: from the click on the page's name until the ELBO stands in its table, and until the map can be dragged.
- arrival: the same from a link, in a tab that has the app's files already.
- example: from the click on "next example" until its ELBO stands there, and until it is that of all N draws.
- N: from 3,000 draws to 10,000 of an example that had no more before, first and all of them.
- computing: the same draws in a process of its own, with nothing else going on: what no page can be faster than.

    python -m benchmarks.bound --out bound.json
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app_process import machine, running_app
from benchmarks.startup import CHROMIUM_FLAGS
from explorer.explain import Missing, Question, results, subject_of
from explorer.ui.state import workspace

MODELS = ("digits-2d", "fashion-mnist-16d")
MANY, FEW = 10_000, 1_000
SIZE = {"width": 1400, "height": 900}
# An example's numbers, its fit and its picture are done by then.
PAUSE_MS = 3_500
NAVIGATION_MS, REPAINT_MS = 2_000, 500
_READY = '[data-testid="latent-map"][data-ready="true"]'
# Milliseconds until the ELBO is another one than before, and until it is from all of so many draws.
_UNTIL = """([before, n, start]) => new Promise(resolve => {
  let first = null;
  const step = () => {
    const now = document.querySelector('[data-testid="elbo-first"]')?.innerText;
    const caption = document.querySelector('#elbo caption')?.innerText ?? "";
    const is_new = now && now !== before;
    if (is_new) first ??= performance.now() - (start ?? window.pressed);
    if (is_new && caption.includes(n)) resolve([first, performance.now() - (start ?? window.pressed)]);
    else requestAnimationFrame(step);
  };
  step();
})"""
_PRESSED = """addEventListener("pointerdown", () => { window.pressed = performance.now(); }, true);
addEventListener("keydown", () => { window.pressed = performance.now(); }, true);"""


@dataclass(frozen=True)
class Row:
    """One line of the table, milliseconds."""

    what: str
    model: str
    n_draws: int
    n: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    asked_ms: float | None


def _row(what: str, model: str, n_draws: int, times: list[float], asked: float | None) -> Row:
    p50, p95 = np.percentile(times, [50, 95])
    return Row(what, model, n_draws, len(times), float(p50), float(p95), max(times), asked)


def measured(browser: Browser, repeats: int) -> Iterator[Row]:
    """All rows, one app for both models."""
    with running_app() as app, browser.new_context(viewport=SIZE) as context:  # type: ignore[arg-type]
        app.wait()
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.add_init_script(_PRESSED)
        for model in MODELS:
            address = f"http://{app.address}"
            numbers, ready = navigations(page, address, model, repeats)
            yield _row("navigation, numbers", model, FEW, numbers, NAVIGATION_MS)
            yield _row("navigation, map", model, FEW, ready, NAVIGATION_MS)
            yield _row("arrival, numbers", model, FEW, arrivals(page, address, model, repeats), NAVIGATION_MS)
            for n_draws in (FEW, MANY):
                _settled(page, f"{address}/bound?model={model}&draws={n_draws}")
                first, all_of_them = examples(page, n_draws, repeats)
                yield _row("example", model, n_draws, first, REPAINT_MS)
                yield _row("example, all draws", model, n_draws, all_of_them, None)
            first, all_of_them = larger(page, address, model, repeats)
            yield _row("N", model, MANY, first, REPAINT_MS)
            yield _row("N, all draws", model, MANY, all_of_them, None)
    for model in MODELS:
        for n_draws in (FEW, MANY):
            yield _row("computing", model, n_draws, computing(model, n_draws, repeats), None)


def _settled(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(_READY)
    page.get_by_test_id("fitted").wait_for()
    page.wait_for_timeout(PAUSE_MS)


def navigations(page: Page, address: str, model: str, repeats: int) -> tuple[list[float], list[float]]:
    """From the map's page to this one, each time another example."""
    numbers, ready = [], []
    for _ in range(repeats):
        page.goto(f"{address}/?model={model}")
        page.wait_for_selector(_READY)
        page.wait_for_timeout(PAUSE_MS)
        page.get_by_role("link", name="The bound").click()
        numbers.append(page.evaluate(_UNTIL, ["", "draws", None])[0])
        page.wait_for_selector(f".st-key-bound {_READY}")
        ready.append(page.evaluate("performance.now() - window.pressed"))
    return numbers, ready


def arrivals(page: Page, address: str, model: str, repeats: int) -> list[float]:
    """From a link to an example that nobody has looked at."""
    times = []
    for i in range(repeats):
        example = int(workspace.current().open(model).dataset.example_ids[100 + i])
        page.goto(f"{address}/bound?model={model}&example={example}", wait_until="domcontentloaded")
        times.append(page.evaluate(_UNTIL, ["", "draws", 0])[0])
        page.wait_for_timeout(PAUSE_MS)
    return times


def examples(page: Page, n_draws: int, repeats: int) -> tuple[list[float], list[float]]:
    """One after the other."""
    times = []
    for _ in range(repeats):
        before = page.get_by_test_id("elbo-first").inner_text()
        page.get_by_role("button", name="next example").click()
        times.append(page.evaluate(_UNTIL, [before, f"{n_draws:,} draws", None]))
        page.wait_for_timeout(PAUSE_MS)
    return _parted(times)


def larger(page: Page, address: str, model: str, repeats: int) -> tuple[list[float], list[float]]:
    """Two steps of the slider: to 3,000 draws, which is waited for, and to 10,000."""
    times = []
    for i in range(repeats):
        example = int(workspace.current().open(model).dataset.example_ids[200 + i])
        _settled(page, f"{address}/bound?model={model}&example={example}&draws=3000")
        before = page.get_by_test_id("elbo-first").inner_text()
        slider = page.get_by_role("slider", name="N, draws")
        slider.focus()
        slider.press("ArrowRight")
        times.append(page.evaluate(_UNTIL, [before, f"{MANY:,} draws", None]))
    return _parted(times)


def _parted(times: list[list[float]]) -> tuple[list[float], list[float]]:
    return [first for first, _ in times], [whole for _, whole in times]


def computing(model: str, n_draws: int, repeats: int) -> list[float]:
    """Until all draws are there, without a page."""
    entry = workspace.current().open(model)
    times = []
    for i in range(repeats + 1):
        subject = subject_of(entry, int(entry.dataset.example_ids[300 + i]))
        start = time.perf_counter()
        for step in results(subject, Question(n_draws)):
            assert step.result is not None, "each has draws"
            drawn = (step.result.naive, step.result.encoder)
            if all(d is not None and not isinstance(d, Missing) and len(d) == n_draws for d in drawn):
                break
        times.append(1000 * (time.perf_counter() - start))
    # The first also decodes the prior's draws, once for all examples.
    return times[1:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with sync_playwright() as playwright:
        chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        rows = []
        for row in measured(browser, given.repeats):
            asked = "" if row.asked_ms is None else f", {row.asked_ms:.0f} asked"
            print(
                f"{row.model:18} {row.what:20} N = {row.n_draws:6,}: {row.p50_ms:6.0f} ms median, "
                f"{row.p95_ms:6.0f} at p95{asked}",
                flush=True,
            )
            rows.append(row)
        browser.close()
    if given.out is not None:
        given.out.write_text(
            json.dumps({"machine": machine(), "rows": [asdict(r) for r in rows]}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
