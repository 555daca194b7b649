"""The drag over a real socket: uvicorn on a free port, a client that knows nothing of the server."""

import itertools
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import pytest
import websockets.sync.client

from explorer.live.limits import MAX_HANDLES
from explorer.live.messages import Request
from explorer.live.socket import BURST, POSITIONS_PER_SECOND
from tests.live.conftest import LinearWorkspace, picture

Client = websockets.sync.client.ClientConnection
GOOD = {"id": "a", "seq": 1, "model": "grey", "base": 107, "map": "pca", "x": 0.25, "y": -0.5}


def _connect(address: str, **options: Any) -> Client:
    return websockets.sync.client.connect(f"ws://{address}/live/socket", compression=None, **options)


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with _connect(address) as connection:
        yield connection


def _ask(client: Client, **change: Any) -> None:
    client.send(json.dumps(GOOD | change))


def _read(client: Client, timeout: float = 5) -> tuple[dict, np.ndarray | None]:
    message = client.recv(timeout)
    if isinstance(message, str):
        return json.loads(message), None
    (length,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4 : 4 + length])
    return header, np.frombuffer(message[4 + length :], header["dtype"]).reshape(header["shape"])


def _values(client: Client) -> np.ndarray:
    _, values = _read(client)
    assert values is not None
    return values


def _error(client: Client) -> dict:
    reply, values = _read(client)
    assert values is None
    return reply


def _still_works(client: Client) -> None:
    _ask(client, id="check", seq=99)
    header, values = _read(client)
    assert (header["id"], header["seq"]) == ("check", 99)
    assert values is not None


def test_a_position_is_answered_with_its_picture(client: Client, workspace: LinearWorkspace) -> None:
    _ask(client)
    header, values = _read(client)
    assert values is not None
    expected = picture(workspace.open("grey"), Request("a", 1, "grey", 107, "pca", 0.25, -0.5))
    assert (header["id"], header["seq"], header["shape"]) == ("a", 1, [4, 5, 1])
    assert header["log_prior_nats"] == pytest.approx(expected.log_prior_nats)
    assert header["support"]["level"] == expected.support_level
    assert header["nearest_example_id"] == expected.nearest_example_id
    assert np.array_equal(values, expected.values)


def test_a_vector_s_values_come_as_floats(client: Client) -> None:
    _ask(client, model="vector")
    values = _values(client)
    assert (values.dtype.name, values.shape) == ("float32", (6,))


@pytest.mark.parametrize(
    "raw, said",
    [
        ("{", "JSON"),
        ("[1, 2]", "object"),
        (b"\xff\xfe", "JSON"),
        ("", "JSON"),
        (json.dumps(GOOD).replace("0.25", "NaN"), "finite"),
        (json.dumps(GOOD).replace("0.25", "1e999"), "'x'"),
        (json.dumps(GOOD | {"y": None}), "'y'"),
        (json.dumps(GOOD | {"model": "mnist"}), "there are: grey"),
        (json.dumps(GOOD | {"model": "../secret"}), "there are: grey"),
        (json.dumps(GOOD | {"model": "broken"}), "config.json"),
        (json.dumps(GOOD | {"map": "tsne"}), "umap, pca or axes:i,j"),
        (json.dumps(GOOD | {"base": 101}), "no example 101"),
        (json.dumps(GOOD | {"note": "x" * 17000}), "16384 bytes"),
        (json.dumps(GOOD | {"offset": [1.0, 2.0]}), "this one has 2"),
        (json.dumps(GOOD | {"offset": [0.0] * 3000}), "this one has 3000"),
        (json.dumps(GOOD | {"offset": [1, 2, 1e5]}), "'offset'"),
        (json.dumps(GOOD | {"offset": [1, 2, None]}), "'offset'"),
        (json.dumps(GOOD | {"offset": [1, 2, 0.125]}).replace("0.125", "-Infinity"), "finite"),
        (json.dumps(GOOD | {"offset": "1, 2, 3"}), "'offset'"),
        (json.dumps(GOOD | {"round_trip": "yes"}), "'round_trip'"),
        (json.dumps(GOOD).replace('"seq": 1', '"seq": ' + "9" * 5000), "JSON"),
        (json.dumps(GOOD | {"model": "\ud800"}), "there are: grey"),
        (json.dumps(GOOD | {"map": "axes:0,9"}), "two different ones"),
    ],
)
def test_a_bad_message_is_answered_and_the_connection_goes_on(
    client: Client, raw: str | bytes, said: str
) -> None:
    client.send(raw)
    assert said in _error(client)["error"]
    _still_works(client)


