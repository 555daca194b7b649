"""How long the page takes to follow a hand: a lasso told, a released handle and a clicked example in fresh numbers.

All times are taken in headless Chromium, by the page's own clock, from the moment that the pointer's button comes up.

- lasso: until the page's script is told, the message to the server included; the map itself is grey before that.
- told and shown: until the linked view below the map counts what is selected.
- release: a handle is dragged out and let go, until the inspector shows the image at its place.
- click: an example is clicked, until the inspector shows its gap.

No message may go to the page's script while the button is down: that is asserted, not measured.

    python -m benchmarks.interaction --work /tmp/million --out interaction.json

`--work` keeps an atlas of 120,000 examples made from the shipped encodings by jitter; the other rows are of the shipped
Fashion-MNIST atlas.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.app_process import machine, running_app
from benchmarks.million_folder import SMALL, made
from benchmarks.startup import CHROMIUM_FLAGS

N_COPIES, NAME = 12, "hundred-thousand"
N_REPEATS = 30
SIZE = {"width": 1400, "height": 900}
# Notes when the button comes up and when the page's script is told.
_CLOCK = """() => {
  window.clock = { up: 0, told: [] };
  addEventListener("pointerup", () => { window.clock.up = performance.now(); }, true);
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...all) {
    if (this.url.includes("/_stcore/stream")) window.clock.told.push(performance.now());
    return send.apply(this, all);
  };
}"""
# Milliseconds from the button to the moment that a text or picture is another one than before.
_UNTIL = """([look, before]) => new Promise(resolve => {
  const find = Function("return " + look);
  const step = () => {
    const now = find();
    if (now && now !== before) resolve(performance.now() - window.clock.up);
    else requestAnimationFrame(step);
  };
  step();
})"""
_IMAGE = "document.querySelector('img[alt=\"at the handle\"]')?.src"
_GAP = (
    "document.querySelector('.lx-head')?.innerText"
    " + document.querySelector('[data-testid=\"figure-gap\"]')?.innerText"
)
_COUNT = "document.querySelector('[data-testid=\"n-selected\"]')?.innerText"


@dataclass(frozen=True)
class Row:
    """One line of the table, milliseconds."""

    what: str
    n_examples: int
    n: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    asked_ms: float


def _row(what: str, n_examples: int, times: list[float], asked: float) -> Row:
    p50, p95 = np.percentile(times, [50, 95])
    return Row(what, n_examples, len(times), float(p50), float(p95), max(times), asked)


def measured(browser: Browser, root: Path, repeats: int) -> list[Row]:
    """All rows, one app for both atlases."""
    os.environ["EXPLORER_CHECKPOINTS"] = str(root)
    rows = []
    with running_app() as app, browser.new_context(viewport=SIZE) as context:  # type: ignore[arg-type]
        app.wait()
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(f"({_CLOCK})()")
        _open(page, app.address, NAME)
        told, shown = lassos(page, repeats)
        rows += [_row("lasso, told", 120_000, told, 150), _row("lasso, told and shown", 120_000, shown, 300)]
        _open(page, app.address, SMALL)
        rows.append(_row("release", 10_000, releases(page, repeats), 300))
        rows.append(_row("click", 10_000, clicks(page, repeats), 300))
    return rows


def _open(page: Page, address: str, model: str) -> None:
    page.goto(f"http://{address}/?model={model}")
    page.wait_for_selector('[data-testid="latent-map"][data-ready="true"]')
    page.wait_for_timeout(3000)


def lassos(page: Page, repeats: int) -> tuple[list[float], list[float]]:
    """Circles of other sizes each time, half the map's height wide."""
    page.get_by_test_id("map-lasso").click()
    box = page.get_by_test_id("map-surface").bounding_box()
    assert box is not None, "the map is on the page"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    told, shown = [], []
    for n in range(repeats):
        radius = box["height"] * (0.3 + 0.1 * n / repeats)
        page.mouse.move(x + radius, y)
        page.mouse.down()
        for i in range(1, 40):
            turn = 2 * math.pi * i / 40
            page.mouse.move(x + radius * math.cos(turn), y + radius * math.sin(turn))
        before = page.evaluate(_COUNT)
        page.evaluate("window.clock.told = []")
        page.mouse.up()
        shown.append(page.evaluate(_UNTIL, [_COUNT, before]))
        told.append(page.evaluate("window.clock.told[0] - window.clock.up"))
        page.wait_for_timeout(400)
    page.get_by_test_id("map-clear").click()
    page.get_by_test_id("map-pan").click()
    return told, shown


def releases(page: Page, repeats: int) -> list[float]:
    """The handle goes to and fro."""
    times = []
    for n in range(repeats):
        box = page.locator("[data-handle]").first.bounding_box()
        assert box is not None, "a handle is on the map"
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate("window.clock.told = []")
        page.mouse.move(x + (90 if n % 2 else -90), y + (10 if n % 3 else -25), steps=10)
        before = page.evaluate(_IMAGE)
        assert page.evaluate("window.clock.told.length") == 0, "the page's script is left alone during a drag"
        page.mouse.up()
        times.append(page.evaluate(_UNTIL, [_IMAGE, before]))
        page.wait_for_timeout(400)
    return times


def clicks(page: Page, repeats: int) -> list[float]:
    """Clicks on examples that lie alone, found by asking the map where the pointer is over a point."""
    times: list[float] = []
    surface = page.get_by_test_id("map-surface")
    box = surface.bounding_box()
    assert box is not None, "the map is on the page"
    rng = np.random.default_rng(0)
    while len(times) < repeats:
        x = box["x"] + box["width"] * rng.uniform(0.1, 0.9)
        y = box["y"] + box["height"] * rng.uniform(0.15, 0.9)
        page.mouse.move(x, y)
        page.wait_for_timeout(30)
        if "lm-over-point" not in (surface.get_attribute("class") or ""):
            continue
        before = page.evaluate(_GAP)
        page.mouse.click(x, y)
        times.append(page.evaluate(_UNTIL, [_GAP, before]))
        page.wait_for_timeout(400)
    return times


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| from the button's release | examples | times | p50 | p95 | most | asked |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for r in rows:
        ms = " | ".join(f"{v:.0f} ms" for v in (r.p50_ms, r.p95_ms, r.max_ms, r.asked_ms))
        lines.append(f"| {r.what} | {r.n_examples:,} | {r.n} | {ms} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="a folder for the large atlas")
    parser.add_argument("--repeats", type=int, default=N_REPEATS)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    root = made(options.work, NAME, N_COPIES)
    with sync_playwright() as playwright:
        chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        rows = measured(browser, root, options.repeats)
        browser.close()
    print(table(rows))
    if options.out:
        options.out.write_text(
            json.dumps({"machine": machine(), "rows": [asdict(r) for r in rows]}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
