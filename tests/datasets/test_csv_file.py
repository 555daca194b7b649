"""A CSV file: features by name, labels, metadata, and the line of whatever is wrong."""

from pathlib import Path

import numpy as np
import pytest

from explorer.datasets import DatasetError, Features, load

IRIS = "species,length,width,site\nsetosa,1.4,0.2,north\nvirginica,6,2.5,\nsetosa,1.5,0.25,<b>south</b>\n"


def csv(tmp_path: Path, content: str | bytes, name: str = "iris.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(name: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(str(name), "all")
    return caught.value


def test_numbers_are_features_and_texts_metadata(tmp_path: Path) -> None:
    data = load(csv(tmp_path, IRIS), "all")
    assert (data.kind, data.n_levels, data.n_in_file, data.label_names) == ("vector", None, 3, ())
    assert data.features == Features(("length", "width"))
    np.testing.assert_array_equal(data.values, np.array([[1.4, 0.2], [6, 2.5], [1.5, 0.25]], np.float32))
    assert {name: column.tolist() for name, column in data.metadata.items()} == {
        "species": ["setosa", "virginica", "setosa"],
        "site": ["north", "", "<b>south</b>"],
    }


def test_the_name_says_which_column_gives_the_labels(tmp_path: Path) -> None:
    data = load(f"{csv(tmp_path, IRIS)}:label=species", "all")
    assert data.label_names == ("setosa", "virginica")
    np.testing.assert_array_equal(data.labels, [0, 1, 0])
    assert list(data.metadata) == ["site"]


def test_a_column_that_is_called_so_gives_the_labels(tmp_path: Path) -> None:
    data = load(csv(tmp_path, IRIS.replace("species", "Class")), "all")
    assert data.label_names == ("setosa", "virginica")
    assert data.notes[-1].endswith("labels are of column 'Class'")


def test_integers_of_labels_may_have_gaps(tmp_path: Path) -> None:
    data = load(csv(tmp_path, "x,y\n0.1,12\n0.2,-1\n0.3,\n0.4,2\n"), "all")
    assert data.label_names == ("2", "12")
    np.testing.assert_array_equal(data.labels, [1, -1, -1, 0])


def test_real_numbers_called_y_are_a_feature(tmp_path: Path) -> None:
    data = load(csv(tmp_path, "x,y\n0.1,0.5\n0.2,0.75\n"), "all")
    assert data.features == Features(("x", "y"))
    assert "no integers" in refusal(f"{tmp_path}/iris.csv:label=y").found


def test_a_column_that_is_wanted_and_not_there_lists_the_others(tmp_path: Path) -> None:
    error = refusal(f"{csv(tmp_path, IRIS)}:label=kind")
    assert (error.key, error.found) == ("label", "'kind'")
    assert "species, length, width, site" in error.expected


@pytest.mark.parametrize("header", [",a", "id,a", "Unnamed: 0,a"])
def test_a_column_that_counts_rows_is_no_feature(header: str, tmp_path: Path) -> None:
    data = load(csv(tmp_path, f"{header}\n0,0.5\n1,0.75\n"), "all")
    assert data.features == Features(("a",))
    assert [column.tolist() for column in data.metadata.values()] == [[0, 1]]


def test_wavelengths_are_in_order(tmp_path: Path) -> None:
    data = load(csv(tmp_path, "400,402.5,405\n0.5,1,2\n3,4,5\n"), "all")
    assert data.features == Features(("400", "402.5", "405"), is_ordered=True)


@pytest.mark.parametrize("sign, name", [("\t", "a.tsv"), ("\t", "a.csv"), (";", "a.csv"), (",", "A.CSV")])
def test_columns_are_told_apart_by_what_stands_in_the_first_line(
    sign: str, name: str, tmp_path: Path
) -> None:
    assert load(csv(tmp_path, IRIS.replace(",", sign), name), "all").features == Features(("length", "width"))


@pytest.mark.parametrize(
    "change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n"), lambda t: t + "\n\n"]
)
def test_what_other_programs_write_is_read_alike(change: object, tmp_path: Path) -> None:
    plain, other = csv(tmp_path, IRIS), csv(tmp_path, change(IRIS), "other.csv")  # type: ignore[operator]
    assert load(plain, "all").digest == load(other, "all").digest


def test_pixels_are_levels_and_zeros_and_ones_binary(tmp_path: Path) -> None:
    assert load(csv(tmp_path, "a,b\n0,255\n3,4\n"), "all").n_levels == 256
    assert load(csv(tmp_path, "a,b\n0,1\n1,1\n"), "all").n_levels == 2
    assert load(csv(tmp_path, "a,b\n0,256\n1,1\n"), "all").n_levels is None


# what is wrong


@pytest.mark.parametrize("n_before", [3, 200_000])
def test_a_text_among_numbers_is_told_with_its_line(n_before: int, tmp_path: Path) -> None:
    """However far down: what a column holds is not guessed from its beginning."""
    rows = 'a,note\n0.5,"two\nlines"\n' + "0.5,x\n" * n_before + "n/a?,x\n0.5,x\n"
    error = refusal(csv(tmp_path, rows))
    assert error.key == "a"
    assert error.found == f"'n/a?' in line {n_before + 4}"


def test_missing_numbers_are_told_with_their_row(tmp_path: Path) -> None:
    error = refusal(csv(tmp_path, "a,b\n1,2\n3,\n4,NaN\n"))
    assert (error.key, error.found) == ("b", "none in 2 of 3 rows, the first is row 1")


def test_numbers_beyond_any_float_are_refused(tmp_path: Path) -> None:
    assert "1 of 2 examples" in refusal(csv(tmp_path, "a\n1e39\n0.5\n")).found


FAULTS = {
    "empty": b"",
    "a header alone": b"a,b\n",
    "texts alone": b"a,b\nc,d\n",
    "rows of several lengths": b"a,b\n1,2\n1,2,3\n",
    "a name twice": b"a,a\n1,2\n",
    "not UTF-8": b"a,b\n1,\xff\xfe\n",
    "binary": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_file_is_refused_by_name(fault: str, tmp_path: Path) -> None:
    path = csv(tmp_path, FAULTS[fault])
    if fault == "not UTF-8":
        assert load(path, "all").features == Features(("a",))
        return
    assert str(path) in str(refusal(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.csv").key == "file"


def test_more_than_a_part_of_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 80)
    error = refusal(csv(tmp_path, IRIS))
    assert (error.key, error.advice) == ("size", "Save it as Parquet or .npy.")


def test_ten_thousand_labels_are_labels_and_more_are_metadata(tmp_path: Path) -> None:
    rows = [f"{i % 7}.5,l{i}" for i in range(10_001)]
    data = load(csv(tmp_path, "\n".join(["a,label", *rows[:-1]])), "all")
    assert len(data.label_names) == 10_000
    path = csv(tmp_path, "\n".join(["a,label", *rows]))
    more = load(path, "all")
    assert (more.label_names, list(more.metadata)) == ((), ["label_"])
    assert "column 'label' gives no labels: 10,001 different ones, more than 10,000" in more.notes[0]
    assert "10,001" in refusal(f"{path}:label=label").found


def test_labels_with_markup_stay_as_they_are(tmp_path: Path) -> None:
    data = load(csv(tmp_path, "a,label\n0.5,<svg onload=alert(1)>\n1.5,b\n"), "all")
    assert data.label_names == ("<svg onload=alert(1)>", "b")
