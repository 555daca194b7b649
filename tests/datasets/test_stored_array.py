"""Rows that stay in their file: as in memory, and what happens to the file is an error, never other numbers."""

import gc
import os
import shutil
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from explorer import datasets
from explorer.datasets import DatasetError
from explorer.datasets.stored_array import StoredArray

N = 1000
X = np.random.default_rng(0).integers(0, 256, (N, 6, 5), dtype=np.uint8)
ROWS = {
    "some": slice(3, 9),
    "every third from behind": slice(None, None, -3),
    "none": slice(5, 5),
    "scattered": np.array([7, 8, 9, 2, 2, -1]),
    "a mask": np.arange(N) % 7 == 0,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "x.npy", X)
    return tmp_path / "x.npy"


def values(path: Path) -> StoredArray:
    found = datasets.load(path, "all").values
    assert isinstance(found, StoredArray)
    return found


@pytest.mark.parametrize("rows", ROWS)
def test_rows_are_those_of_the_array(path: Path, rows: str) -> None:
    np.testing.assert_array_equal(values(path)[ROWS[rows]][:, 0], X[ROWS[rows]])


def test_all_of_it_is_the_array(path: Path) -> None:
    np.testing.assert_array_equal(np.asarray(values(path))[:, 0], X)
    assert values(path).shape == (N, 1, 6, 5)


def test_many_threads_read_at_once(path: Path) -> None:
    stored, wrong = values(path), []

    def read(seed: int) -> None:
        for rows in np.random.default_rng(seed).integers(0, N, (50, 20)):
            if not np.array_equal(stored[rows][:, 0], X[rows]):
                wrong.append(rows)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_reals_are_read_where_they_are(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.testing.assert_array_equal(datasets.load(tmp_path / "x.npy", "all").x([3, 40]), x[[3, 40]])


def test_the_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """But for the ids, eight bytes each."""
    most = []
    for n in (50_000, 500_000):
        np.lib.format.open_memmap(tmp_path / f"{n}.npy", "w+", np.float32, (n, 32))[:] = 0.5
        tracemalloc.start()
        data = datasets.load(tmp_path / f"{n}.npy", "all")
        for start in range(0, n, 10_000):
            data.x(slice(start, start + 10_000))
        most.append(tracemalloc.get_traced_memory()[1] - 8 * n)
        tracemalloc.stop()
    assert most[1] < most[0] + (1 << 20)


def test_the_file_is_closed_when_nobody_has_the_data(path: Path) -> None:
    def n_open() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = n_open()
    stored = values(path)
    assert n_open() == before + 1
    del stored
    gc.collect()
    assert n_open() == before


def test_a_file_that_is_cut_short_is_an_error(path: Path) -> None:
    """One that is mapped would end the process with SIGBUS."""
    stored = values(path)
    os.truncate(path, 4096)
    with pytest.raises(DatasetError, match=r"x\.npy: content: expected the file that was opened"):
        stored[900:]
    with pytest.raises(DatasetError, match="another"):
        stored[:2]


def test_a_file_that_is_written_into_is_an_error(path: Path) -> None:
    data = datasets.load(path, "all")
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\x00")
    with pytest.raises(DatasetError, match="written to meanwhile"):
        data.x([0])


def test_a_file_that_another_takes_the_place_of_is_read_on(path: Path) -> None:
    stored = values(path)
    np.save(path.with_name("new.npy"), X[::-1])
    shutil.move(path.with_name("new.npy"), path)
    np.testing.assert_array_equal(stored[:3][:, 0], X[:3])
