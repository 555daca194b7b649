"""Writing: the old content or the new one, whatever fails, and a word about what did."""

import errno
import itertools
import os
import stat
from pathlib import Path

import pytest

from explorer.files import write
from tests.files.faulty_disk import FaultyDisk, each_failure, on

OLD, NEW = b"old" * 1000, b"new" * 2000


@pytest.fixture
def prepare(tmp_path):
    count = itertools.count()

    def fresh() -> Path:
        folder = tmp_path / str(next(count))
        folder.mkdir()
        (folder / "file").write_bytes(OLD)
        return folder

    return fresh


def replaced(folder: Path) -> None:
    write.content(folder / "file", NEW)


def test_after_every_failure_one_of_the_two_is_there(prepare):
    failures = 0
    for folder, failure in each_failure(replaced, prepare):
        failures += 1
        found = (folder / "file").read_bytes()
        assert found in (OLD, NEW), failure
        assert found == OLD or failure.name in ("rename", "sync_folder"), failure
        if not failure.is_kill:
            assert [path.name for path in folder.iterdir()] == ["file"], failure
        replaced(folder)
        assert (folder / "file").read_bytes() == NEW
    assert failures >= 20


def test_no_name_is_given_before_its_content_is_on_the_disk(prepare):
    """Else the name may be there after a power cut and the content not."""
    disk = FaultyDisk()
    on(disk, lambda: replaced(prepare()))
    names = [name for name, _ in disk.steps]
    assert names == ["create", "write", "sync", "rename", "sync_folder"]


def test_each_step_asks_the_disk_itself(tmp_path, monkeypatch):
    """First for the content, then for its name."""
    asked = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: asked.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
    )
    write.content(tmp_path / "file", NEW)
    assert asked == [False, True]


def test_a_full_disk_names_the_file_and_what_to_do(prepare):
    folder = prepare()
    error = on(FaultyDisk(1, "no space"), lambda: replaced(folder))
    assert isinstance(error, OSError)
    assert error.errno == errno.ENOSPC
    for part in ("No space left on device", str(folder / "file"), "MiB free", "kept"):
        assert part in str(error)


def test_what_fails_in_the_block_leaves_nothing(tmp_path):
    def fail_halfway():
        with write.whole(tmp_path / "file") as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail_halfway()
    assert not list(tmp_path.iterdir())


def test_a_kill_between_leaves_the_old_content_and_the_next_try_ends_it(prepare):
    folder = prepare()
    on(FaultyDisk(3, "killed before"), lambda: replaced(folder))
    assert (folder / "file.partial").exists()
    replaced(folder)
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_others_may_read_what_was_written(tmp_path):
    """The app may run under another account."""
    write.content(tmp_path / "file", NEW)
    assert (tmp_path / "file").stat().st_mode & 0o044 == 0o044


def test_nobody_writes_past_the_disk(tmp_path):
    with write.whole(tmp_path / "file") as file, pytest.raises(OSError, match="fileno"):
        file.raw.fileno()
