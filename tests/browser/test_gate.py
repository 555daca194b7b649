"""A real server, and requests whose Host and Origin are forged: pages, pictures, files and both sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from explorer.ui.browser.component import version
from tests.browser.servers import serving

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/gaps",
    "/_stcore/health",
    "/_stcore/host-config",
    "/live/digits-2d/columns?names=label",
    "/live/digits-2d/image/999.png",
    f"/live/assets/{version()}/ui/map/map.js",
    "/live/nothing",
    "/nothing",
)
SOCKETS = ("/_stcore/stream", "/live/socket")
_UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def answer(address: str, path: str, *headers: str) -> str:
    """The head of the reply, and what came with it, to a request of just these headers."""
    at = urlsplit(address)
    assert at.hostname is not None
    is_socket = path in SOCKETS
    lines = [f"GET {at.path}{path} HTTP/1.1", *headers, *(_UPGRADE if is_socket else ("Connection: close",))]
    with socket.create_connection((at.hostname, at.port or 80), timeout=30) as raw:
        raw.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        said = b""
        # An open socket says no more, and a reply ends with the connection.
        while (b"101 Switching" not in said) and (more := raw.recv(65536)):
            said += more
    return said.decode("latin-1")


def status(address: str, path: str, *headers: str) -> int:
    return int(answer(address, path, *headers).split(" ", 2)[1])


def host_of(address: str) -> str:
    return urlsplit(address).netloc


@pytest.mark.parametrize("path", [*PAGES, *SOCKETS])
def test_no_route_answers_to_another_name(shipped_address: str, path: str) -> None:
    port = urlsplit(shipped_address).port
    said = answer(shipped_address, path, f"Host: evil.example:{port}", f"Origin: http://evil.example:{port}")
    assert said.startswith("HTTP/1.1 421 ")
    assert "EXPLORER_ALLOWED_HOSTS=evil.example" in said
    assert status(shipped_address, path) in (400, 421)


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("origin", ["http://localhost:9999", "https://evil.example", "null", ""])
def test_no_socket_opens_for_another_page(shipped_address: str, path: str, origin: str) -> None:
    assert status(shipped_address, path, f"Host: {host_of(shipped_address)}", f"Origin: {origin}") == 403


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "192.0.2.7"])
def test_this_machine_s_names_and_addresses_are_answered_to(shipped_address: str, name: str) -> None:
    host = f"{name}:{urlsplit(shipped_address).port}"
    assert status(shipped_address, PAGES[0], f"Host: {host}") == 200
    for path in SOCKETS:
        for said in ((f"Host: {host}",), (f"Host: {host}", f"Origin: http://{host}")):
            assert status(shipped_address, path, *said) == 101


def test_only_this_site_s_frames_show_the_page(shipped_address: str) -> None:
    said = answer(shipped_address, "/", f"Host: {host_of(shipped_address)}").lower()
    assert "\r\ncontent-security-policy: frame-ancestors 'self'\r\n" in said


@pytest.fixture(scope="module")
def asked() -> Iterator[socket.socket]:
    """A web proxy that hears of every request that the server makes to the internet."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.2)
        yield proxy


@pytest.fixture(scope="module")
def lab(asked: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for others: on all addresses, below a path, under a public name and one more."""
    proxy = f"http://127.0.0.1:{asked.getsockname()[1]}"
    settings = {
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy),
        "EXPLORER_ALLOWED_HOSTS": "*.cluster.example",
        "EXPLORER_FRAME_ANCESTORS": "https://wiki.example",
    }
    options = ("--server.address=0.0.0.0", "--server.headless=true", "--browser.serverAddress=lab.example")
    log = tmp_path_factory.mktemp("lab") / "server.log"
    with serving(None, log, *options, base="/lab", settings=settings) as address:
        yield address


@pytest.mark.parametrize("path", [*PAGES, *SOCKETS])
def test_below_a_path_the_gate_is_the_same(lab: str, path: str) -> None:
    assert status(lab, path, "Host: evil.example") == 421
    assert status(lab, path, "Host: lab.example", "Origin: https://evil.example") == 403


@pytest.mark.parametrize(
    "host, origin",
    [
        ("lab.example", "https://lab.example"),
        # Proxies that tell the port, or the name by which they themselves reached the server.
        ("lab.example:443", "https://lab.example"),
        ("127.0.0.1:8501", "https://lab.example"),
        ("node7.cluster.example", "https://node7.cluster.example"),
    ],
)
def test_through_a_proxy_both_sockets_open(lab: str, host: str, origin: str) -> None:
    for path in SOCKETS:
        assert status(lab, path, f"Host: {host}", f"Origin: {origin}") == 101, path


def test_a_site_that_was_named_may_frame_the_page(lab: str) -> None:
    said = answer(lab, "/", "Host: lab.example").lower()
    assert "content-security-policy: frame-ancestors 'self' https://wiki.example\r\n" in said


def test_nothing_asks_the_network_for_an_address(lab: str, asked: socket.socket) -> None:
    # Not the same text: Streamlit would compare the Origin with this machine's public address.
    status(lab, "/_stcore/stream", "Host: node7.cluster.example:443", "Origin: https://node7.cluster.example")
    with pytest.raises(TimeoutError):
        asked.accept()


def test_nothing_asks_on_all_addresses_without_a_public_name(asked: socket.socket, tmp_path: Path) -> None:
    proxy = f"http://127.0.0.1:{asked.getsockname()[1]}"
    settings = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy)
    options = ("--server.address=0.0.0.0", "--server.headless=true")
    started = serving(None, tmp_path / "server.log", *options, settings=settings)
    with started, pytest.raises(TimeoutError):
        asked.accept()