def test_a_megabyte_is_answered_and_the_connection_goes_on(client: Client) -> None:
    client.send("x" * 1_000_000)
    assert "16384 bytes" in _error(client)["error"]
    _still_works(client)


def test_an_offset_and_a_round_trip_go_over_the_wire(client: Client, workspace: LinearWorkspace) -> None:
    request = Request("a", 1, "grey", 107, "pca", 0.25, -0.5, (0.5, 0.0, -0.5), True)
    expected = picture(workspace.open("grey"), request)
    assert expected.round_trip is not None
    _ask(client, offset=list(request.offset), round_trip=True)
    header, values = _read(client)
    assert values is not None
    assert np.array_equal(values, expected.values)
    assert header["round_trip"] == pytest.approx(vars(expected.round_trip))
    _ask(client)
    assert _read(client)[0]["round_trip"] is None


def test_an_error_names_its_handle_and_its_number(client: Client) -> None:
    _ask(client, id="b", seq=8, base=101)
    assert _error(client) | {"error": ""} == {"error": "", "id": "b", "seq": 8}


def test_a_name_that_is_no_text_in_utf_8_is_echoed_as_it_came(client: Client) -> None:
    _ask(client, id="\ud800")
    assert _read(client)[0]["id"] == "\ud800"
    _ask(client, id="\ud800", x=None)
    assert _error(client)["id"] == "\ud800"


def test_a_model_that_fails_costs_one_answer(client: Client, workspace: LinearWorkspace) -> None:
    model = workspace.open("grey").checkpoint.model
    model.fault = RuntimeError("out of memory")
    _ask(client)
    assert "could not be decoded" in _error(client)["error"]
    model.fault = None
    _still_works(client)


def test_of_a_burst_only_the_newest_is_decoded_and_answers_come_in_order(
    client: Client, workspace: LinearWorkspace
) -> None:
    model = workspace.open("grey").checkpoint.model
    model.seconds = 0.3
    for seq in range(1, 51):
        _ask(client, seq=seq, x=seq / 50)
    seen: list[int] = []
    while not seen or seen[-1] < 50:
        seen.append(_read(client)[0]["seq"])
    assert seen == sorted(set(seen))
    assert len(seen) == sum(model.batches) <= 5


def test_each_handle_of_a_burst_gets_its_newest_answer(client: Client, workspace: LinearWorkspace) -> None:
    workspace.open("grey").checkpoint.model.seconds = 0.02
    for seq in range(1, 61):
        _ask(client, id="abc"[seq % 3], seq=seq)
    last: dict[str, int] = {}
    while sorted(last.values()) != [58, 59, 60]:
        header, _ = _read(client)
        assert header["seq"] > last.get(header["id"], 0)
        last[header["id"]] = header["seq"]


def test_many_clients_are_decoded_together_and_each_gets_its_own(
    address: str, workspace: LinearWorkspace
) -> None:
    entry = workspace.open("grey")
    entry.checkpoint.model.seconds = 0.1
    places = [(i / 5, -i / 7) for i in range(8)]
    with ExitStack() as open_clients:
        clients = [open_clients.enter_context(_connect(address)) for _ in places]
        for client, (x, y) in zip(clients, places, strict=True):
            _ask(client, x=x, y=y)
        seen = [_values(client) for client in clients]
    assert len(entry.checkpoint.model.batches) <= 3
    for values, (x, y) in zip(seen, places, strict=True):
        alone = picture(entry, Request("a", 1, "grey", 107, "pca", x, y))
        assert np.abs(values.astype(int) - alone.values).max() <= 1


