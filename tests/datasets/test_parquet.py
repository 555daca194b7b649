"""Parquet files: images, lists, columns of numbers; one table of several files, or the file that differs."""

import datetime
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from explorer.datasets import DatasetError, Features, load

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (4, 5, 6, 3), dtype=np.uint8)
VECTORS = RNG.normal(size=(4, 3)).astype(np.float32)


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


PNGS = [encoded(pixels) for pixels in PIXELS]


def parquet(tmp_path: Path, columns: Any, name: str = "a.parquet", **options: Any) -> Path:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, tmp_path / name, **options)
    return tmp_path / name


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


IMAGES = {
    "as the Hub has them": pa.array([{"bytes": png, "path": f"{i}.png"} for i, png in enumerate(PNGS)]),
    "bytes": pa.array(PNGS),
    "large bytes": pa.array(PNGS, pa.large_binary()),
}


@pytest.mark.parametrize("form", IMAGES)
def test_images_are_read_whatever_column_holds_them(form: str, tmp_path: Path) -> None:
    columns = {"id": [7, 8, 9, 10], "picture": IMAGES[form], "label": [0, 1, 1, 0], "site": list("abcd")}
    data = load(parquet(tmp_path, columns), "all")
    assert (data.kind, data.n_levels, data.label_names) == ("colour image", 256, ("0", "1"))
    np.testing.assert_array_equal(data.values, PIXELS.transpose(0, 3, 1, 2))
    assert {k: v.tolist() for k, v in data.metadata.items()} == {"id": [7, 8, 9, 10], "site": list("abcd")}
    assert load(f"{tmp_path}/a.parquet:grey:resized-2x2", "all").shape == (1, 2, 2)


def test_images_that_cannot_be_read_are_left_out_and_the_others_keep_their_ids(tmp_path: Path) -> None:
    rows = [PNGS[0], None, PNGS[2][:-30], PNGS[3]]
    data = load(parquet(tmp_path, {"image": rows, "label": list("abca"), "n": range(4)}), "all")
    np.testing.assert_array_equal(data.example_ids, [0, 3])
    np.testing.assert_array_equal(data.metadata["n"], [0, 3])
    assert "2 of 4 images left out: row 1 (no bytes), row 2 (" in data.notes[0]


def test_the_hub_names_its_labels(tmp_path: Path) -> None:
    about = b'{"info": {"features": {"label": {"names": ["cat", "dog", "fox"], "_type": "ClassLabel"}}}}'
    table = pa.table({"image": PNGS, "label": [2, 0, -1, 2]}).replace_schema_metadata({b"huggingface": about})
    data = load(parquet(tmp_path, table), "all")
    assert data.label_names == ("cat", "fox")
    np.testing.assert_array_equal(data.labels, [1, 0, -1, 1])


@pytest.mark.parametrize("about", [b"", b"[]", b"{", b'{"info": {"features": {"label": {"names": [1, 2]}}}}'])
def test_what_the_hub_says_of_labels_is_not_believed_blindly(about: bytes, tmp_path: Path) -> None:
    table = pa.table({"image": PNGS, "label": [2, 0, -1, 2]}).replace_schema_metadata({b"huggingface": about})
    assert load(parquet(tmp_path, table), "all").label_names == ("0", "2")


LISTS = {
    "lists": pa.array(VECTORS.tolist(), pa.list_(pa.float32())),
    "large lists": pa.array(VECTORS.tolist(), pa.large_list(pa.float64())),
    "of one size": pa.FixedSizeListArray.from_arrays(VECTORS.ravel(), 3),
}


