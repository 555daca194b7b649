"""The copied Python runs in a process of its own and gives what the app shows."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.ui.example import inference
from explorer.ui.export import popover, snippet
from explorer.ui.inspector import example_pictures
from explorer.ui.pages.explore.linked_views import PYTHON_TEXTS
from explorer.ui.path import computation, python_text
from explorer.ui.state import handle_codes, selection, workspace
from explorer.ui.state.gesture import Handle
from explorer.ui.state.view import View
from explorer.ui.widgets import row_files
from explorer.ui.widgets.python_text import array_text
from explorer.workspace import Entry, Workspace
from tests import kinds, tiny

ROOT = Path(__file__).parents[3]
SAVED = ("decoded", "frames", "path_codes", "samples", "selected_codes", "selected_ids")


@pytest.fixture
def entry(at, stored):
    at(stored)
    return workspace.current().open("tiny")


@pytest.fixture
def view(entry) -> View:
    """Two handles, the second away from its example, and three examples selected."""
    ids = entry.dataset.example_ids
    x, y = entry.coordinates("pca")[2]
    handles = (
        Handle("a", int(ids[2]), float(x), float(y)),
        Handle("b", int(ids[7]), 0.123, -0.456, (0.1, 0.2, -0.3)),
    )
    chosen = selection.of_rows([1, 5, 39])
    return View("tiny", "pca", selected=int(ids[2]), handles=handles, selection=chosen, path_kind="spherical")


def program(entry: Entry, view: View) -> str:
    return popover.program(entry, view, PYTHON_TEXTS)


def assert_decoded_alike(found: np.ndarray, shown: np.ndarray) -> None:
    """The same to float32 rounding: a matrix product may round its last bit otherwise in another process."""
    np.testing.assert_allclose(found, shown, rtol=1e-5, atol=1e-6)


def run(text: str, tmp_path: Path) -> dict[str, np.ndarray]:
    """Runs a text from the repository's folder; its arrays are saved after its last line, its files go elsewhere."""
    out = tmp_path / "found.npz"
    text = text.replace('"strip.png"', repr(str(tmp_path / "strip.png")))
    text += f"\nnp.savez({str(out)!r}, **{{k: v for k, v in globals().items() if k in {SAVED!r}}})\n"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(out) as found:
        return dict(found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_it_gives_what_is_on_the_screen(entry, view, tmp_path, kind):
    view = replace(view, path_kind=kind)
    found = run(program(entry, view), tmp_path)
    codes = handle_codes.handle_codes(entry, view)
    assert_decoded_alike(found["decoded"], inference.decode(entry, codes))
    path = computation.KnownPath(computation.anchors(entry, view), kind)
    shown = computation.path_frames(entry, path, computation.N_FRAMES)
    np.testing.assert_array_equal(found["path_codes"], shown.codes)
    assert_decoded_alike(found["frames"], shown.frames)
    mean = inference.encode(entry, view.selected).mean.numpy()[0]
    draws = inference.draw(entry, mean, example_pictures.N_DRAWS, seed=view.selected)
    assert_decoded_alike(found["samples"], draws)
    rows = selection.rows(view.selection)
    assert found["selected_ids"].tolist() == entry.dataset.example_ids[rows].tolist()
    np.testing.assert_array_equal(found["selected_codes"], entry.atlas.means[rows])
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.size == (8 * computation.N_FRAMES, 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["colour", "long"])
def test_its_picture_is_of_any_kind_of_data(tmp_path, name):
    kinds.save(tmp_path / "checkpoints", name)
    entry = kinds.opened(tmp_path / "checkpoints", name)
    run(program(entry, View(name, "pca", selected=int(entry.dataset.example_ids[0]))), tmp_path)
    with Image.open(tmp_path / "strip.png") as strip:
        n = example_pictures.N_DRAWS
        assert strip.size == ((8 * n, 6) if name == "colour" else (120 * n - 8, 112))
        assert strip.mode == ("RGB" if name == "colour" else "RGBA")


@pytest.mark.slow
def test_a_path_that_was_searched_for_is_written_out(entry, view, tmp_path):
    view = replace(view, path_kind="graph", selection=selection.NOTHING, selected=None)
    computation.graph(entry)  # until it is there, another path is shown
    found = run(program(entry, view), tmp_path)
    path = computation.KnownPath(computation.anchors(entry, view), "graph")
    np.testing.assert_array_equal(
        found["path_codes"], computation.path_codes(entry, path, computation.N_FRAMES)
    )


def test_a_path_that_is_still_looked_for_says_that_it_is_not_the_last(entry, view, monkeypatch):
    anchors = computation.anchors(entry, view)
    for is_found, words in ((True, "through them, in"), (False, "through them, the best so far, in")):
        path = computation.KnownPath(anchors, "linear", is_found=is_found)
        monkeypatch.setattr(python_text, "known_path", lambda *_, path=path: path)
        assert f"# The linear path {words}" in program(entry, view)


@pytest.mark.slow
def test_other_weights_are_refused(entry, view, tmp_path):
    text = program(entry, view).replace(entry.checkpoint.digest, "0" * 64)
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "these are other weights" in done.stderr


@pytest.mark.slow
def test_many_ids_are_packed(entry, tmp_path, monkeypatch):
    monkeypatch.setattr(snippet, "MAX_LITERAL_IDS", 3)
    rows = np.array([0, 3, 4, 5, 17, 38])
    text = program(entry, View("tiny", "pca", selection=selection.of_rows(rows)))
    assert "zlib.decompress" in text
    found = run(text, tmp_path)
    assert found["selected_ids"].tolist() == entry.dataset.example_ids[rows].tolist()


@pytest.mark.slow
def test_too_many_to_write_out_come_from_the_exported_file(entry, tmp_path, monkeypatch):
    monkeypatch.setattr(snippet, "MAX_LITERAL_IDS", 3)
    monkeypatch.setattr(snippet, "MAX_PACKED_LETTERS", 8)
    chosen = selection.of_rows([0, 3, 4, 5, 17, 38])
    saved = tmp_path / "rows.parquet"
    saved.write_bytes(row_files.to_parquet(popover.rows(entry, chosen)))
    text = program(entry, View("tiny", "pca", selection=chosen))
    found = run(text.replace(repr(snippet.saved_name(entry)), repr(str(saved))), tmp_path)
    assert found["selected_ids"].tolist() == pq.read_table(saved)["example_id"].to_pylist()


@pytest.mark.slow
def test_a_screen_with_nothing_on_it_is_a_checkpoint_that_loads(entry, tmp_path):
    assert run(program(entry, View("tiny", "pca")), tmp_path) == {}


@pytest.mark.slow
def test_a_folder_may_have_any_name(stored, tmp_path):
    name = "it's \"odd\"\n# ';import os"
    tiny.save(tmp_path / name)
    build(
        checkpoints.load(tmp_path / name),
        tiny.digits(),
        tmp_path / name / "atlas",
        AtlasSettings(n_samples=16, maps=("pca",)),
    )
    entry = Workspace(tmp_path).open(name)
    text = program(entry, View(name, "pca", selection=selection.of_rows([1])))
    assert run(text, tmp_path)["selected_ids"].tolist() == [entry.dataset.example_ids[1]]


def test_every_float32_is_read_back_bit_for_bit():
    values = np.array([[1e-20, -3.4e38, 1 / 3, 16777217.0, 0.1, -0.0, 1e22]], np.float32)
    read = eval(array_text(values), {"np": np})
    assert read.dtype == np.float32
    assert read.tobytes() == values.tobytes()
