"""From `explorer open` of a model and ten thousand images to a map that answers a drag; and what comes then.

A copy of the shipped Fashion-MNIST model without its atlas; the 10,000 test images as one .npz and as class folders of
PNGs; a real browser. In seconds from the command: a handle was dragged and its picture came; the map is UMAP; every
example has its ELBO. Beside the running build: how long one more inspected example takes to have its trusted numbers
(three of them, the first of which decodes the survey of the prior), and how long a dragged position takes to become a
picture.

    python -m benchmarks.first_map --out first_map.json

With `--foreign`, of a model that another program stored, which the same one command imports first: from the command to
a handle that was dragged, some times over.

    python -m benchmarks.first_map --foreign --out first_map_foreign.json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.app_process import ROOT, machine
from benchmarks.drag import Drags, alone
from benchmarks.sources import SOURCES, VAE, trained
from benchmarks.startup import CHROMIUM_FLAGS, Pictures, drag
from explorer import datasets
from explorer.atlas.build.control import BuildProgress, partial_of

MODEL = "fashion-mnist-16d"
_TIMEOUT_MS = 300_000
_SELECTED = 3
_SECONDS_TO_STOP = 3.0


@dataclass(frozen=True)
class Opening:
    """Seconds from the command, then seconds of an inspected example, then milliseconds of a dragged position."""

    form: str
    dragged: float
    umap: float
    elbo: float
    inspected: tuple[float, ...]
    drag_p50_ms: float
    drag_p95_ms: float


def as_npz(folder: Path) -> Path:
    """The images as one file."""
    data = datasets.load("fashion-mnist")
    path = folder / "images.npz"
    np.savez(path, x=data.values[:][:, 0], y=data.labels, label_names=np.array(data.label_names))
    return path


def as_pngs(folder: Path) -> Path:
    """The images as files, a folder a class."""
    data = datasets.load("fashion-mnist")
    path = folder / "images"
    for name in data.label_names:
        (path / name.replace("/", "-")).mkdir(parents=True)
    for i, (values, label) in enumerate(zip(data.values[:], data.labels, strict=True)):
        name = data.label_names[label].replace("/", "-")
        Image.fromarray(values[0]).save(path / name / f"{i:05}.png")
    return path


FORMS: dict[str, Callable[[Path], Path]] = {"one .npz": as_npz, "10,000 PNGs": as_pngs}


def measured(browser: Browser, form: str) -> Opening:
    """One opening, from nothing."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data, model = FORMS[form](folder), folder / "mine"
        shutil.copytree(ROOT / "checkpoints" / MODEL, model, ignore=shutil.ignore_patterns("atlas"))
        spawned = time.perf_counter()
        with (
            _opened(model, data) as address,
            browser.new_context(viewport={"width": 1400, "height": 900}) as context,
        ):
            page = context.new_page()
            _dragged(page, address)
            dragged = time.perf_counter() - spawned
            page.get_by_role("radio", name="UMAP", checked=True).wait_for(timeout=_TIMEOUT_MS)
            umap = time.perf_counter() - spawned
            _wait_for_stage(model, "scores")
            elbo = time.perf_counter() - spawned
            inspected = tuple(_inspect(page) for _ in range(_SELECTED))
            host = address.split("/")[2]
            # In a thread, as Playwright has a loop of its own in this one.
            with ThreadPoolExecutor(1) as thread:
                row = thread.submit(
                    lambda: asyncio.run(alone(host, Drags.fetch(host, "mine", "umap")))
                ).result()
        return Opening(form, dragged, umap, elbo, inspected, row.p50_ms, row.p95_ms)


@dataclass(frozen=True)
class ForeignOpening:
    """Seconds from the one command on a foreign source to its address, and to an answered drag; each run, in order."""

    source: str
    address: tuple[float, ...]
    dragged: tuple[float, ...]


def foreign(browser: Browser, vae: VAE, source: str, n_repeats: int) -> ForeignOpening:
    """Openings from nothing."""
    runs = [_foreign(browser, vae, source) for _ in range(n_repeats)]
    address, dragged = zip(*runs, strict=True)
    return ForeignOpening(source, address, dragged)


