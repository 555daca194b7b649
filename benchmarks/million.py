"""A million points in a real browser: our map beside `st.plotly_chart` and a bare regl-scatterplot page.

From navigation to interactive: the page says that it has drawn, a turn of the wheel changes its view, and the browser
has painted a frame after that. All three in turn, in one Chromium, with empty caches every time; their servers are
up beforehand. Bytes are what the points cost over the wire. Then, on our page, whether the points are asked for again,
and the server's memory: one client, three, a drag.

    python -m benchmarks.million --work FOLDER --out million.json
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Locator, Page, expect, sync_playwright

from benchmarks.app_process import AppProcess, machine, running_app
from benchmarks.million_folder import NAME, SMALL, made, write_points
from benchmarks.million_pages import READY, Contender, contenders, plotly_page, regl_page
from benchmarks.startup import CHROMIUM_FLAGS, Pictures

N_RUNS, N_CLIENTS, N_MOVES = 3, 3, 60
SECONDS_TO_SETTLE = 3.0
_VIEWPORT = {"width": 1400, "height": 900}
_TIMEOUT_MS = 300_000
# A frame that was asked for after the change; with software WebGL it is there when the picture is.
_SHOT = {"x": 300, "y": 300, "width": 64, "height": 64}


@dataclass(frozen=True)
class Opening:
    """Seconds from navigation until the page says that it has drawn, and until it has answered the wheel."""

    page: str
    ready: float
    interactive: float
    points_mb: float


@dataclass(frozen=True)
class Memory:
    """The server's memory in MiB: resident, of that its own (not files'), and the most it was since idle."""

    when: str
    resident: float
    anonymous: float
    peak: float


class Wire:
    """What a page received, in bytes by address; a socket's messages count unpacked."""

    def __init__(self, page: Page):
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.received: list[tuple[str, int]] = []
        self._address: dict[str, str] = {}
        self.session.on("Network.requestWillBeSent", lambda e: self._name(e, e["request"]["url"]))
        self.session.on("Network.webSocketCreated", lambda e: self._name(e, e["url"]))
        self.session.on("Network.loadingFinished", lambda e: self._add(e, int(e["encodedDataLength"])))
        self.session.on("Network.webSocketFrameReceived", self._frame)
        self.session.send("Network.enable")

    def _name(self, event: dict[str, Any], address: str) -> None:
        self._address[event["requestId"]] = address

    def _add(self, event: dict[str, Any], n_bytes: int) -> None:
        self.received.append((self._address.get(event["requestId"], ""), n_bytes))

    def _frame(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        is_binary = frame["opcode"] == 2
        self._add(event, len(base64.b64decode(frame["payloadData"]) if is_binary else frame["payloadData"]))

    def megabytes(self, carries: re.Pattern[str]) -> float:
        """Received from matching addresses, in 10^6 bytes."""
        return sum(n_bytes for address, n_bytes in self.received if carries.search(address)) / 1e6

    def count(self, carries: re.Pattern[str]) -> int:
        """Replies from matching addresses."""
        return sum(bool(carries.search(address)) for address, _ in self.received)


def opened(browser: Browser, who: Contender) -> Opening:
    """Opens a page in an empty context and zooms."""
    with browser.new_context(viewport=_VIEWPORT) as context:  # type: ignore[arg-type]  # a dict of its two numbers
        page = context.new_page()
        page.set_default_timeout(_TIMEOUT_MS)
        wire = Wire(page)
        start = time.perf_counter()
        page.goto(who.address, wait_until="commit")
        page.wait_for_selector(who.drawn, state="attached")
        page.screenshot(clip=_SHOT)  # type: ignore[arg-type]
        ready = time.perf_counter() - start
        _zoom(page, page.locator(who.plot).first, who.view)
        return Opening(who.name, ready, time.perf_counter() - start, wire.megabytes(who.carries))


def _zoom(page: Page, plot: Locator, view: str) -> None:
    """Turns the wheel over the plot until its view has changed and a frame was painted after that."""
    box = plot.bounding_box()
    assert box is not None, "the plot is on the page"
    before, deadline = plot.evaluate(view), time.perf_counter() + _TIMEOUT_MS / 1000
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    while plot.evaluate(view) == before:
        assert time.perf_counter() < deadline, "the wheel was not answered"
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(10)
    page.screenshot(clip=_SHOT)  # type: ignore[arg-type]


def asked_again(page: Page, wire: Wire, carries: re.Pattern[str]) -> dict[str, dict[str, float]]:
    """Replies with columns, and their megabytes, after each of what a person may do with the points on the map."""
    n, size, found = wire.count(carries), wire.megabytes(carries), {}
    steps: dict[str, Callable[[], None]] = {
        "selection": lambda: _click_a_point(page),
        "theme": lambda: page.emulate_media(color_scheme="dark"),
        "colour": lambda: _choose_colour(page),
    }
    for what, step in steps.items():
        step()
        page.wait_for_timeout(2000)
        found[what] = {
            "replies": wire.count(carries) - n,
            "megabytes": wire.megabytes(carries) - size,
        }
        n, size = wire.count(carries), wire.megabytes(carries)
    return found


def _click_a_point(page: Page) -> None:
    box = page.get_by_test_id("map-surface").bounding_box()
    assert box is not None, "the map is on the page"
    page.mouse.click(box["x"] + 0.45 * box["width"], box["y"] + 0.55 * box["height"])


def _choose_colour(page: Page) -> None:
    """Colours by the ELBO, which is a column of its own: 4 MB that were not there, and no places."""
    page.get_by_role("combobox", name="Colour", exact=True).click()
    page.get_by_role("option", name="ELBO").first.click()
    expect(page.get_by_test_id("latent-map")).to_have_attribute("data-colour", "elbo_nats", timeout=60_000)


def memory(browser: Browser) -> tuple[list[Memory], dict[str, dict[str, float]], float]:
    """A fresh server through idle on the small model, one client on the million, three, and a drag."""
    found: list[Memory] = []
    with running_app() as app, browser.new_context(viewport=_VIEWPORT) as context:  # type: ignore[arg-type]
        app.wait()
        note = partial(_memory, app.process.pid)
        _visit(context.new_page(), app, SMALL)
        note("idle, the small model open")
        Path(f"/proc/{app.process.pid}/clear_refs").write_text("5")
        found.append(note("idle, the small model open"))
        pages = [context.new_page() for _ in range(N_CLIENTS)]
        wire = Wire(pages[0])
        first = _visit(pages[0], app, NAME)
        found.append(note("one client on the million"))
        again = asked_again(pages[0], wire, re.compile(r"/columns\?"))
        found.append(note("selection, theme and colour changed"))
        for page in pages[1:]:
            _visit(page, app, NAME)
        found.append(note(f"{N_CLIENTS} clients"))
        _drag(pages[-1])
        found.append(note("after a drag"))
    return found, again, first


def _visit(page: Page, app: AppProcess, model: str) -> float:
    """Opens a model; seconds until its map is ready."""
    page.set_default_timeout(_TIMEOUT_MS)
    start = time.perf_counter()
    page.goto(f"http://{app.address}/?model={model}", wait_until="commit")
    page.wait_for_selector(READY)
    seconds = time.perf_counter() - start
    page.wait_for_selector("[data-handle]")
    return seconds


def _drag(page: Page) -> None:
    """Takes the first handle along until pictures have come."""
    page.bring_to_front()
    page.reload(wait_until="commit")
    pictures = Pictures(page)
    page.wait_for_selector(READY)
    box = page.locator("[data-handle]").first.bounding_box()
    assert box is not None, "a handle is on the map"
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(N_MOVES):
        page.mouse.move(x + step, y + step / 2)
        page.wait_for_timeout(15)
    page.mouse.up()
    page.wait_for_timeout(1000)
    assert pictures.n > 0, "the drag was answered"


def _memory(pid: int, when: str) -> Memory:
    time.sleep(SECONDS_TO_SETTLE)
    rollup, status = (Path(f"/proc/{pid}/{name}").read_text() for name in ("smaps_rollup", "status"))

    def mebibytes(name: str, text: str) -> float:
        found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
        assert found is not None, f"Linux says {name}"
        return int(found[1]) / 1024

    return Memory(when, mebibytes("Rss", rollup), mebibytes("Anonymous", rollup), mebibytes("VmHWM", status))


def race(browser: Browser, work: Path, n_runs: int) -> list[Opening]:
    """All three in turn, n_runs times, after one visit each that lets their servers read their files."""
    with running_app() as app, plotly_page(work) as plotly, regl_page(work) as regl:
        app.wait()
        pages = contenders(app, plotly, regl)
        for who in pages:
            opened(browser, who)
        return [opened(browser, who) for _ in range(n_runs) for who in pages]


def table(openings: list[Opening], memories: list[Memory]) -> str:
    """Medians a page, then the memory, as Markdown."""
    lines = ["| a million points | ready, s | interactive, s | times ours | MB for the points |"]
    lines.append("|---|---:|---:|---:|---:|")
    by_page: dict[str, list[Opening]] = {}
    for opening in openings:
        by_page.setdefault(opening.page, []).append(opening)
    ours = median(o.interactive for o in by_page["ours"])
    for page, found in by_page.items():
        ready, interactive = median(o.ready for o in found), median(o.interactive for o in found)
        size = median(o.points_mb for o in found)
        lines.append(f"| {page} | {ready:.2f} | {interactive:.2f} | {interactive / ours:.2f} | {size:.2f} |")
    lines += ["", "| server memory, MiB | resident | above idle | anonymous | above idle | peak |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    idle = memories[0]
    for m in memories:
        above = (m.resident - idle.resident, m.anonymous - idle.anonymous)
        numbers = (m.resident, above[0], m.anonymous, above[1], m.peak)
        lines.append(f"| {m.when} | " + " | ".join(f"{n:.0f}" for n in numbers) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True, help="where the million lies or is made, 1.1 GB")
    parser.add_argument("--runs", type=int, default=N_RUNS)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    root = made(options.work.resolve())
    write_points(root, options.work.resolve())
    os.environ["EXPLORER_CHECKPOINTS"] = str(root)
    chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        openings = race(browser, options.work.resolve(), options.runs)
        memories, again, first = memory(browser)
        browser.close()
    print(table(openings, memories))
    print(f"\nFirst visit after the server's start: ready after {first:.2f} s. Columns asked for after:")
    for what, counts in again.items():
        print(f"- {what}: {counts['replies']} replies, {counts['megabytes']:.2f} MB")
    if options.out:
        content = {
            "machine": machine(),
            "openings": list(map(asdict, openings)),
            "memory_mib": list(map(asdict, memories)),
            "asked_again": again,
            "first_ready_seconds": first,
        }
        options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
