"""One contract for every data set that needs no network, and the names that lead to them."""

import io
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from explorer.datasets import Dataset, DatasetError, file_of, load, names
from explorer.datasets.registry import READERS

ALWAYS_THERE = [("digits", "train"), ("digits", "test"), ("fashion-mnist", "test")]
# Tested on archives that the test makes: test_archive.py.
DOWNLOADED = {"mnist"}


@pytest.fixture(params=ALWAYS_THERE, ids="/".join, scope="module")
def dataset(request: pytest.FixtureRequest) -> Dataset:
    name, split = request.param
    return load(name, split)


def test_every_registered_name_is_tested() -> None:
    assert set(names()) == {name for name, _ in ALWAYS_THERE} | DOWNLOADED


def test_it_says_what_was_asked_for(dataset: Dataset) -> None:
    assert (dataset.name, dataset.split) in ALWAYS_THERE


def test_values_are_levels_from_zero_to_the_last(dataset: Dataset) -> None:
    assert dataset.values.dtype == np.uint8
    assert dataset.n_levels is not None
    assert np.asarray(dataset.values).min() == 0
    assert np.asarray(dataset.values).max() == dataset.n_levels - 1
    assert dataset.x(slice(None)).max() == 1.0


def test_images_have_channel_height_width(dataset: Dataset) -> None:
    assert dataset.kind == "grey image"
    assert len(dataset.shape) == 3
    assert dataset.shape[0] == 1


def test_ids_are_unique_and_rising(dataset: Dataset) -> None:
    assert (np.diff(dataset.example_ids) > 0).all()


def test_every_label_has_a_name_and_examples(dataset: Dataset) -> None:
    np.testing.assert_array_equal(np.unique(dataset.labels), np.arange(len(dataset.label_names)))


def test_labels_and_ids_are_64_bit(dataset: Dataset) -> None:
    assert dataset.labels.dtype == dataset.example_ids.dtype == np.int64


def test_its_name_and_split_load_it_again(dataset: Dataset) -> None:
    assert load(dataset.name, dataset.split).digest == dataset.digest


def test_shipped_fashion_mnist_is_the_published_test_split() -> None:
    fashion = load("fashion-mnist")
    assert len(fashion) == 10_000
    np.testing.assert_array_equal(np.bincount(fashion.labels), [1000] * 10)
    assert fashion.label_names[fashion.labels[0]] == "Ankle boot"


def test_shipped_data_carry_their_licence_and_source() -> None:
    folder = Path(__file__).parents[2] / "explorer/datasets/shipped/fashion-mnist"
    assert "Zalando" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert "github.com/zalandoresearch" in (folder / "SOURCE.md").read_text(encoding="utf-8")


def test_the_digits_come_whole_or_split() -> None:
    ids = [load("digits", split).example_ids for split in ("train", "test")]
    np.testing.assert_array_equal(np.sort(np.concatenate(ids)), load("digits", "all").example_ids)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(DatasetError, match=r"digits, fashion-mnist, mnist") as caught:
        load("cifar")
    assert caught.value.key == "name"
    assert "'cifar'" in caught.value.found


@pytest.mark.parametrize("name", names())
def test_an_unknown_split_lists_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"train.*test.*'validation'"):
        load(name, "validation", tmp_path)


def test_a_binarised_data_set_is_loaded_by_its_own_name() -> None:
    binary = load("digits:binarised-7")
    assert binary.n_levels == 2
    assert binary.name == "digits:binarised-7"
    assert load(binary.name, binary.split).digest == binary.digest != load("digits").digest


@pytest.mark.parametrize("n", [2, 2000])
def test_what_is_binarised_already_is_not_binarised_again(n: int) -> None:
    with pytest.raises(DatasetError, match="name: expected one ':binarised-<seed>'"):
        load("digits" + ":binarised-1" * n)


