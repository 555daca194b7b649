"""The app under everything at once for ten minutes: does it keep its size, and does anybody wait?

- 200 people drag, as in the benchmark of the crowd: at most two positions on their way.
- 50 tabs open the app's page, keep it for some seconds and close it, then the next ones do: by Streamlit's own
  protocol, so that the page's script runs as for a browser, without fifty browsers on this machine.
- A tenth of them take a gap apart, which takes long, and close in the midst of it.
- An atlas is built on the page of a model that has none, and stopped, again and again.

Every ten seconds: the server's memory, open files and threads; every second: how long it takes to say that it is well.
The first minute is not counted: it fills what is kept on purpose (charts, thumbnails, sessions of closed tabs).

    python -m benchmarks.soak --out soak.json
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.typing import Subprotocol

from benchmarks.app_process import ROOT, machine, running_app
from benchmarks.crowd import IN_FLIGHT, SECONDS_TO_WARM, Client, _connected, _move
from benchmarks.drag import Drags

N_CLIENTS, N_TABS, SECONDS = 200, 50, 600.0
SECONDS_TO_FILL = 60.0
# How long a tab stays; with fifty of them, somewhat more than one opens a second.
TAB_SECONDS = (20.0, 60.0)
SAMPLE_SECONDS = 10.0
SEED = 0


@dataclass(frozen=True)
class Sample:
    """The server at one moment."""

    seconds: float
    mib: float
    n_files: int
    n_threads: int

    @classmethod
    def of(cls, pid: int, seconds: float) -> Sample:
        folder = Path(f"/proc/{pid}")
        status = dict(
            line.split(":\t") for line in (folder / "status").read_text().splitlines() if ":\t" in line
        )
        mib = int(status["VmRSS"].split()[0]) / 1024
        return cls(seconds, mib, len(os.listdir(folder / "fd")), int(status["Threads"]))


@dataclass
class Counts:
    """What was done."""

    n_tabs: int = 0
    n_gaps_begun: int = 0
    n_builds: int = 0
    n_failed: int = 0
    page_ms: list[float] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)


class Tab:
    """A tab of the app without a browser: it runs the page's script and presses its buttons."""

    def __init__(self, stream: websockets.ClientConnection, query: str):
        self._stream, self._query = stream, query
        self.buttons: dict[str, str] = {}
        self.folds: dict[str, str] = {}
        self._values: dict[str, WidgetState] = {}

    async def run(self, press: str = "") -> None:
        """Runs the page, as a load of it or a press on one of its buttons does."""
        message = BackMsg()
        message.rerun_script.query_string = self._query
        widgets = message.rerun_script.widget_states.widgets
        widgets.extend(self._values.values())
        if press in self.buttons:
            widgets.add(id=self.buttons[press], trigger_value=True)
        elif press:
            widgets.add(id=self.folds[press], bool_value=True)
        await self._stream.send(message.SerializeToString())
        while True:
            said = ForwardMsg.FromString(await self._stream.recv())
            if said.WhichOneof("type") == "script_finished":
                return
            self._see(said.delta.new_element)
            fold = said.delta.add_block.expandable
            if fold.id:
                self.folds[fold.label] = fold.id

    def _see(self, element: Element) -> None:
        """Remembers a button, and what a browser would send of a widget."""
        kind = element.WhichOneof("type")
        if kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "selectbox" and element.selectbox.options:
            box = element.selectbox
            self._values[box.id] = WidgetState(
                id=box.id, string_value=box.raw_value if box.set_value else box.options[box.default]
            )
        elif kind == "slider":
            slider = element.slider
            state = WidgetState(id=slider.id)
            state.double_array_value.data.extend(slider.value if slider.set_value else slider.default)
            self._values[slider.id] = state


async def visit(address: str, query: str, stay: float, press: tuple[str, ...], counts: Counts) -> None:
    """Opens a tab, presses what it is to press, stays, and closes."""
    started = time.perf_counter()
    url = f"ws://{address}/_stcore/stream"
    async with websockets.connect(url, subprotocols=[Subprotocol("streamlit")], max_size=None) as stream:
        tab = Tab(stream, query)
        await tab.run()
        counts.page_ms.append(1e3 * (time.perf_counter() - started))
        counts.n_tabs += 1
        for word in press:
            if word in {*tab.buttons, *tab.folds}:
                await tab.run(word)
                counts.n_gaps_begun += word.startswith("Take")
                counts.n_builds += word == "Build"
                await asyncio.sleep(3)
        await asyncio.sleep(stay)


async def open_tabs(address: str, n_place: int, counts: Counts) -> None:
    """One of the fifty places: a tab after another, until it is cancelled."""
    random = np.random.default_rng([SEED, n_place])
    models = ("fashion-mnist-16d", "digits-2d")
    await asyncio.sleep(random.uniform(0, TAB_SECONDS[1]))
    while True:
        query = f"model={models[random.integers(2)]}"
        takes_apart = n_place % 10 == 0
        press = ("Take the gap apart",) if takes_apart else ()
        await _counted(visit(address, query, random.uniform(*TAB_SECONDS), press, counts), counts)


async def build_and_stop(address: str, counts: Counts) -> None:
    """Builds an atlas and stops it, until it is cancelled."""
    while True:
        await _counted(visit(address, "model=bare", 1, ("Build", "Stop"), counts), counts)
        await asyncio.sleep(5)


