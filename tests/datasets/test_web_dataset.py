"""A WebDataset: the files of one name are one example, wherever they lie in the tar; nothing leaves it."""

import io
import json
import os
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import DatasetError, load
from explorer.datasets import web_dataset as web_dataset_module

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 6), dtype=np.uint8)


def encoded(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


PNGS = [encoded(pixels) for pixels in PIXELS]


def tar(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


def test_files_of_one_name_are_one_example(tmp_path: Path) -> None:
    members = [
        ("a/0.PNG", PNGS[0]),
        ("a/0.cls", b"7\n"),
        ("a/0.json", json.dumps({"age": 3, "site": "north", "deep": [1]}).encode()),
        ("a/0.txt", "höhe".encode()),
        ("a/1.seg.png", PNGS[0]),
        ("a/1.png", PNGS[1]),
        ("a/1.cls", b"3"),
        ("b/0.png", PNGS[2]),
        ("b/0.json", json.dumps({"age": 4}).encode()),
    ]
    data = load(tar(tmp_path / "x.tar", members), "all")
    np.testing.assert_array_equal(np.asarray(data.values)[:, 0], PIXELS)
    assert data.label_names == ("3", "7")
    np.testing.assert_array_equal(data.labels, [1, 0, -1])
    assert data.metadata["key"].tolist() == ["a/0", "a/1", "b/0"]
    assert data.metadata["text"].tolist() == ["höhe", "", ""]
    np.testing.assert_array_equal(data.metadata["age"], [3, np.nan, 4])
    assert any("'deep' is left out" in note for note in data.notes)
    assert load(f"{tmp_path}/x.tar:label=site:resized-2x2", "all").label_names == ("north",)


def test_classes_may_be_words(tmp_path: Path) -> None:
    data = load(tar(tmp_path / "x.tar", [("0.png", PNGS[0]), ("0.cls", b"cat")]), "all")
    assert data.label_names == ("cat",)


def test_a_folder_of_tars_is_one_data_set(tmp_path: Path) -> None:
    """Each may count its examples from the beginning."""
    tar(tmp_path / "1.tar", [("0.png", PNGS[1]), ("0.cls", b"1")])
    tar(tmp_path / "0.tar", [("0.png", PNGS[0]), ("0.cls", b"0")])
    data = load(tmp_path, "all")
    np.testing.assert_array_equal(data.labels, [0, 1])
    np.testing.assert_array_equal(np.asarray(data.values)[:, 0], PIXELS[:2])


# what is wrong


def test_examples_that_cannot_be_read_are_left_out_and_the_others_keep_their_ids(tmp_path: Path) -> None:
    members = [("0.png", PNGS[0][:-30]), ("1.txt", b"no image"), ("2.png", PNGS[2]), ("2.json", b"[1]")]
    data = load(tar(tmp_path / "x.tar", [*members, ("2.txt", b"\xff"), ("2.cls", b"1")]), "all")
    np.testing.assert_array_equal(data.example_ids, [1])
    left_out, without, untold, *_ = [note.removeprefix(f"{tmp_path}/x.tar: ") for note in data.notes]
    assert left_out.startswith("1 of 2 images left out: 0 (")
    assert without == "1 examples without an image are left out"
    assert untold == "of 2 files nothing is known, the first is 2.json (no JSON object)"


def test_links_and_devices_are_no_files(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            member = tarfile.TarInfo("0.png")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert refusal(tmp_path / "x.tar").found == "none in 0 examples"


def test_names_that_lead_out_of_the_folder_are_only_names(tmp_path: Path) -> None:
    data = load(tar(tmp_path / "x.tar", [("../../0.png", PNGS[0]), ("/etc/1.png", PNGS[1])]), "all")
    assert data.metadata["key"].tolist() == ["../../0", "/etc/1"]
    assert os.listdir(tmp_path) == ["x.tar"]


def whole(tmp_path: Path) -> bytes:
    return tar(tmp_path / "x.tar", [(f"{i}.png", png) for i, png in enumerate(PNGS)]).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"",
        lambda content: b"hello" * 200,
        lambda content: content[:700],
        lambda content: content[:1024] + b"\xff" * 10 + content[1034:],
    ],
)
def test_a_damaged_tar_is_refused(change: object, tmp_path: Path) -> None:
    """Also one whose second header is no header: what follows it would be left out without a word."""
    path = tmp_path / "x.tar"
    path.write_bytes(change(whole(tmp_path)))  # type: ignore[operator]  # a function of bytes
    assert refusal(path).key == "file"


def test_a_missing_tar_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.tar").key == "file"


def test_what_is_too_large_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_dataset_module, "MOST_IMAGE_BYTES", 10)
    whole(tmp_path)
    assert "bytes, more than" in refusal(tmp_path / "x.tar").found


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_dataset_module, "MOST_MEMBERS", 2)
    whole(tmp_path)
    assert refusal(tmp_path / "x.tar").key == "members"
