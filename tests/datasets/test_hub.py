"""Data sets of the Hub by name: what is asked of its library, which is an extra, and what its absence says."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from explorer.datasets import DatasetError, file_of, load

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 6), dtype=np.uint8)
ABOUT = {b"huggingface": b'{"info": {"features": {"label": {"names": ["cat", "dog"]}}}}'}


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class Split:
    """What the library gives: a table with the types of its columns."""

    def __init__(self, table: pa.Table):
        self.data, self.features = table, SimpleNamespace(arrow_schema=pa.schema([], ABOUT))

    def with_format(self, form: str) -> Any:
        assert form == "arrow"
        return _Rows(self.data)


class _Rows:
    def __init__(self, table: pa.Table):
        self.table = table

    def __getitem__(self, index: slice) -> pa.Table:
        assert index == slice(None)
        return self.table


class DatasetsError(Exception):
    """As the library calls its own."""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A stand-in for the library, which needs a network: it keeps what was asked for."""
    rows = [{"bytes": png(pixels), "path": None} for pixels in PIXELS]
    asked: list[tuple[Any, ...]] = []

    def load_dataset(path: str, config: str | None, *, split: str) -> Split:
        asked.append((path, config, split))
        if split == "validation":
            raise ValueError('Unknown split "validation". Should be one of ["train", "test"].')
        return Split(pa.table({"image": rows, "label": [0, 1, 1]}))

    found = SimpleNamespace(
        __version__="4.4.1",
        asked=asked,
        load_dataset=load_dataset,
        exceptions=SimpleNamespace(DatasetsError=DatasetsError),
    )
    monkeypatch.setitem(sys.modules, "datasets", found)
    return found


def refusal(name: str, split: str = "all") -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(name, split)
    return caught.value


@pytest.mark.parametrize("name, asked", [("o/n", ("o/n", None)), ("o-1/n.x/sub_2", ("o-1/n.x", "sub_2"))])
@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_a_split_is_the_hubs_own(
    name: str, asked: tuple[str, str | None], split: str, library: SimpleNamespace
) -> None:
    data = load(f"hub:{name}:resized-4x4", split)
    assert library.asked == [(*asked, split)]
    assert (data.name, data.split, data.shape) == (f"hub:{name}:resized-4x4", split, (1, 4, 4))
    assert (data.label_names, data.labels.tolist()) == (("cat", "dog"), [0, 1, 1])
    assert data.n_in_file is None


def test_it_is_no_file() -> None:
    assert file_of("hub:owner/name:grey") is None


def test_a_split_that_is_not_there_is_told_as_the_library_tells_it(library: SimpleNamespace) -> None:
    error = refusal("hub:owner/name", "validation")
    assert 'Should be one of ["train", "test"]' in error.found
    assert "download its Parquet files" in error.advice


@pytest.mark.parametrize("name", ["hub:", "hub:mnist", "hub:a/b/c/d", "hub:../a/b/c", "hub:a/b c"])
def test_a_name_that_the_hub_cannot_have_is_refused(name: str) -> None:
    assert refusal(name).key in ("name", "library")


def test_without_the_library_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert "pip install 'latent-explorer[hub]'" in refusal("hub:owner/name").advice


def test_an_old_library_would_run_scripts(library: SimpleNamespace) -> None:
    library.__version__ = "2.14.0"
    assert refusal("hub:owner/name").found == "2.14.0"
    assert library.asked == []


def test_more_than_the_memory_is_refused(library: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.files.read.available_memory", lambda: 100)
    assert refusal("hub:owner/name").key == "size"


def test_a_folder_of_that_name_is_none_of_the_hub(library: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    assert refusal(str(tmp_path / "hub")).key == "folder"
    assert library.asked == []
