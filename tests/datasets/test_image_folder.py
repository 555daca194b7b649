"""A folder of images: classes, sizes and colours as they are; what cannot be read is left out by name."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import DatasetError, load

RANDOM = np.random.default_rng(0)


def write(path: Path, size: tuple[int, int] = (6, 5), mode: str = "L") -> np.ndarray:
    """A PNG of random pixels; height and width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = size if mode == "L" else (*size, len(mode))
    pixels = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels, mode if mode != "LA" else None).save(path)
    return pixels


def refusal(name: Path | str) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(name, "all")
    return caught.value


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Twelve grey images of two classes."""
    for label in ("tulip", "rose"):
        for i in range(6):
            write(tmp_path / "flowers" / label / f"{i}.png")
    return tmp_path / "flowers"


def test_a_folder_a_class_gives_labels(classes: Path) -> None:
    data = load(classes, "all")
    assert data.label_names == ("rose", "tulip")
    np.testing.assert_array_equal(data.labels, [0] * 6 + [1] * 6)
    assert (data.shape, data.kind, data.n_levels, data.n_in_file) == ((1, 6, 5), "grey image", 256, 12)
    with Image.open(classes / "tulip" / "2.png") as image:
        np.testing.assert_array_equal(np.asarray(data.values)[8, 0], np.asarray(image))


def test_images_without_folders_have_no_labels(tmp_path: Path) -> None:
    pixels = [write(tmp_path / f"{i}.png") for i in range(3)]
    data = load(tmp_path, "all")
    assert data.label_names == ()
    np.testing.assert_array_equal(data.labels, [-1] * 3)
    np.testing.assert_array_equal(np.asarray(data.values)[:, 0], pixels)


def test_one_image_in_colour_makes_all_of_them_so(tmp_path: Path) -> None:
    grey, colour = write(tmp_path / "a.png"), write(tmp_path / "b.png", mode="RGB")
    values = np.asarray(load(tmp_path, "all").values)
    assert load(tmp_path, "all").kind == "colour image"
    np.testing.assert_array_equal(values[0], np.stack([grey] * 3))
    np.testing.assert_array_equal(values[1], colour.transpose(2, 0, 1))


def test_transparency_is_left_out(tmp_path: Path) -> None:
    pixels = write(tmp_path / "a.png", mode="RGBA")
    np.testing.assert_array_equal(
        np.asarray(load(tmp_path, "all").values)[0], pixels[..., :3].transpose(2, 0, 1)
    )


def test_its_name_and_split_load_it_again(classes: Path) -> None:
    for name in (str(classes), f"{classes}:resized-4x4", f"{classes}:binarised-3"):
        for split in ("all", "train", "test"):
            data = load(name, split)
            assert (data.name, data.split) == (name, split)
            assert load(data.name, data.split).digest == data.digest


def test_the_split_is_that_of_files(classes: Path) -> None:
    np.testing.assert_array_equal(load(classes, "test").example_ids, [4, 10])
    assert len(load(classes, "train")) == 10


# sizes


def test_images_of_several_sizes_are_told_with_the_line_that_repairs_them(classes: Path) -> None:
    write(classes / "rose" / "9.png", (7, 8))
    error = refusal(classes)
    assert error.found == "2 sizes: rose/0.png is 6 x 5, rose/9.png 7 x 8"
    assert load(str(error).rpartition(": ")[2].rstrip("."), "all").shape == (1, 6, 5)


def test_a_resized_image_is_the_same_picture(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    Image.fromarray(np.tile(ramp, (32, 1))).save(tmp_path / "ramp.png")
    small = np.asarray(load(f"{tmp_path}:resized-8x16", "all").values)[0, 0]
    assert small.shape == (8, 16)
    np.testing.assert_allclose(small, np.tile(ramp.reshape(16, 4).mean(1), (8, 1)), atol=6)


@pytest.mark.parametrize("size", ["0x4", "4x0", "9999x1"])
def test_sizes_that_make_no_sense_are_refused(classes: Path, size: str) -> None:
    assert refusal(f"{classes}:resized-{size}").key == "size"


def test_more_than_the_memory_is_refused_before_it_is_taken(
    classes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 100)
    assert refusal(classes).found == "360 bytes"


# what cannot be read


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 6\n%%EndComments\nshowpage\n%%EOF\n"


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


BROKEN = {
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-30]),
    "empty": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_text("<svg onload=alert(1)>"),
    "a pipe": pipe,
    "of a kind that another program would read": lambda path: path.write_bytes(EPS),
    "of 16 bits": lambda path: Image.fromarray(np.zeros((6, 5), np.uint16)).save(path),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_cannot_be_read_is_left_out_by_name_and_the_others_keep_their_ids(
    classes: Path, fault: str
) -> None:
    write(classes / "rose" / "2.png", (32, 32))
    write(classes / "rose" / "2.png", (6, 5))
    BROKEN[fault](classes / "rose" / "2.png")
    data = load(classes, "all")
    kept = [i for i in range(12) if i != 2]
    if fault == "a pipe":  # which is no file at all
        assert len(data) == 11
        return
    np.testing.assert_array_equal(data.example_ids, kept)
    assert len(data.notes) == 1
    assert data.notes[0].startswith(f"{classes}: 1 of 12 images left out: rose/2.png (")


def test_of_many_that_are_left_out_some_are_named(tmp_path: Path) -> None:
    write(tmp_path / "good.png")
    for i in range(9):
        (tmp_path / f"{i}.png").write_bytes(b"")
    (note,) = load(tmp_path, "all").notes
    assert "9 of 10 images left out" in note
    assert note.endswith(" and 4 more")


def test_a_folder_without_one_that_can_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert refusal(tmp_path).key == "images"


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / "empty").mkdir()
    assert refusal(tmp_path).found == "none"


def test_images_beside_folders_of_images_are_refused(classes: Path) -> None:
    write(classes / "stray.png")
    assert refusal(classes).found == "1 images beside 2 folders of images"


def test_a_bomb_of_pixels_is_left_out(classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.datasets.images.MOST_PIXELS", 40)
    write(classes / "rose" / "2.png", (7, 6))
    assert "7 x 6 pixels" not in load(classes, "all").notes[0]
    assert "6 x 7 pixels, more than 40" in load(classes, "all").notes[0]


def test_hidden_files_are_not_images(classes: Path) -> None:
    write(classes / "rose" / ".0.png")
    write(classes / ".git" / "0.png")
    assert len(load(classes, "all")) == 12


@pytest.mark.parametrize("name", ["backup.tar", "table.parquet", "notes.csv"])
def test_other_files_beside_images_are_left_alone(name: str, classes: Path, tmp_path: Path) -> None:
    write(tmp_path / "faces" / "0.png")
    for folder in (classes, tmp_path / "faces"):
        digest = load(folder, "all").digest
        (folder / name).write_bytes(b"")
        assert load(folder, "all").digest == digest


def test_a_folder_that_may_not_be_looked_into_is_refused(
    classes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = os.scandir
    for closed in (classes, classes / "rose"):

        def refuse(path: Path, closed: Path = closed) -> object:
            if path == closed:
                raise PermissionError(13, "Permission denied", str(path))
            return scan(path)

        monkeypatch.setattr("os.scandir", refuse)
        error = refusal(classes)
        assert str(error.path) == str(classes)
        assert f"Permission denied: '{closed}'" in error.found


def test_one_truncated_image_among_many_is_named(tmp_path: Path) -> None:
    for i in range(300):
        write(tmp_path / str(i % 3) / f"{i:03}.png")
    path = tmp_path / "1" / "100.png"
    path.write_bytes(path.read_bytes()[:50])
    data = load(tmp_path, "all")
    assert (len(data), len(data.notes)) == (299, 1)
    assert "1 of 300 images left out: 1/100.png (" in data.notes[0]


def test_images_of_every_kind_and_mode_come_together(tmp_path: Path) -> None:
    grey = RANDOM.integers(0, 256, (6, 5), dtype=np.uint8)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        Image.fromarray(grey).convert(mode).save(tmp_path / f"{mode}.png")
    Image.fromarray(grey).convert("CMYK").save(tmp_path / "z.jpg")
    data = load(tmp_path, "all")
    assert (data.shape, len(data), data.notes) == ((3, 6, 5), 7, ())
