"""Files with known content: found locally, or downloaded once, and never believed unchecked."""

import gzip
import hashlib
import socket
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from explorer.datasets import DatasetError
from explorer.datasets.archive import Archive, Member, content, verified

PAYLOAD = b"ten thousand images" * 50
MEMBER = Member(len(PAYLOAD), hashlib.sha256(PAYLOAD).hexdigest())
FILE = "images.gz"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder that the local server serves."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / FILE).write_bytes(gzip.compress(PAYLOAD))
    return folder


@pytest.fixture
def served(site: Path) -> Iterator[Archive]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site)))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield archive_at(server.server_address[1])
    server.shutdown()
    server.server_close()
    thread.join()


def archive_at(port: int) -> Archive:
    return Archive("toy", f"http://127.0.0.1:{port}/", {FILE: MEMBER})


@pytest.fixture
def unreachable() -> Archive:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return archive_at(free.getsockname()[1])


def local_copy(root: Path, raw: bytes) -> Path:
    (root / "toy").mkdir(parents=True)
    (root / "toy" / FILE).write_bytes(raw)
    return root


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_local_copy_is_taken_however_it_was_compressed(
    level: int, unreachable: Archive, tmp_path: Path
) -> None:
    root = local_copy(tmp_path / "root", gzip.compress(PAYLOAD, level))
    assert content(unreachable, FILE, root, tmp_path / "cache") == PAYLOAD


def test_a_download_is_kept(served: Archive, site: Path, tmp_path: Path) -> None:
    assert content(served, FILE, None, tmp_path / "cache") == PAYLOAD
    (site / FILE).unlink()
    assert content(served, FILE, None, tmp_path / "cache") == PAYLOAD


def test_what_a_root_lacks_is_downloaded(served: Archive, tmp_path: Path) -> None:
    assert content(served, FILE, tmp_path / "root", tmp_path / "cache") == PAYLOAD


def test_a_wrong_download_is_refused_and_not_kept(served: Archive, site: Path, tmp_path: Path) -> None:
    (site / FILE).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DatasetError, match=f"expected {MEMBER.sha256}"):
        content(served, FILE, None, tmp_path / "cache")
    (site / FILE).write_bytes(gzip.compress(PAYLOAD))
    assert content(served, FILE, None, tmp_path / "cache") == PAYLOAD


def test_a_missing_page_is_an_error_that_says_what_to_do(served: Archive, site: Path, tmp_path: Path) -> None:
    (site / FILE).unlink()
    with pytest.raises(DatasetError, match=r"404.*or put images\.gz under <folder>/toy/"):
        content(served, FILE, None, tmp_path / "cache")


def test_no_network_names_every_place_that_was_tried(unreachable: Archive, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="download") as caught:
        content(unreachable, FILE, tmp_path / "root", tmp_path / "cache")
    for place in (unreachable.url, str(tmp_path / "root"), str(tmp_path / "cache")):
        assert place in str(caught.value)


def test_a_wrong_local_file_is_named_and_not_replaced(served: Archive, tmp_path: Path) -> None:
    root = local_copy(tmp_path / "root", gzip.compress(b"x" + PAYLOAD[1:]))
    with pytest.raises(DatasetError, match="sha256") as caught:
        content(served, FILE, root, tmp_path / "cache")
    assert str(root / "toy" / FILE) in str(caught.value)
    assert MEMBER.sha256 in caught.value.expected
    assert "Delete this file" in caught.value.advice


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not gzip",
        gzip.compress(PAYLOAD, mtime=0)[:-20],
        gzip.compress(PAYLOAD, mtime=0)[:12] + b"\xff" * 40,
    ],
    ids=["empty", "foreign", "truncated", "garbled"],
)
def test_an_unreadable_file_is_named(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(raw)
    with pytest.raises(DatasetError, match=r"gzip|sha256") as caught:
        verified(path, MEMBER)
    assert caught.value.path == path


def test_a_gzip_bomb_is_not_unpacked_past_the_known_size(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(DatasetError, match=f"of the first {len(PAYLOAD) + 1} bytes"):
        verified(path, MEMBER)