def an_array(folder: Path) -> str:
    np.savez(folder / "x.npz", x=GREY, y=np.arange(10) // 5)
    return str(folder / "x.npz")


def images(folder: Path) -> str:
    for i, pixels in enumerate(GREY):
        (folder / "flowers" / str(i // 5)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / "flowers" / str(i // 5) / f"{i}.png")
    return str(folder / "flowers")


def a_csv(folder: Path) -> str:
    header = ",".join(["label", *(f"p{i}" for i in range(30))])
    rows = np.column_stack([np.arange(10) // 5, GREY.reshape(10, 30)])
    np.savetxt(folder / "x.csv", rows, "%d", ",", header=header, comments="")
    return str(folder / "x.csv")


def encoded() -> list[bytes]:
    """The images as PNGs."""
    found = []
    for pixels in GREY:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        found.append(buffer.getvalue())
    return found


def a_parquet(folder: Path) -> str:
    rows = [{"bytes": content, "path": None} for content in encoded()]
    table = pa.table({"image": rows, "label": np.arange(10) // 5})
    pq.write_table(table.slice(0, 7), folder / "train-00000.parquet")
    pq.write_table(table.slice(7), folder / "train-00001.parquet")
    return str(folder)


def a_tar(folder: Path) -> str:
    with tarfile.open(folder / "x.tar", "w") as archive:
        for i, content in enumerate(encoded()):
            for kind, part in (("png", content), ("cls", str(i // 5).encode())):
                member = tarfile.TarInfo(f"{i:04d}.{kind}")
                member.size = len(part)
                archive.addfile(member, io.BytesIO(part))
    return str(folder / "x.tar")


def an_idx(folder: Path) -> str:
    for name, array in (("images-idx3", GREY), ("labels-idx1", np.arange(10, dtype=np.uint8) // 5)):
        content = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.tobytes()
        (folder / f"train-{name}-ubyte").write_bytes(content)
    return str(folder / "train-images-idx3-ubyte")


def an_h5ad(folder: Path) -> str:
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "x.h5ad", "w") as file:
        file["X"] = GREY.reshape(10, 30)
        for name, n in (("obs", 10), ("var", 30)):
            file[f"{name}/_index"] = [f"{name} {i}" for i in range(n)]
            file[name].attrs["_index"] = "_index"
        file["obs"].attrs["column-order"] = ["label"]
        file["obs/label"] = np.arange(10) // 5
    return str(folder / "x.h5ad")


GREY = np.random.default_rng(0).integers(0, 256, (10, 6, 5)).astype(np.uint8)
# With splits of its own: test_hub.py.
ELSEWHERE = {"hub:owner/name"}
# Counts of genes are no levels.
N_LEVELS = {"a .h5ad file": None}
# The same ten images of two labels, as each reader has them.
OWN = {
    "a .npz or .npy file": an_array,
    "a .csv or .tsv file": a_csv,
    "a .tar file or a folder of them": a_tar,
    "an IDX file": an_idx,
    "a .h5ad file": an_h5ad,
    "a .parquet file or a folder of them": a_parquet,
    "a folder of images": images,
}


def test_every_reader_is_tested() -> None:
    assert set(OWN) | ELSEWHERE == set(READERS)


@pytest.mark.parametrize("reader", OWN)
def test_a_persons_own_data_are_the_same_in_every_form(reader: str, tmp_path: Path) -> None:
    name = OWN[reader](tmp_path)
    for split, ids in (("all", range(10)), ("test", [4, 9]), ("train", [0, 1, 2, 3, 5, 6, 7, 8])):
        data = load(name, split)
        np.testing.assert_array_equal(np.asarray(data.values).reshape(-1, 6, 5), GREY[list(ids)])
        np.testing.assert_array_equal(data.labels, np.array(list(ids)) // 5)
        np.testing.assert_array_equal(data.example_ids, list(ids))
        assert (data.name, data.split, data.label_names) == (name, split, ("0", "1"))
        assert data.n_levels == N_LEVELS.get(reader, 256)
        assert load(data.name, data.split).digest == data.digest
        assert file_of(name) == Path(name)