@pytest.mark.parametrize("form", LISTS)
@pytest.mark.parametrize("n_files", [1, 2])
def test_lists_of_numbers_are_vectors(form: str, n_files: int, tmp_path: Path) -> None:
    table = pa.table({"n": range(4), "embedding": LISTS[form], "y": list("abab")})
    parquet(tmp_path, table.slice(0, 4 // n_files), "0.parquet", row_group_size=1)
    if n_files == 2:
        parquet(tmp_path, table.slice(2), "1.parquet")
    data = load(tmp_path, "all")
    np.testing.assert_allclose(data.values, VECTORS)
    assert (data.kind, data.features, data.label_names) == ("vector", None, ("a", "b"))
    assert list(data.metadata) == ["n"]


def test_columns_of_numbers_are_features(tmp_path: Path) -> None:
    columns = {"a": [0.5, 1, 2], "b": [1, 2, 3], "when": [datetime.date(2026, 1, i) for i in (1, 2, 3)]}
    data = load(parquet(tmp_path, columns), "all")
    assert data.features == Features(("a", "b"))
    assert data.metadata["when"].tolist() == ["2026-01-01", "2026-01-02", "2026-01-03"]


def test_the_index_that_pandas_writes_is_no_feature(tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"a": [0.5, 1, 2]}, index=[5, 6, 9]).to_parquet(tmp_path / "a.parquet")
    assert load(tmp_path / "a.parquet", "all").features == Features(("a",))


def test_other_columns_become_metadata_or_are_left_out_by_name(tmp_path: Path) -> None:
    columns = {
        "x": LISTS["lists"],
        "kind": pa.array(list("abab")).dictionary_encode(),
        "is_new": [True, None, False, True],
        "at": pa.array([1, 2, None, 4], pa.timestamp("ns", "UTC")),
        "price": pa.array([1, 2, 3, None], pa.decimal128(5, 2)),
        "tags": [["a"], [], ["b", "c"], None],
        "size": pa.array([1, 2, None, 4], pa.int16()),
    }
    data = load(parquet(tmp_path, columns), "all")
    assert data.metadata["kind"].tolist() == list("abab")
    assert data.metadata["is_new"].tolist() == ["true", "", "false", "true"]
    assert data.metadata["at"][0].startswith("1970-01-01 00:00:00")
    np.testing.assert_array_equal(data.metadata["price"], [1, 2, 3, np.nan])
    np.testing.assert_array_equal(data.metadata["size"], [1, 2, np.nan, 4])
    assert any("column 'tags' is left out: it holds list" in note for note in data.notes)


# what is wrong


@pytest.mark.parametrize(
    "second, key, expected, found",
    [
        ({"a": [1, 2], "b": [0.5, 1]}, "a", "double, as in 0.parquet", "int64"),
        ({"a": [0.5]}, "b", "double, as in 0.parquet", "none"),
        ({"a": [0.5], "b": [0.5], "c": ["x"]}, "c", "no such column, as in 0.parquet", "string"),
        ({"b": [0.5], "a": [0.5]}, "columns", "a, b, as in 0.parquet", "b, a"),
    ],
)
def test_a_file_of_another_schema_is_told_with_the_column(
    second: dict[str, list[Any]], key: str, expected: str, found: str, tmp_path: Path
) -> None:
    parquet(tmp_path, {"a": [0.5], "b": [1.5]}, "0.parquet")
    path = parquet(tmp_path, second, "1.parquet")
    error = refusal(tmp_path)
    assert (error.path, error.key, error.expected, error.found) == (path, key, expected, found)


@pytest.mark.parametrize(
    "rows, found",
    [
        ([[1.0, 2], [1.0, 2, 3]], "3 in row 1"),
        ([[1.0, 2], None], "0 in row 1"),
        (pa.array([[], []], pa.list_(pa.float32())), "0 in row 0"),
        ([[1.0, None], [1.0, 2]], "1 missing ones"),
    ],
)
def test_lists_that_are_no_vectors_are_refused(rows: list[Any], found: str, tmp_path: Path) -> None:
    assert refusal(parquet(tmp_path, {"x": rows})).found == found


@pytest.mark.parametrize("columns", [{"a": ["text"]}, {"a": pa.array([], pa.float32())}, {}])
def test_a_table_without_data_is_refused(columns: dict[str, Any], tmp_path: Path) -> None:
    refusal(parquet(tmp_path, columns))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"\x89PNG"])
def test_a_foreign_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    error = refusal(tmp_path / "a.parquet")
    assert (error.key, str(error.path)) == ("file", str(tmp_path / "a.parquet"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.parquet").key == "file"


def test_a_damaged_page_is_refused(tmp_path: Path) -> None:
    path = parquet(tmp_path, {"a": RNG.normal(size=1000)}, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(content)
    assert refusal(path).key == "file"


def test_one_value_a_hundred_million_times_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path, {"a": np.zeros(1_000_000)})
    assert path.stat().st_size < 20_000
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 8_000_000)
    assert refusal(path).key == "size"


def test_all_files_together_are_held_against_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(4):
        parquet(tmp_path, {"a": RNG.normal(size=1000)}, f"{i}.parquet")
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 40_000)
    assert refusal(tmp_path).path == tmp_path / "2.parquet"


def test_hidden_files_and_the_table_of_images_are_no_data(tmp_path: Path) -> None:
    parquet(tmp_path, {"a": [0.5]}, "0.parquet")
    for name in (".1.parquet", "_2.parquet", "metadata.parquet"):
        (tmp_path / name).write_bytes(b"")
    assert len(load(tmp_path, "all")) == 1
