"""A person's own file: every allowed shape is read, every fault is named with what to do."""

import io
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from explorer.datasets import DatasetError, Features, load
from explorer.datasets import array_file as array_file_module
from explorer.files.fault import cut

BYTES = np.random.default_rng(0).integers(0, 256, size=(10, 3, 4), dtype=np.uint8)


def npz(tmp_path: Path, **arrays: ArrayLike) -> Path:
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for allow_pickle
    return path


def npy(tmp_path: Path, x: ArrayLike) -> Path:
    path = tmp_path / "mine.npy"
    np.save(path, x)
    return path


def refusal(path: Path) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(path, "all")
    assert cut(path) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "shape, kind, stored_shape",
    [
        ((5, 4, 6), "grey image", (1, 4, 6)),
        ((5, 1, 4, 6), "grey image", (1, 4, 6)),
        ((5, 3, 4, 6), "colour image", (3, 4, 6)),
        ((5, 7), "vector", (7,)),
    ],
)
@pytest.mark.parametrize("save", [npz, npy])
def test_every_allowed_shape_is_read(
    save: object, shape: tuple[int, ...], kind: str, stored_shape: tuple[int, ...], tmp_path: Path
) -> None:
    x = np.random.default_rng(1).normal(size=shape)
    path = npz(tmp_path, x=x) if save is npz else npy(tmp_path, x)
    mine = load(path, "all")
    assert (mine.kind, mine.shape, mine.n_levels) == (kind, stored_shape, None)
    np.testing.assert_array_equal(np.asarray(mine.values).reshape(shape), x.astype(np.float32))


@pytest.mark.parametrize(
    "dtype, n_levels", [("uint8", 256), ("bool", 2), ("float16", None), ("float64", None), (">f4", None)]
)
def test_the_type_decides_about_levels(dtype: str, n_levels: int | None, tmp_path: Path) -> None:
    x = BYTES % 2 if n_levels else BYTES % 3
    mine = load(npz(tmp_path, x=x.astype(dtype)), "all")
    assert (mine.n_levels, mine.notes) == (n_levels, ())
    np.testing.assert_array_equal(np.asarray(mine.values)[:, 0], x)


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f8", "int8", "int64", "uint32"])
@pytest.mark.parametrize("save", [npz, npy])
def test_zeros_and_ones_are_binary_and_said(save: object, dtype: str, tmp_path: Path) -> None:
    x = (BYTES % 2).astype(dtype)
    mine = load(npz(tmp_path, x=x) if save is npz else npy(tmp_path, x), "all")
    assert mine.n_levels == 2
    np.testing.assert_array_equal(mine.x(slice(None))[:, 0], x)
    assert mine.notes[0].endswith("x holds 0 and 1 alone: binary data")


@pytest.mark.parametrize("dtype", ["int16", "int64", ">u4", "uint64"])
def test_integers_that_are_bytes_are_levels_and_said(dtype: str, tmp_path: Path) -> None:
    mine = load(npz(tmp_path, x=BYTES.astype(dtype)), "all")
    assert mine.n_levels == 256
    np.testing.assert_array_equal(np.asarray(mine.values)[:, 0], BYTES)
    assert "integers from 0 to 255, taken for 256 levels" in mine.notes[0]


def test_other_integers_are_real_values_and_said(tmp_path: Path) -> None:
    mine = load(npz(tmp_path, x=BYTES.astype(int) - 100), "all")
    assert mine.n_levels is None
    np.testing.assert_array_equal(np.asarray(mine.values)[:, 0], BYTES.astype(np.float32) - 100)
    assert "integers beyond 0 to 255, taken for real values" in mine.notes[0]


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("save", [npz, npy])
def test_channels_that_come_last_are_transposed_and_said(
    save: object, dtype: type, n_channels: int, tmp_path: Path
) -> None:
    x: np.ndarray = np.random.default_rng(0).integers(0, 256, (5, 6, 7, n_channels)).astype(dtype)
    mine = load(npz(tmp_path, x=x) if save is npz else npy(tmp_path, x), "all")
    assert mine.kind == ("colour image" if n_channels == 3 else "grey image")
    np.testing.assert_array_equal(mine.values, x.transpose(0, 3, 1, 2))
    assert "whose channels come last" in mine.notes[0]


def test_what_has_to_be_converted_is_held_against_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 1000)
    assert len(load(npy(tmp_path, np.full((50, 4), 0.5, np.float32)), "all")) == 50
    error = refusal(npy(tmp_path, np.full((50, 4), 0.5)))
    assert (error.key, error.found) == ("size", "2,400 bytes")


def test_labels_may_be_texts(tmp_path: Path) -> None:
    mine = load(npz(tmp_path, x=BYTES, y=np.array(["dog", "cat", "", "dog", "dog"] * 2)), "all")
    assert mine.label_names == ("cat", "dog")
    np.testing.assert_array_equal(mine.labels, [1, 0, -1, 1, 1] * 2)


