"""Two hundred people who drag at once: how long each waits, whether anybody starves, whether memory grows.

The hand of every client moves 30 times a second for a minute. Three rows:

- page: as the page's own script does (`stream.js`): at most two positions on their way, of those that were made
  meanwhile only the newest is sent, when an answer comes.
- flood: every position is sent when it is made, answered or not. The server skips what is overtaken.
- page, one stuck: the first row again, while one more client sends 30 positions a second and never reads, until the
  server closes it because it does not answer pings either.

Times are in milliseconds, over answered positions: "sent" from sending a position to its picture, "hand" from the
hand's move to its picture, which in the rows of the page also counts the wait for a free turn. "pictures" is a second
and a client. "longest wait" is the longest that any client went without a picture.

The app runs in a process of its own, as `streamlit run` starts it. All clients share this process, and it shares the
machine with the server, so it does little: bare frames over asyncio, no library, no JSON but the one number it needs.
"load" is what that still took, in cores, and "late" how late its sends were, p99: what it adds to the times.

    python -m benchmarks.crowd --out crowd.json
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.app_process import machine, running_app
from benchmarks.drag import Drags

N_CLIENTS, POSITIONS_PER_SECOND, SECONDS = 200, 30, 60.0
IN_FLIGHT = 2
SECONDS_TO_WARM = 3.0
TICK_SECONDS = 0.002
SEED = 0
_SEQ = re.compile(rb'"seq":\s*(\d+)')


@dataclass(frozen=True)
class Row:
    """One line of the table; `hand_ms` and `sent_ms` are p50, p95, p99 and the maximum."""

    what: str
    n_clients: int
    n_sent: int
    hand_ms: tuple[float, float, float, float]
    sent_ms: tuple[float, float, float, float]
    pictures_per_second_least: float
    pictures_per_second_median: float
    longest_wait_ms: float
    n_out_of_order: int
    server_cores: float | None
    load_cores: float
    load_late_p99_ms: float
    server_mib: tuple[float, ...]


@dataclass
class Seen:
    """What one client measured: seconds (perf_counter), an entry a picture."""

    n_sent: int = 0
    answered: list[float] = field(default_factory=list)
    since_hand: list[float] = field(default_factory=list)
    since_sent: list[float] = field(default_factory=list)
    n_out_of_order: int = 0


class Client(asyncio.Protocol):
    """One hand on one handle that circles about its home.

    Args:
        fixed: the message without its sequence number and place.
        home, size: of the circle, in the map's units.
        in_flight: positions that may be on their way at one time; None for any number.
        reads: False for a client that never takes an answer.
    """

    def __init__(
        self, fixed: bytes, home: np.ndarray, size: np.ndarray, in_flight: int | None, reads: bool = True
    ):
        self.fixed, self.home, self.size = fixed, home.tolist(), size.tolist()
        self.in_flight, self.reads = in_flight, reads
        self.seen, self.measures = Seen(), False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._received = bytearray()
        self._under_way: dict[int, tuple[float, float]] = {}
        self._waiting: float | None = None
        self._seq = self._last = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        host, port = transport.get_extra_info("peername")[:2]
        transport.write(
            f"GET /live/socket HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        # The one that never reads is closed by the server's pings in the end.
        if self.measures and self.reads:
            raise SystemExit(f"the server closed the connection of a client: {exc}")

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.ready.done():
            head, found, rest = bytes(self._received).partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"the server refused: {head.decode(errors='replace')}")
            self._received = bytearray(rest)
            self.ready.set_result(None)
            if not self.reads:
                self.transport.pause_reading()
        for kind, payload in _frames(self._received):
            self._take(kind, payload)

    def move(self, made: float) -> None:
        """The hand has moved: the position goes, or waits in the place of an older one."""
        self._waiting = made
        self._send(time.perf_counter())

    def _send(self, now: float) -> None:
        full = self.in_flight is not None and len(self._under_way) >= self.in_flight
        if self._waiting is None or full or self.transport.is_closing():
            return
        self._seq += 1
        turn = self._seq / 15
        x = self.home[0] + self.size[0] * np.sin(turn).item()
        y = self.home[1] + self.size[1] * (np.cos(turn).item() - 1)
        self.transport.write(_frame(0x1, b'%s,"seq":%d,"x":%.6f,"y":%.6f}' % (self.fixed, self._seq, x, y)))
        if self.reads:
            self._under_way[self._seq] = self._waiting, now
        self._waiting = None
        self.seen.n_sent += self.measures

    def _take(self, kind: int, payload: bytes) -> None:
        now = time.perf_counter()
        if kind == 0x9:
            self.transport.write(_frame(0xA, payload))
        if kind == 0x1:
            raise SystemExit(f"the server answered: {payload.decode()}")
        if kind != 0x2:
            return
        found = _SEQ.search(payload)
        assert found, "a picture's header has a sequence number"
        seq = int(found[1])
        made, sent = self._under_way.get(seq, (now, now))
        self._under_way = {n: times for n, times in self._under_way.items() if n > seq}
        if self.measures:
            self.seen.answered.append(now)
            self.seen.since_hand.append(now - made)
            self.seen.since_sent.append(now - sent)
            self.seen.n_out_of_order += seq <= self._last
        self._last = max(self._last, seq)
        self._send(now)


def _frame(kind: int, payload: bytes) -> bytes:
    """A client's frame, masked with zeros; `kind` is its opcode."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack(">BH", 0xFE, len(payload))
    return bytes([0x80 | kind]) + length + b"\0\0\0\0" + payload