@pytest.mark.slow
def test_a_flood_is_decoded_at_the_connection_s_rate_and_its_last_position_is_answered(
    client: Client, workspace: LinearWorkspace
) -> None:
    batches = workspace.open("grey").checkpoint.model.batches
    start = time.monotonic()
    for seq in range(1, 1001):
        _ask(client, seq=seq)
        time.sleep(0.001)
    while _read(client)[0]["seq"] < 1000:
        pass
    assert sum(batches) <= BURST + POSITIONS_PER_SECOND * (time.monotonic() - start) + 1


@pytest.mark.slow
def test_a_client_with_ever_new_handles_is_served_a_bounded_number_of_them(
    client: Client, workspace: LinearWorkspace
) -> None:
    model = workspace.open("grey").checkpoint.model
    model.seconds = 1.0
    for seq in range(1, 121):
        _ask(client, id=f"h{seq}", seq=seq)
        time.sleep(0.005)
    while _read(client)[0]["seq"] < 120:
        pass
    assert sum(model.batches) <= 2 * MAX_HANDLES + 1


@pytest.mark.slow
def test_an_error_ends_what_its_handle_was_waiting_for(client: Client, workspace: LinearWorkspace) -> None:
    # Long beside the pauses below, so that a busy machine does not let the first answer overtake the error.
    workspace.open("grey").checkpoint.model.seconds = 2.0
    for seq in (1, 2):
        _ask(client, seq=seq)
        time.sleep(0.1)
    _ask(client, seq=3, x=None)
    assert _error(client)["seq"] == 3
    _still_works(client)


def test_opening_a_model_slowly_leaves_the_event_loop_free(address: str, workspace: LinearWorkspace) -> None:
    workspace.opening = 3.0
    with _connect(address) as client:
        start = time.monotonic()
        _ask(client)
        assert client.ping().wait(2.0)
        assert time.monotonic() - start < 2.0
        workspace.opening = 0.0
        assert _read(client)[0]["seq"] == 1


@contextmanager
def _stuck(address: str) -> Iterator[Callable[[int], None]]:
    """A client that never reads an answer; gives the function that sends its position number n."""
    host, port = address.split(":")
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(5)
        raw.connect((host, int(port)))
        raw.sendall(
            f"GET /live/socket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert raw.recv(12) == b"HTTP/1.1 101"
        position = GOOD | {"model": "big", "note": "x" * 100}
        yield lambda seq: raw.sendall(_frame(json.dumps(position | {"seq": seq})))


def _frame(text: str) -> bytes:
    """A WebSocket text frame of middling length, masked with zeros."""
    data = text.encode()
    assert 125 < len(data) < 65536
    return struct.pack(">BBH", 0x81, 0x80 | 126, len(data)) + b"\0\0\0\0" + data


@pytest.mark.slow
def test_a_client_that_stops_reading_is_not_decoded_for_and_stalls_nobody(
    address: str, workspace: LinearWorkspace
) -> None:
    batches = workspace.open("big").checkpoint.model.batches
    with _stuck(address) as send:
        # Until its replies fill every buffer on the way and the decodes stand still for half a second.
        decoded, begun, numbers = 0, time.monotonic(), itertools.count()
        changed = begun
        while time.monotonic() < changed + 0.5:
            assert time.monotonic() < begun + 10, "it is still decoded for"
            send(next(numbers))
            time.sleep(0.005)
            if len(batches) > decoded:
                decoded, changed = len(batches), time.monotonic()
        assert 0 < decoded < next(numbers) - 20
        with _connect(address) as client:
            for seq in range(20):
                _ask(client, seq=seq)
                assert _read(client, timeout=1)[0]["seq"] == seq
        for _ in range(200):
            send(next(numbers))
        time.sleep(0.2)
        assert len(batches) == decoded