def test_the_axis_of_a_signal_has_names_and_units(tmp_path: Path) -> None:
    x, names = np.random.default_rng(0).normal(size=(5, 3)), np.array(["400", "402.5", "405"])
    mine = load(npz(tmp_path, x=x, feature_names=names, axis="wavelength [nm]", unit="counts"), "all")
    assert mine.features == Features(("400", "402.5", "405"), "wavelength [nm]", "counts", is_ordered=True)
    assert load(npz(tmp_path, x=x, axis="sample"), "all").features == Features((), "sample", "", True)
    assert load(npz(tmp_path, x=x, unit="mV"), "all").features == Features((), "feature", "mV", False)
    assert load(npz(tmp_path, x=x, feature_names=np.array(["a", "b", "c"])), "all").features == Features(
        ("a", "b", "c")
    )
    assert load(npz(tmp_path, x=x), "all").features is None


@pytest.mark.parametrize("names", [np.array(["a", "b"]), np.arange(3), np.array([["a", "b", "c"]])])
def test_names_of_features_that_do_not_fit_are_refused(names: np.ndarray, tmp_path: Path) -> None:
    assert refusal(npz(tmp_path, x=np.ones((5, 3)), feature_names=names)).key == "feature_names"


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_labels_and_names_are_read(save: object, tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    arrays = {"x": BYTES, "y": np.arange(10) % 2, "label_names": np.array(["Katze", "Hund"])}
    save(path, **arrays)  # type: ignore[operator]  # either of numpy's two writers
    mine = load(path, "all")
    np.testing.assert_array_equal(mine.labels, np.arange(10) % 2)
    assert mine.label_names == ("Katze", "Hund")


def test_without_labels_all_are_unknown(tmp_path: Path) -> None:
    mine = load(npy(tmp_path, BYTES), "all")
    assert (mine.labels == -1).all()
    assert mine.label_names == ()


def test_without_names_labels_are_named_by_number(tmp_path: Path) -> None:
    assert load(npz(tmp_path, x=BYTES, y=np.arange(10)), "all").label_names[-1] == "9"


def test_splits_share_the_rows_of_the_file(tmp_path: Path) -> None:
    path = npy(tmp_path, BYTES)
    test = load(path, "test")
    np.testing.assert_array_equal(test.example_ids, [4, 9])
    np.testing.assert_array_equal(np.asarray(test.values)[:, 0], BYTES[[4, 9]])
    assert len(load(path, "train")) == 8


@pytest.mark.parametrize("name", ["A.NPY", "A.Npz"])
def test_a_name_may_be_in_capitals(name: str, tmp_path: Path) -> None:
    path = npy(tmp_path, BYTES) if name == "A.NPY" else npz(tmp_path, x=BYTES)
    assert len(load(path.rename(tmp_path / name), "all")) == 10


def test_fortran_order_is_read_as_it_looks(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        np.asarray(load(npy(tmp_path, np.asfortranarray(BYTES)), "all").values)[:, 0], BYTES
    )


@pytest.mark.parametrize("dtype", ["uint8", "bool", "float32", ">f4"])
def test_the_digest_is_of_the_numbers_and_not_of_the_file(dtype: str, tmp_path: Path) -> None:
    x = (BYTES % 2).astype(dtype)
    assert load(npy(tmp_path, x), "all").digest == load(npz(tmp_path, x=x), "all").digest


def test_arrays_of_other_names_are_left_alone(tmp_path: Path) -> None:
    path = npz(tmp_path, x=BYTES, notes=np.array([{"a": 1}], dtype=object))
    assert len(load(path, "all")) == 10


def test_a_file_without_x_lists_what_it_has(tmp_path: Path) -> None:
    error = refusal(npz(tmp_path, images=BYTES, y=np.arange(10)))
    assert (error.key, error.found) == ("x", "images, y")


@pytest.mark.parametrize("save", [npz, npy])
def test_a_pickle_is_never_loaded(save: object, tmp_path: Path) -> None:
    harmful = np.array([Harmful()], dtype=object)
    path = npz(tmp_path, x=harmful) if save is npz else npy(tmp_path, harmful)
    assert "never loaded" in refusal(path).found


class Harmful:
    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize("shape", [(5,), (5, 2, 4, 4), (5, 1, 2, 3, 4), ()])
def test_other_shapes_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    error = refusal(npy(tmp_path, np.zeros(shape, np.uint8)))
    assert error.found == f"shape {shape}"
    assert "(N, H, W)" in error.expected


@pytest.mark.parametrize("shape", [(0, 8, 8), (5, 0), (0, 3, 2, 2)])
def test_no_examples_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    assert "at least one example" in refusal(npy(tmp_path, np.zeros(shape))).expected


@pytest.mark.parametrize("dtype", ["complex64", "U3", "datetime64[s]"])
def test_other_types_get_the_line_that_repairs_them(dtype: str, tmp_path: Path) -> None:
    assert "astype('uint8')" in refusal(npy(tmp_path, BYTES.astype(dtype))).advice


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_values_that_are_not_finite_name_the_first_example(bad: float, tmp_path: Path) -> None:
    x = np.zeros((6, 2, 2))
    x[[3, 5], 1, 1] = bad
    assert "2 of 6 examples, the first is example 3" in refusal(npy(tmp_path, x)).found


@pytest.mark.parametrize(
    "y, found",
    [
        (np.arange(9), "shape (9,)"),
        (np.zeros((10, 2), np.int64), "shape (10, 2)"),
        (np.zeros(10), "float64"),
        (np.full(10, -2), "-2..-2"),
        (np.full(10, 2**40), f"{2**40}..{2**40}"),
        (np.full(10, 2**64 - 1, np.uint64), f"{2**64 - 1}..{2**64 - 1}"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y: np.ndarray, found: str, tmp_path: Path) -> None:
    error = refusal(npz(tmp_path, x=BYTES, y=y))
    assert (error.key, error.found) == ("y", found)


@pytest.mark.parametrize("names", [np.array(["a"]), np.array([["a", "b"]]), np.arange(2)])
def test_label_names_that_do_not_fit_are_refused(names: np.ndarray, tmp_path: Path) -> None:
    error = refusal(npz(tmp_path, x=BYTES, y=np.arange(10) % 2, label_names=names))
    assert error.key == "label_names"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.npz").key == "file"


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
@pytest.mark.parametrize("raw", [b"", b"hello, world", b"\x93NUMPY\x01\x00", b"PK\x03\x04rest"])
def test_a_foreign_file_is_refused(suffix: str, raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(raw)
    assert "numpy.savez" in refusal(path).advice


@pytest.mark.parametrize("save", [npz, npy])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
def test_a_truncated_file_is_refused(save: object, kept: float, tmp_path: Path) -> None:
    path = npz(tmp_path, x=BYTES) if save is npz else npy(tmp_path, BYTES)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    refusal(path)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = npz(tmp_path, x=BYTES)
    raw = bytearray(path.read_bytes())
    raw[raw.index(BYTES.tobytes()[:30])] ^= 0xFF
    path.write_bytes(raw)
    assert "CRC" in refusal(path).found


@pytest.mark.parametrize("save", [npz, npy])
def test_no_changed_byte_does_worse_than_a_refusal(save: object, tmp_path: Path) -> None:
    path = npz(tmp_path, x=BYTES) if save is npz else npy(tmp_path, BYTES)
    raw = path.read_bytes()
    rng = np.random.default_rng(0)
    n_refused = 0
    for _ in range(300):
        changed = bytearray(raw)
        changed[rng.integers(len(raw))] = rng.choice(np.frombuffer(b"0-({'\xff", np.uint8))
        path.write_bytes(changed)
        try:
            load(path, "all")
        except DatasetError:
            n_refused += 1
    assert n_refused > 50


def lying_header(shape: str) -> bytes:
    """A valid .npy header for uint8 of this shape, with ten bytes behind it."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(10)


@pytest.mark.parametrize("shape", ["(99999999, 99999, 99999)", "(2, 4)", "(2, 6)", "(-2, -5)", "(" * 900])
def test_a_header_that_lies_about_the_size_is_refused(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.npy"
    path.write_bytes(lying_header(shape))
    assert refusal(path).key == "x"


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_file_module, "MAX_BYTES", 1000)
    path = tmp_path / "mine.npz"
    content = io.BytesIO()
    np.save(content, np.zeros((100, 100), np.uint8))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content.getvalue())
    assert "at most 1000 bytes" in refusal(path).expected


# what was made on purpose


def test_a_pipe_under_the_name_of_a_file_is_refused_at_once(tmp_path: Path) -> None:
    for name in ("x.npy", "x.npz"):
        os.mkfifo(tmp_path / name)
        assert "not a plain file" in refusal(tmp_path / name).found


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_name_that_no_file_can_have_is_refused(suffix: str) -> None:
    assert refusal(Path(f"a\0b.{suffix}")).key == "file"


def test_an_archive_of_more_than_there_is_memory_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be unpacked to a thousand times its size."""
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, x=np.zeros((64, 256, 256), np.uint8))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 4 << 20)
    error = refusal(path)
    assert (error.key, error.found) == ("x", "4194304 bytes")


def test_an_archive_is_unpacked_into_its_place(tmp_path: Path) -> None:
    """Not twice: an archive may unpack to most of the memory."""
    n_bytes = 64 << 20
    np.savez_compressed(tmp_path / "large.npz", x=np.zeros((n_bytes >> 16, 256, 256), np.uint8))
    tracemalloc.start()
    array_file_module.arrays(tmp_path / "large.npz", ("x",))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_bytes <= most < 1.6 * n_bytes


def test_an_archive_of_a_million_entries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_file_module, "MAX_ENTRIES", 2)
    assert refusal(npz(tmp_path, x=BYTES, a=BYTES, b=BYTES)).key == "archive"


def test_spans_of_time_are_no_labels(tmp_path: Path) -> None:
    """numpy counts them among the integers."""
    labels = np.arange(10).astype("timedelta64[s]")
    assert refusal(npz(tmp_path, x=BYTES, y=labels)).key == "y"


def test_a_message_is_cut_however_long_a_name_is(tmp_path: Path) -> None:
    assert len(str(refusal(npz(tmp_path, **{"k" * 60_000: BYTES})))) < 5_000
