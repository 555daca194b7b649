"""The table beside a folder's images: labels and metadata by file name; what it has too much or too little is said."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from explorer.datasets import DatasetError, load

ROWS: dict[str, list[Any]] = {
    "file_name": ["c.png", "a.png", "b.png"],
    "age": [3, 1, 2],
    "weight": [0.5, None, 2.5],
    "Label": ["old", "young", "young"],
}


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((3, 4), 7, np.uint8)).save(path)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    for name in "abc":
        picture(tmp_path / f"{name}.png")
    return tmp_path


def write_csv(folder: Path, rows: dict[str, list[Any]]) -> None:
    lines = [rows.keys(), *zip(*rows.values(), strict=True)]
    text = "\n".join(",".join("" if v is None else str(v) for v in line) for line in lines)
    (folder / "metadata.csv").write_text(text)


def write_jsonl(folder: Path, rows: dict[str, list[Any]]) -> None:
    lines = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")


def write_parquet(folder: Path, rows: dict[str, list[Any]]) -> None:
    pq.write_table(pa.table(rows), folder / "metadata.parquet")


FORMS = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


@pytest.mark.parametrize("form", FORMS)
def test_labels_and_metadata_come_by_the_name_of_the_file(form: str, faces: Path) -> None:
    FORMS[form](faces, ROWS)
    data = load(faces, "all")
    assert data.label_names == ("old", "young")
    np.testing.assert_array_equal(data.labels, [1, 1, 0])
    assert data.metadata["age"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(data.metadata["weight"], [np.nan, 2.5, 0.5])
    assert data.metadata["file_name"].tolist() == ["a.png", "b.png", "c.png"]
    assert data.notes == (f"{faces}: labels are of column 'Label'",)
    assert load(faces, "all").digest == data.digest


@pytest.mark.parametrize("form", FORMS)
def test_another_column_may_give_the_labels(form: str, faces: Path) -> None:
    FORMS[form](faces, ROWS)
    data = load(f"{faces}:label=age", "all")
    assert data.label_names == ("1", "2", "3")
    assert list(data.metadata) == ["file_name", "weight", "Label_"]


def test_without_a_table_the_digest_is_what_it_was(faces: Path) -> None:
    assert (load(faces, "all").metadata, load(faces, "all").notes) == ({}, ())


def test_folders_give_the_labels_where_the_table_has_none(tmp_path: Path) -> None:
    for name in ("cats/1", "cats/2", "dogs/1"):
        picture(tmp_path / f"{name}.png")
    write_csv(tmp_path, {"file_name": ["dogs/1.png", "./cats/2.png"], "age": [7, 8]})
    data = load(tmp_path, "all")
    assert data.label_names == ("cats", "dogs")
    np.testing.assert_array_equal(data.labels, [0, 0, 1])
    np.testing.assert_array_equal(data.metadata["age"], [np.nan, 8, 7])
    assert data.notes == (f"{tmp_path}/metadata.csv: knows nothing of 1 images: cats/1.png",)


def test_images_that_are_not_there_are_named(faces: Path) -> None:
    names = [f"{i}.png" for i in range(9)] + ["a.png", "../../etc/passwd", "a.png"]
    write_csv(faces, {"file_name": names, "n": list(range(12))})
    data = load(faces, "all")
    np.testing.assert_array_equal(data.metadata["n"], [9, np.nan, np.nan])
    told = [note.removeprefix(f"{faces}/metadata.csv: ") for note in data.notes]
    assert told == [
        "10 images that are not there: ../../etc/passwd, 0.png, 1.png, 2.png, 3.png and 5 more",
        "knows nothing of 2 images: b.png, c.png",
        "1 rows of images that have one before are left out",
    ]


def test_images_that_cannot_be_read_take_their_row_with_them(faces: Path) -> None:
    write_csv(faces, ROWS)
    (faces / "b.png").write_bytes(b"")
    data = load(faces, "all")
    assert data.metadata["age"].tolist() == [1, 3]
    np.testing.assert_array_equal(data.example_ids, [0, 2])


def test_the_rows_of_a_split_are_its_own(faces: Path) -> None:
    for i in range(7):
        picture(faces / f"d{i}.png")
    write_csv(faces, {"file_name": [f"d{i}.png" for i in range(7)], "n": list(range(7))})
    np.testing.assert_array_equal(load(faces, "test").metadata["n"], [1, 6])


def test_two_tables_are_refused(faces: Path) -> None:
    write_csv(faces, ROWS)
    write_parquet(faces, ROWS)
    assert refusal(faces).found == "metadata.csv and metadata.parquet"


@pytest.mark.parametrize(
    "name, content",
    [
        ("metadata.csv", b"file,age\na.png,3\n"),
        ("metadata.csv", b"file_name,age\n1,3\n"),
        ("metadata.csv", b""),
        ("metadata.jsonl", b'{"file_name": "a.png"}\n{"file_name": '),
        ("metadata.jsonl", b"[1, 2]\n"),
        ("metadata.jsonl", b"[" * 100_000),
        ("metadata.jsonl", b""),
        ("metadata.jsonl", b'{"file_name": 3}\n'),
        ("metadata.parquet", b"PAR1"),
    ],
)
def test_a_damaged_table_is_refused_by_name(name: str, content: bytes, faces: Path) -> None:
    (faces / name).write_bytes(content)
    assert refusal(faces).path == faces / name


def test_what_json_may_hold_and_a_column_may_not(faces: Path) -> None:
    rows = [
        {"file_name": "a.png", "deep": {"a": 1}, "t": "\ud800", "n": 10**400},
        {"file_name": "b.png", "m": 1},
    ]
    (faces / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = load(faces, "all")
    assert data.metadata["t"].tolist() == ["?", "", ""]
    np.testing.assert_array_equal(data.metadata["m"], [np.nan, 1, np.nan])
    assert any("'deep' is left out" in note for note in data.notes)


def test_labels_out_of_a_table_that_is_not_there(faces: Path) -> None:
    error = refusal(f"{faces}:label=age")
    assert (error.key, error.expected) == ("label", "a column, one of none")
