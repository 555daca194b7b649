"""IDX files by path: packed or not, with the labels beside them or without."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import DatasetError, load

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 3, 4), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 2, 0], np.uint8)


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


@pytest.mark.parametrize("images", ["train-images-idx3-ubyte", "t10k-images.idx3-ubyte"])
@pytest.mark.parametrize("packed", [(False, False), (True, True), (True, False), (False, True)])
def test_images_come_with_the_labels_beside_them(
    images: str, packed: tuple[bool, bool], tmp_path: Path
) -> None:
    labels = images.replace("images", "labels").replace("idx3", "idx1")
    for name, array, is_packed in ((images, IMAGES, packed[0]), (labels, LABELS, packed[1])):
        content = gzip.compress(idx(array)) if is_packed else idx(array)
        (tmp_path / f"{name}{'.gz' * is_packed}").write_bytes(content)
    data = load(tmp_path / f"{images}{'.gz' * packed[0]}", "all")
    np.testing.assert_array_equal(np.asarray(data.values)[:, 0], IMAGES)
    np.testing.assert_array_equal(data.labels, LABELS)
    assert (data.label_names, data.kind, data.n_in_file) == (("0", "1", "2"), "grey image", 5)


def test_without_a_file_of_labels_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "faces-idx3-ubyte").write_bytes(idx(IMAGES))
    data = load(tmp_path / "faces-idx3-ubyte", "all")
    assert ((data.labels == -1).all(), data.label_names) == (True, ())


def test_labels_of_other_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:4]))
    error = refusal(tmp_path / "train-images-idx3-ubyte")
    assert (error.key, error.found) == ("labels", "4")


@pytest.mark.parametrize(
    "content", [b"", b"hello", idx(IMAGES)[:-1], idx(LABELS), gzip.compress(idx(IMAGES), mtime=0)[:-9]]
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_damaged_file_is_refused(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"images-idx3-ubyte{suffix}"
    path.write_bytes(content)
    assert str(path) in str(refusal(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "images-idx3-ubyte.gz").key == "file"


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(1 << 20)))
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 1 << 20)
    assert refusal(path).key == "size"
