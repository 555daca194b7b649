"""What stands behind a data set's name: one grammar for every reader, and every option does what it says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import DatasetError, file_of, load
from explorer.datasets.frames import Frame
from explorer.datasets.options import FORMS, Options, parse, source_of

RNG = np.random.default_rng(0)


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    """Five images of three channels and 6 x 8 pixels, bytes."""
    np.savez(tmp_path / "c.npz", x=RNG.integers(0, 256, (5, 3, 6, 8), dtype=np.uint8))
    return tmp_path / "c.npz"


@pytest.fixture
def reals(tmp_path: Path) -> Path:
    """Vectors from -1 to 3."""
    np.save(tmp_path / "r.npy", np.linspace(-1, 3, 50, dtype=np.float32).reshape(10, 5))
    return tmp_path / "r.npy"


@pytest.mark.parametrize(
    "name, source, options",
    [
        ("a", "a", Options()),
        ("a:grey", "a", Options(is_grey=True)),
        (
            "a:cropped-4x5:resized-2x3",
            "a",
            Options(frames=(Frame(4, 5, is_crop=True), Frame(2, 3))),
        ),
        ("a:range--1-1", "a", Options(range=(-1, 1))),
        ("a:range-0.5-2e3", "a", Options(range=(0.5, 2000))),
        ("a:range--2--1.5", "a", Options(range=(-2, -1.5))),
        ("a:label=cell type", "a", Options(label="cell type")),
        ("a:counts", "a", Options(is_count=True)),
        ("a:label=grey:binarised-7:grey", "a", Options(label="grey", seed=7, is_grey=True)),
        ("C:/a:b.npz:grey", "C:/a:b.npz", Options(is_grey=True)),
        ("a\nb:grey", "a\nb", Options(is_grey=True)),
        (":grey", ":grey", Options()),
        ("a:grey:blue", "a:grey:blue", Options()),
    ],
)
def test_a_name_is_a_source_and_its_options(name: str, source: str, options: Options) -> None:
    assert parse(name) == (source, options)
    assert source_of(name) == source


@pytest.mark.parametrize(
    "option", ["grey", "counts", "binarised-1", "resized-2x2", "cropped-2x2", "range-0-1", "label=y"]
)
def test_an_option_stands_once(option: str) -> None:
    assert "another before it" in str(refusal(f"digits:{option}:{option}"))


@pytest.mark.parametrize("option", ["gray", "resized-4", "resized-4x", "range-1", "binarised-", "label="])
def test_an_unknown_option_lists_the_known_ones(option: str, colours: Path) -> None:
    for name in ("digits", colours, f"{colours}:grey"):
        error = refusal(f"{name}:{option}")
        assert (error.key, error.found) == ("option", f":{option}")
        assert all(form in error.expected for form in FORMS)


@pytest.mark.parametrize(
    "option", ["range-1-1", "range-2-1", "range-0-1e999", "resized-0x3", "cropped-3x5000"]
)
def test_an_option_that_makes_no_sense_is_refused(option: str, reals: Path) -> None:
    assert refusal(f"{reals}:{option}").key in ("range", "size")


def test_a_name_keeps_its_options_and_loads_the_same_again(colours: Path, reals: Path) -> None:
    for name in (f"{colours}:resized-4x4:grey:binarised-3", f"{reals}:range--1-3", "digits:resized-4x4"):
        data = load(name, "test")
        assert data.name == name
        assert load(data.name, data.split).digest == data.digest
    assert file_of(f"{colours}:resized-4x4:grey") == colours
    assert file_of("digits:grey:binarised-1") is None


# crops and sizes


def test_a_crop_is_the_middle(colours: Path) -> None:
    whole, part = load(colours, "all").values, load(f"{colours}:cropped-2x4", "all").values
    np.testing.assert_array_equal(part, np.asarray(whole)[:, :, 2:4, 2:6])


def test_crops_and_sizes_are_done_in_their_order(colours: Path) -> None:
    first = load(f"{colours}:cropped-4x4:resized-2x2", "all").values
    second = load(f"{colours}:resized-4x4:cropped-2x2", "all").values
    assert np.asarray(first).shape == np.asarray(second).shape == (5, 3, 2, 2)
    assert (np.asarray(first) != np.asarray(second)).any()


def test_arrays_and_files_are_resized_alike(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (3, 12, 12, 3), dtype=np.uint8)
    np.savez(tmp_path / "x.npz", x=pixels.transpose(0, 3, 1, 2))
    (tmp_path / "images").mkdir()
    for i, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / "images" / f"{i}.png")
    for options in ("resized-6x4", "cropped-6x4:grey", "grey:resized-20x20"):
        a, b = (
            np.asarray(load(f"{tmp_path}/{name}:{options}", "all").values, int)
            for name in ("x.npz", "images")
        )
        # Pillow rounds between height and width, and before the size where it is grey.
        np.testing.assert_allclose(a, b, atol=3)


def test_levels_stay_levels() -> None:
    small = load("digits:resized-16x16", "test")
    assert (small.n_levels, small.shape) == (17, (1, 16, 16))
    assert np.asarray(small.values).max() == 16


def test_real_images_are_resized_as_they_are(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((2, 4, 4), -1.5, np.float32))
    np.testing.assert_allclose(
        load(f"{tmp_path}/x.npy:resized-3x5", "all").values, np.full((2, 1, 3, 5), -1.5)
    )


def test_more_than_an_image_cannot_be_cut_out(colours: Path) -> None:
    assert "6 x 8 pixels, fewer than the 7 x 8" in refusal(f"{colours}:cropped-7x8").found


def test_grey_is_what_pillow_takes_for_it(colours: Path) -> None:
    grey, whole = load(f"{colours}:grey", "all"), np.asarray(load(colours, "all").values)
    assert (grey.kind, grey.shape) == ("grey image", (1, 6, 8))
    wanted = np.stack([np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L")) for image in whole])
    np.testing.assert_allclose(np.asarray(grey.values, int)[:, 0], wanted, atol=1)


def test_grey_images_are_grey_already() -> None:
    assert load("digits:grey", "test").digest == load("digits", "test").digest


@pytest.mark.parametrize("option", ["grey", "resized-2x2", "cropped-2x2"])
def test_vectors_are_no_images(option: str, reals: Path) -> None:
    assert refusal(f"{reals}:{option}").found == "vectors"


def test_no_more_memory_is_taken_than_there_is(colours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(f"{colours}:resized-10x10", "all")
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 1600)
    assert refusal(f"{colours}:resized-10x10").found == "1,500 bytes"


# counts


def test_whole_numbers_stay_what_they_are(tmp_path: Path) -> None:
    for top in (1, 200, 900):
        x = RNG.integers(0, top + 1, (9, 5))
        np.savez(tmp_path / f"{top}.npz", x=x)
        data = load(f"{tmp_path / f'{top}.npz'}:counts", "all")
        assert data.n_levels is None
        np.testing.assert_array_equal(data.x(slice(None)), x)
        assert load(data.name, "all").digest == data.digest


def test_values_that_are_no_counts_are_told(reals: Path) -> None:
    error = refusal(f"{reals}:counts")
    assert (error.expected, error.found) == ("counts: whole numbers from 0 on", "-1 in example 0")
    assert "as they were measured" in error.advice


# range


def test_a_range_becomes_zero_to_one(reals: Path) -> None:
    found = load(f"{reals}:range--1-3", "all").x(slice(None))
    np.testing.assert_allclose(found, np.linspace(0, 1, 50).reshape(10, 5), atol=1e-6)
    assert load(f"{reals}:range--1-3:binarised-1", "all").n_levels == 2


def test_values_outside_their_range_are_told(reals: Path) -> None:
    error = refusal(f"{reals}:range-0-2")
    assert error.found == "6 examples outside it, the first has id 0"
    assert error.advice == "They go from -1 to 3."


def test_levels_have_no_range(colours: Path) -> None:
    assert refusal(f"{colours}:range-0-255").key == "range"


# labels


@pytest.mark.parametrize("name", ["digits", "c.npz"])
def test_data_without_columns_have_no_other_labels(name: str, colours: Path) -> None:
    source = colours if name == "c.npz" else name
    assert refusal(f"{source}:label=species").key == "label"
