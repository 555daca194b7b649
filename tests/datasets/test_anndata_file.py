"""AnnData: cells by genes out of a .h5ad file, and nothing that lies outside of it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from explorer.datasets import DatasetError, load
from explorer.models.fit_data import fitted
from explorer.models.latent_model import DataSpec
from tests import tiny

COUNTS = np.random.default_rng(0).poisson(0.7, (6, 4)).astype(np.float32) * 3
GENES = ["Sox2", "Actb", "Gapdh", "Myc"]


@pytest.fixture
def h5py() -> Any:
    return pytest.importorskip("h5py")


def store(h5py: Any, path: Path, **parts: Any) -> Path:
    """A file as AnnData writes it; parts are put in the place of the usual ones."""
    with h5py.File(path, "w") as file:
        file["X"] = COUNTS
        for name, index in (("obs", [f"cell {i}" for i in range(6)]), ("var", GENES)):
            file[f"{name}/_index"] = index
            file[name].attrs["_index"] = "_index"
            file[name].attrs["column-order"] = np.array([], object).astype("S1")
        file["obs"].attrs["column-order"] = ["n_counts", "cell_type", "depth"]
        file["obs/n_counts"] = np.arange(6)
        file["obs/cell_type/categories"] = ["B cell", "T cell"]
        file["obs/cell_type/codes"] = np.array([0, 1, 1, -1, 0, 0], np.int8)
        file["obs/depth/values"], file["obs/depth/mask"] = np.arange(6), np.arange(6) == 2
        for place, part in parts.items():
            put(file, place.replace("__", "/"), part)
    return path


def put(file: Any, place: str, part: Any) -> None:
    if place in file:
        del file[place]
    if sparse.issparse(part):
        for key in ("data", "indices", "indptr"):
            file[f"{place}/{key}"] = getattr(part, key)
        file[place].attrs["encoding-type"] = f"{part.format}_matrix"
        file[place].attrs["shape"] = part.shape
    elif part is not None:
        file[place] = part


def refusal(path: Path) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load(path, "all")
    return caught.value


def test_cells_have_genes_and_metadata(h5py: Any, tmp_path: Path) -> None:
    data = load(f"{store(h5py, tmp_path / 'a.h5ad')}:label=cell_type", "all")
    np.testing.assert_array_equal(data.values, COUNTS)
    assert (data.kind, data.n_levels, data.label_names) == ("vector", None, ("B cell", "T cell"))
    np.testing.assert_array_equal(data.labels, [0, 1, 1, -1, 0, 0])
    assert data.features is not None
    assert (data.features.names, data.features.axis) == (tuple(GENES), "gene")
    assert list(data.metadata) == ["name", "n_counts", "depth"]
    assert data.metadata["name"][2] == "cell 2"
    np.testing.assert_array_equal(data.metadata["depth"], [0, 1, np.nan, 3, 4, 5])


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize("place", ["X", "layers__counts"])
def test_counts_are_read_dense_or_sparse(form: Any, place: str, h5py: Any, tmp_path: Path) -> None:
    """Those of the layer, where there is one."""
    parts = {"X": COUNTS + 100, place: form(COUNTS)}
    data = load(store(h5py, tmp_path / "a.h5ad", **parts), "all")
    np.testing.assert_array_equal(data.values, COUNTS)
    assert f"values are of {place.replace('__', '/')}" in data.notes[0]


def test_without_h5py_the_line_that_installs_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert "pip install 'latent-explorer[h5ad]'" in refusal(tmp_path / "a.h5ad").advice


FAULTS: dict[str, dict[str, Any]] = {
    "no values": {"X": None},
    "no cells": {"obs": None},
    "texts": {"X": np.array([["a", "b"]], object).astype("S1")},
    "one axis": {"X": np.arange(6)},
    "other genes": {"var___index": GENES[:3]},
    "other cells": {"obs___index": ["a", "b"]},
    "places beyond": {"X__indices": None},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_refused(fault: str, h5py: Any, tmp_path: Path) -> None:
    parts = FAULTS[fault]
    if fault == "places beyond":
        wide = sparse.csr_matrix(COUNTS)
        wide.indices[0] = 99
        parts = {"X": wide}
    path = store(h5py, tmp_path / "a.h5ad", **parts)
    assert str(path) in str(refusal(path))


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"hello" * 1000])
def test_a_foreign_file_is_refused(content: bytes, h5py: Any, tmp_path: Path) -> None:
    (tmp_path / "a.h5ad").write_bytes(content)
    assert refusal(tmp_path / "a.h5ad").key == "file"


def test_nothing_outside_of_the_file_is_read(h5py: Any, tmp_path: Path) -> None:
    other = store(h5py, tmp_path / "other.h5ad")
    layout = h5py.VirtualLayout((6, 4), np.float32)
    layout[:] = h5py.VirtualSource(str(other), "X", (6, 4))
    for i, link in enumerate((h5py.ExternalLink(str(other), "X"), h5py.SoftLink("/var"))):
        assert refusal(store(h5py, tmp_path / f"{i}.h5ad", X=link)).found == "a link"
    with h5py.File(store(h5py, tmp_path / "v.h5ad", X=None), "a") as file:
        file.create_virtual_dataset("X", layout)
    assert refusal(tmp_path / "v.h5ad").found == "an array of other files"
    (tmp_path / "raw").write_bytes(COUNTS.tobytes())
    with h5py.File(store(h5py, tmp_path / "e.h5ad", X=None), "a") as file:
        raw = [(str(tmp_path / "raw"), 0, COUNTS.nbytes)]
        file.create_dataset("X", (6, 4), np.float32, external=raw)
    assert refusal(tmp_path / "e.h5ad").found == "an array of other files"


def test_zeros_without_end_are_refused_before_they_are_read(
    h5py: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store(h5py, tmp_path / "a.h5ad", X=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("X", (1_000_000, 1_000_000), np.float32, chunks=(1000, 1000))
    assert refusal(path).key == "size"


@pytest.mark.parametrize("place", ["X", "layers/counts"])
def test_counts_reach_a_model_of_counts(h5py: Any, tmp_path: Path, place: str) -> None:
    """Whether they look like levels or not, and from where AnnData keeps them; what is normalised is refused."""
    model = tiny.model(
        tiny.config({"kind": "negative_binomial", "typical_library": 9.0}, DataSpec((4,), "vector", None))
    )
    for i, counts in enumerate((COUNTS, COUNTS.astype(np.int64), np.minimum(COUNTS, 1))):
        data = load(store(h5py, tmp_path / f"{i}.h5ad", **{place.replace("/", "__"): counts}), "all")
        np.testing.assert_array_equal(fitted(data, model).x(slice(None)), counts)
    normal = store(h5py, tmp_path / "log.h5ad", **{place.replace("/", "__"): np.log1p(COUNTS)})
    with pytest.raises(DatasetError, match=r"whole numbers from 0 on, found 1\.38.*layers\[.counts.\]"):
        fitted(load(normal, "all"), model)
