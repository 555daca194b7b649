"""How long a dragged position takes to become a picture, alone and with fifty others.

Two rows. Alone: one client sends a position and waits for its picture, 500 times. Crowd: 50 clients send 30 positions
a second each for 20 seconds, whether answered or not, as browsers do; a position that is overtaken before its turn is
not decoded, so the share answered is below one by design. The app runs in a process of its own, as `streamlit run`
starts it, and the clients in this one; time is from sending a position to holding its picture.

    python -m benchmarks.drag --out drag.json
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import struct
import time
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.app_process import AppProcess, machine, running_app

N_WARM, N_ALONE = 20, 500
N_CLIENTS, POSITIONS_PER_SECOND, SECONDS = 50, 30, 20.0
SEED = 0


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds, over answered positions."""

    what: str
    n_clients: int
    n_sent: int
    share_answered: float
    p50_ms: float
    p95_ms: float
    max_ms: float
    n_out_of_order: int


@dataclass
class Client:
    """What one client sent and saw: seconds by sequence number, answers in the order in which they came."""

    sent: dict[int, float] = field(default_factory=dict)
    answered: list[tuple[int, float]] = field(default_factory=list)

    @property
    def milliseconds(self) -> list[float]:
        return [1e3 * (at - self.sent[seq]) for seq, at in self.answered]

    @property
    def n_out_of_order(self) -> int:
        numbers = [seq for seq, _ in self.answered]
        return sum(after <= before for before, after in itertools.pairwise(numbers))


@dataclass(frozen=True)
class Drags:
    """Endless drags of one model's examples on one map: each handle circles about its own home."""

    model: str
    map_id: str
    example_ids: np.ndarray
    homes: np.ndarray

    @classmethod
    def fetch(cls, address: str, model: str, map_id: str) -> Drags:
        """The homes, as a browser gets them."""
        names = f"example_id,{map_id}_x,{map_id}_y"
        with urllib.request.urlopen(f"http://{address}/live/{model}/columns?names={names}") as reply:
            columns = np.frombuffer(reply.read(), "<f4").reshape(3, -1)
        return cls(model, map_id, columns[0].view("<i4"), columns[1:].T)

    def messages(self, n_handle: int) -> Iterator[tuple[int, str]]:
        """Sequence numbers and messages of the n-th handle."""
        rng = np.random.default_rng([SEED, n_handle])
        row = int(rng.integers(len(self.homes)))
        size = 0.1 * np.ptp(self.homes, axis=0)
        fixed = {"id": "a", "model": self.model, "base": int(self.example_ids[row]), "map": self.map_id}
        for seq in range(1, 1 << 30):
            turn = seq / 15 + np.array([0, np.pi / 2])
            x, y = (self.homes[row] + size * (np.sin(turn) - np.sin([0, np.pi / 2]))).tolist()
            yield seq, json.dumps(fixed | {"seq": seq, "x": x, "y": y})


async def alone(address: str, drags: Drags) -> Row:
    """One client that waits for each picture."""
    client, messages = Client(), drags.messages(0)
    async with _connected(address) as socket:
        for n in range(N_WARM + N_ALONE):
            seq, message = next(messages)
            client.sent[seq] = time.perf_counter()
            await socket.send(message)
            answered = _seq(await socket.recv())
            if n >= N_WARM:
                client.answered.append((answered, time.perf_counter()))
    client.sent = {seq: at for seq, at in client.sent.items() if seq > N_WARM}
    return _row("alone", [client])


async def crowd(address: str, drags: Drags, n_clients: int, seconds: float) -> Row:
    """Many clients that send at their own pace."""
    start = time.perf_counter() + 1
    offsets = np.random.default_rng(SEED).uniform(0, 1 / POSITIONS_PER_SECOND, n_clients)
    drag = (_drag(address, drags, n, start + offset, seconds) for n, offset in enumerate(offsets))
    return _row("crowd", await asyncio.gather(*drag))


async def _drag(address: str, drags: Drags, n_handle: int, start: float, seconds: float) -> Client:
    client = Client()
    async with _connected(address) as socket:
        reading = asyncio.create_task(_read(socket, client))
        for n, (seq, message) in enumerate(drags.messages(n_handle)):
            due = start + n / POSITIONS_PER_SECOND
            if due > start + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            client.sent[seq] = time.perf_counter()
            await socket.send(message)
        await asyncio.sleep(1)
        reading.cancel()
    return client


async def _read(socket: ClientConnection, client: Client) -> None:
    async for message in socket:
        client.answered.append((_seq(message), time.perf_counter()))


def _connected(address: str) -> connect:
    return connect(f"ws://{address}/live/socket", compression=None, origin=f"http://{address}")  # type: ignore[arg-type]


def _seq(message: str | bytes) -> int:
    if isinstance(message, str):
        raise SystemExit(f"the server answered: {message}")
    (length,) = struct.unpack("<I", message[:4])
    return int(json.loads(message[4 : 4 + length])["seq"])


def _row(what: str, clients: list[Client]) -> Row:
    milliseconds = np.concatenate([client.milliseconds for client in clients])
    n_sent = sum(len(client.sent) for client in clients)
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    n_out_of_order = sum(client.n_out_of_order for client in clients)
    share = len(milliseconds) / n_sent
    return Row(what, len(clients), n_sent, share, p50, p95, milliseconds.max(), n_out_of_order)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = ["| | clients | positions | answered | p50 ms | p95 ms | max ms | out of order |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        times = f"{row.p50_ms:.1f} | {row.p95_ms:.1f} | {row.max_ms:.1f}"
        counts = f"{row.n_clients} | {row.n_sent:,} | {row.share_answered:.1%}"
        lines.append(f"| {row.what} | {counts} | {times} | {row.n_out_of_order} |")
    return "\n".join(lines)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="fashion-mnist-16d", help="a checkpoint of the app")
    parser.add_argument("--map", default="umap", help="a stored map: umap or pca")
    parser.add_argument("--clients", type=int, default=N_CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--address", help="host:port of an app that runs already; by default one is started")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    with nullcontext() if options.address else running_app() as app:
        rows = asyncio.run(_measure(app, options))
    print(table(rows))
    if options.out:
        content = {
            "machine": machine(),
            "model": options.model,
            "map": options.map,
            "rows": list(map(asdict, rows)),
        }
        options.out.write_text(json.dumps(content, indent=2) + "\n")


async def _measure(app: AppProcess | None, options: argparse.Namespace) -> list[Row]:
    if app is not None:
        app.wait()
    address = options.address if app is None else app.address
    drags = await asyncio.to_thread(Drags.fetch, address, options.model, options.map)
    return [await alone(address, drags), await crowd(address, drags, options.clients, options.seconds)]


if __name__ == "__main__":
    main()