async def _counted(act: Coroutine[object, object, None], counts: Counts) -> None:
    try:
        await act
    except (OSError, websockets.WebSocketException, TimeoutError):
        counts.n_failed += 1
        await asyncio.sleep(1)


async def ask_health(address: str, counts: Counts) -> None:
    """Asks every second whether the server is well."""

    def ask() -> float:
        started = time.perf_counter()
        urllib.request.urlopen(f"http://{address}/_stcore/health", timeout=30).close()
        return 1e3 * (time.perf_counter() - started)

    while True:
        counts.health_ms.append(await asyncio.to_thread(ask))
        await asyncio.sleep(1)


@dataclass(frozen=True)
class Soaked:
    """What came of it."""

    samples: list[Sample]
    counts: Counts
    sent_ms: tuple[float, float, float]
    n_pictures: int


async def soak(address: str, pid: int, drags: Drags, n_clients: int, n_tabs: int, seconds: float) -> Soaked:
    """Everything at once, for that long after the first minute."""
    clients = [await _connected(address, drags, i, IN_FLIGHT) for i in range(n_clients)]
    counts, late = Counts(), list[float]()
    tasks = [asyncio.create_task(_move(clients, late)), asyncio.create_task(ask_health(address, counts))]
    tasks += [asyncio.create_task(open_tabs(address, n, counts)) for n in range(n_tabs)]
    tasks.append(asyncio.create_task(build_and_stop(address, counts)))
    await asyncio.sleep(max(SECONDS_TO_WARM, SECONDS_TO_FILL))
    counts.health_ms.clear()
    counts.page_ms.clear()
    for client in clients:
        client.measures = True
    started, samples = time.perf_counter(), [Sample.of(pid, 0)]
    while (passed := time.perf_counter() - started) < seconds:
        await asyncio.sleep(min(SAMPLE_SECONDS, seconds - passed))
        samples.append(Sample.of(pid, time.perf_counter() - started))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return Soaked(samples, counts, *_waits(clients))


def _waits(clients: list[Client]) -> tuple[tuple[float, float, float], int]:
    """p50, p95 and p99 of all answered positions, milliseconds, and how many those were."""
    for client in clients:
        client.measures = False
        client.transport.abort()
    times = np.concatenate([client.seen.since_sent for client in clients])
    p50, p95, p99 = (1e3 * np.quantile(times, [0.5, 0.95, 0.99])).tolist()
    return (p50, p95, p99), len(times)


def table(found: Soaked) -> str:
    """The figures as Markdown."""
    thirds = np.array_split(np.arange(len(found.samples)), 3)
    rows = [
        ("memory, MiB", lambda s: s.mib, "{:.0f}"),
        ("open files", lambda s: s.n_files, "{:.0f}"),
        ("threads", lambda s: s.n_threads, "{:.0f}"),
    ]
    lines = ["| | first third | second | last |", "| --- | ---: | ---: | ---: |"]
    for name, value, text in rows:
        medians = [np.median([value(found.samples[i]) for i in third]) for third in thirds]
        lines.append(f"| {name} (median) | " + " | ".join(text.format(m) for m in medians) + " |")
    counts = found.counts
    health, pages = np.array(counts.health_ms), np.array(counts.page_ms)
    lines += [
        "",
        f"{found.n_pictures:,} positions answered: p50 {found.sent_ms[0]:.0f}, p95 {found.sent_ms[1]:.0f}, "
        f"p99 {found.sent_ms[2]:.0f} ms.",
        f"Health: p50 {np.median(health):.0f}, p99 {np.quantile(health, 0.99):.0f}, most {health.max():.0f} ms "
        f"({len(health)} times).",
        f"{counts.n_tabs} tabs, the page's script in {np.median(pages):.0f} ms (p95 {np.quantile(pages, 0.95):.0f}); "
        f"{counts.n_gaps_begun} gaps begun, {counts.n_builds} builds begun; {counts.n_failed} connections failed.",
    ]
    return "\n".join(lines)


def checkpoints(folder: Path) -> Path:
    """The shipped models, and one without an atlas."""
    for name in ("fashion-mnist-16d", "digits-2d"):
        shutil.copytree(ROOT / "checkpoints" / name, folder / name)
    shutil.copytree(folder / "digits-2d", folder / "bare")
    shutil.rmtree(folder / "bare" / "atlas")
    return folder


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=N_CLIENTS)
    parser.add_argument("--tabs", type=int, default=N_TABS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="after the first minute")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"EXPLORER_CHECKPOINTS": str(checkpoints(Path(folder)))}
        with running_app(settings) as app:
            app.wait()
            drags = Drags.fetch(app.address, "fashion-mnist-16d", "umap")
            gc.disable()
            with suppress(KeyboardInterrupt):
                found = asyncio.run(
                    soak(app.address, app.process.pid, drags, options.clients, options.tabs, options.seconds)
                )
                print(table(found))
                if options.out:
                    content = {"machine": machine(), "options": {k: str(v) for k, v in vars(options).items()}}
                    options.out.write_text(json.dumps(content | asdict(found), indent=2) + "\n")


if __name__ == "__main__":
    main()