def _frames(received: bytearray) -> Iterator[tuple[int, bytes]]:
    """Takes the whole frames off the front of what a server has sent: opcodes and payloads."""
    while len(received) >= 2:
        start, length = 2, received[1]
        if length == 126:
            start, length = 4, int.from_bytes(received[2:4], "big")
        elif length == 127:
            start, length = 10, int.from_bytes(received[2:10], "big")
        if len(received) < start + length:
            return
        kind, payload = received[0] & 0xF, bytes(received[start : start + length])
        del received[: start + length]
        yield kind, payload


@dataclass(frozen=True)
class Usage:
    """What a process has used: seconds of processors, and MiB of memory now."""

    seconds: float
    mib: float

    @classmethod
    def of(cls, pid: int | None) -> Usage | None:
        """Of a process of this machine; None where it is not known or /proc does not tell."""
        folder = Path(f"/proc/{pid}")
        if pid is None or not folder.is_dir():
            return None
        ticks = sum(map(int, (folder / "stat").read_text().rpartition(")")[2].split()[11:13]))
        n_pages = int((folder / "statm").read_text().split()[1])
        return cls(ticks / os.sysconf("SC_CLK_TCK"), n_pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


@dataclass(frozen=True)
class Crowd:
    """A kind of crowd: the module's text says what the rows are."""

    what: str
    in_flight: int | None
    has_stuck: bool = False


CROWDS = (Crowd("page", IN_FLIGHT), Crowd("flood", None), Crowd("page, one stuck", IN_FLIGHT, has_stuck=True))


@dataclass(frozen=True)
class Measured:
    """What a run leaves: clients, start and end (perf_counter), the server's usage thrice, own seconds, lateness."""

    clients: list[Seen]
    start: float
    end: float
    usages: list[Usage]
    load_seconds: float
    late: np.ndarray


async def measure(crowd: Crowd, address: str, pid: int | None, drags: Drags, n: int, seconds: float) -> Row:
    """One row: connects n clients, lets them warm up, and measures them for that long."""
    clients = [await _connected(address, drags, i, crowd.in_flight) for i in range(n)]
    stuck = [await _connected(address, drags, n, None, reads=False)] if crowd.has_stuck else []
    late: list[float] = []
    moving = asyncio.create_task(_move([*clients, *stuck], late))
    await asyncio.sleep(SECONDS_TO_WARM)
    late.clear()
    for client in clients:
        client.measures = True
    start, load_start, usages = time.perf_counter(), time.process_time(), [Usage.of(pid)]
    for _ in range(2):
        await asyncio.sleep(seconds / 2)
        usages.append(Usage.of(pid))
    end, load_end = time.perf_counter(), time.process_time()
    moving.cancel()
    for client in [*clients, *stuck]:
        client.measures = False
        client.transport.abort()
    known = [usage for usage in usages if usage is not None]
    seen = [client.seen for client in clients]
    return _row(crowd, Measured(seen, start, end, known, load_end - load_start, np.array(late)))


async def _connected(
    address: str, drags: Drags, n_handle: int, in_flight: int | None, reads: bool = True
) -> Client:
    row = int(np.random.default_rng([SEED, n_handle]).integers(len(drags.homes)))
    fixed = {"id": "a", "model": drags.model, "base": int(drags.example_ids[row]), "map": drags.map_id}
    size = 0.1 * np.ptp(drags.homes, axis=0)
    client = Client(json.dumps(fixed)[:-1].encode(), drags.homes[row], size, in_flight, reads)
    host, port = address.split(":")
    ours = socket.socket()
    if not reads:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ours.connect((host, int(port)))
    ours.setblocking(False)
    await asyncio.get_running_loop().create_connection(lambda: client, sock=ours)
    await client.ready
    return client


async def _move(clients: Sequence[Client], late: list[float]) -> None:
    """Moves every hand at its pace, one after the other and evenly, until it is cancelled."""
    start, n, pause = time.perf_counter(), 0, 1 / (POSITIONS_PER_SECOND * len(clients))
    while True:
        while (due := start + n * pause) <= (now := time.perf_counter()):
            clients[n % len(clients)].move(due)
            late.append(now - due)
            n += 1
        await asyncio.sleep(TICK_SECONDS)


def _row(crowd: Crowd, run: Measured) -> Row:
    seconds = run.end - run.start
    counts = np.array([len(client.answered) for client in run.clients])
    waits = [np.diff([run.start, *client.answered, run.end]).max() for client in run.clients]
    used = run.usages[-1].seconds - run.usages[0].seconds if run.usages else None
    return Row(
        what=crowd.what,
        n_clients=len(run.clients),
        n_sent=sum(client.n_sent for client in run.clients),
        hand_ms=_quantiles_ms([client.since_hand for client in run.clients]),
        sent_ms=_quantiles_ms([client.since_sent for client in run.clients]),
        pictures_per_second_least=counts.min() / seconds,
        pictures_per_second_median=float(np.median(counts)) / seconds,
        longest_wait_ms=1e3 * max(waits),
        n_out_of_order=sum(client.n_out_of_order for client in run.clients),
        server_cores=None if used is None else used / seconds,
        load_cores=run.load_seconds / seconds,
        load_late_p99_ms=1e3 * float(np.quantile(run.late, 0.99)),
        server_mib=tuple(usage.mib for usage in run.usages),
    )


def _quantiles_ms(times: list[list[float]]) -> tuple[float, float, float, float]:
    p50, p95, p99, most = (1e3 * np.quantile(np.concatenate(times), [0.5, 0.95, 0.99, 1])).tolist()
    return p50, p95, p99, most


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    heads = ["", "clients", "sent p50", "p95", "p99", "max", "hand p50", "p95", "p99", "max"]
    heads += ["pictures, least", "median", "longest wait", "out of order", "server cores", "load", "late"]
    lines = [" | ".join(heads), "|".join(["---"] + ["---:"] * (len(heads) - 1))]
    for row in rows:
        cells = [row.what, str(row.n_clients), *(f"{ms:.0f}" for ms in (*row.sent_ms, *row.hand_ms))]
        cells += [f"{row.pictures_per_second_least:.1f}", f"{row.pictures_per_second_median:.1f}"]
        cells += [f"{row.longest_wait_ms:.0f}", str(row.n_out_of_order)]
        cells += ["" if row.server_cores is None else f"{row.server_cores:.2f}"]
        cells += [f"{row.load_cores:.2f}", f"{row.load_late_p99_ms:.1f}"]
        lines.append(" | ".join(cells))
    memory = [f"{row.what}: {' → '.join(f'{mib:.0f}' for mib in row.server_mib)}" for row in rows]
    lines = [f"| {line} |" for line in lines]
    return "\n".join([*lines, "", f"Server's memory in MiB, start → middle → end. {'; '.join(memory)}."])


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="fashion-mnist-16d", help="a checkpoint of the app")
    parser.add_argument("--map", default="umap", help="a stored map: umap or pca")
    parser.add_argument("--clients", type=int, default=N_CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each row")
    parser.add_argument(
        "--rows", nargs="+", default=[crowd.what for crowd in CROWDS], help="which of the rows"
    )
    parser.add_argument("--address", help="host:port of an app that runs already; by default one is started")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    with nullcontext() if options.address else running_app() as app:
        if app is not None:
            app.wait()
        address, pid = (options.address, None) if app is None else (app.address, app.process.pid)
        drags = Drags.fetch(address, options.model, options.map)
        # A collection in this process would be measured as the server's.
        gc.disable()
        rows = [
            asyncio.run(measure(crowd, address, pid, drags, options.clients, options.seconds))
            for crowd in CROWDS
            if crowd.what in options.rows
        ]
    print(table(rows))
    if options.out:
        about = {"machine": machine(), "model": options.model, "map": options.map, "seconds": options.seconds}
        options.out.write_text(json.dumps(about | {"rows": list(map(asdict, rows))}, indent=2) + "\n")


if __name__ == "__main__":
    main()
