"""Reading: plain files of bounded size, known again."""

import os
import time

import pytest

from explorer.files import Stamp, read


def test_all_of_a_file_is_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 1000)
    assert read.content(tmp_path / "file", 1000) == b"x" * 1000


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 1001)
    with pytest.raises(OSError, match=r"1,001 bytes, more than 1,000"):
        read.content(tmp_path / "file", 1000)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "nothing"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = type(path)("/dev/zero")
    with pytest.raises(OSError, match=r"plain file|No such file|directory"):
        read.content(path, 1000)


def replace(path):
    path.with_name("new").write_bytes(b"x")
    path.with_name("new").replace(path)


def write_in_secret(path):
    before = path.stat()
    path.write_bytes(b"y")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {
    "written into": lambda path: path.write_bytes(b"y"),
    "grown": lambda path: path.write_bytes(b"xx"),
    "replaced": replace,
    "written in secret": write_in_secret,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_has_another_stamp_after_every_change(tmp_path, change):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    os.utime(path, ns=(0, 10**9))
    before = Stamp.of(path)
    assert read.stamp(path) == before
    time.sleep(0.02)  # longer than a step of the kernel's clock
    CHANGES[change](path)
    assert read.stamp(path) != before


def test_nothing_has_no_stamp(tmp_path):
    assert read.stamp(tmp_path / "nothing") is None


def test_memory_is_counted_in_bytes():
    assert 1 << 26 < read.available_memory() < 1 << 63