def _foreign(browser: Browser, vae: VAE, source: str) -> tuple[float, float]:
    write, said = SOURCES[source]
    # Its builder may write on for a moment.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        data, model = as_npz(folder), write(vae, folder)
        spawned = time.perf_counter()
        with _opened(model, data, said, folder) as address, browser.new_context() as context:
            announced = time.perf_counter() - spawned
            page = context.new_page()
            _dragged(page, address)
            dragged = time.perf_counter() - spawned
        time.sleep(_SECONDS_TO_STOP)
        return announced, dragged


@contextmanager
def _opened(model: Path, data: Path, said: Sequence[str] = (), folder: Path = ROOT) -> Iterator[str]:
    """The command, in a folder, until it has printed its address, which stands in its last line."""
    words = [sys.executable, "-m", "explorer", "open", str(model), "--data", str(data), "--no-browser", *said]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path}
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "it is a pipe"
        yield next(line.split()[0] for line in process.stdout if line.startswith("http"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _dragged(page: Page, address: str) -> None:
    """Opens the app, and waits for the picture of a first drag."""
    pictures = Pictures(page)
    page.goto(address)
    page.wait_for_selector('[data-ready="true"]', timeout=_TIMEOUT_MS)
    page.wait_for_selector("[data-handle]", timeout=_TIMEOUT_MS)
    drag(page, pictures)


def _wait_for_stage(model: Path, stage: str) -> None:
    deadline = time.monotonic() + _TIMEOUT_MS / 1000
    while (said := BuildProgress.read(partial_of(model / "atlas"))) is None or said.stage != stage:
        if time.monotonic() > deadline:
            raise SystemExit(f"the build did not come to {stage}: {said}")
        time.sleep(0.1)


def _inspect(page: Page) -> float:
    """Goes to the example before, among the last, which are scored last; seconds until it has its numbers."""
    before = page.locator(".lx-head").inner_text()
    began = time.perf_counter()
    page.get_by_role("button", name="previous example").click()
    expect(page.locator(".lx-head")).not_to_have_text(before, timeout=_TIMEOUT_MS)
    expect(page.get_by_test_id("verdict")).not_to_contain_text("Not scored yet", timeout=_TIMEOUT_MS)
    return time.perf_counter() - began


def table(rows: list[Opening]) -> str:
    """The rows as Markdown."""
    lines = [
        "| data | drag answered, s | UMAP, s | ELBO of all, s | inspected example, s | drag p50, ms | p95, ms |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        inspected = ", ".join(f"{seconds:.1f}" for seconds in row.inspected)
        times = f"{row.dragged:.1f} | {row.umap:.0f} | {row.elbo:.0f} | {inspected}"
        lines.append(f"| {row.form} | {times} | {row.drag_p50_ms:.1f} | {row.drag_p95_ms:.1f} |")
    return "\n".join(lines)


def _own_rows(browser: Browser, form: str | None) -> list[Opening]:
    rows = [measured(browser, one) for one in ([form] if form else FORMS)]
    print(table(rows))
    return rows


def _foreign_rows(browser: Browser, n_repeats: int) -> list[ForeignOpening]:
    vae = trained(torch.from_numpy(datasets.load("fashion-mnist").x(slice(None))))
    rows = [foreign(browser, vae, source, n_repeats) for source in SOURCES]
    print(foreign_table(rows))
    return rows


def foreign_table(rows: list[ForeignOpening]) -> str:
    """The rows as Markdown: medians, and the slowest."""
    lines = ["| source | address, s | drag answered, s | slowest, s |", "|---|---:|---:|---:|"]
    for row in rows:
        address, dragged = statistics.median(row.address), statistics.median(row.dragged)
        lines.append(f"| {row.source} | {address:.1f} | {dragged:.1f} | {max(row.dragged):.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--form", choices=tuple(FORMS), help="one of them; both by default")
    parser.add_argument("--foreign", action="store_true", help="of models that other programs stored")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="of each foreign model")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        rows = (
            _foreign_rows(browser, options.repeats) if options.foreign else _own_rows(browser, options.form)
        )
        browser.close()
    if options.out:
        content = {"machine": machine(), "rows": list(map(asdict, rows))}
        options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
