"""The copied Python runs in a process of its own and gives what the app shows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

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
RUNS_TEXTS = """
import contextlib, json, sys, traceback

for line in sys.stdin:
    said = ""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            exec(json.loads(line), {"__name__": "__main__"})
    except BaseException:
        said = traceback.format_exc()
    print(json.dumps(said), flush=True)
"""
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


@pytest.fixture(scope="module")
def python() -> Iterator[subprocess.Popen[str]]:
    """A process of its own, in the repository's folder, that runs one text after another, each among no names."""
    command = [sys.executable, "-c", RUNS_TEXTS]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process
        process.communicate()


@pytest.fixture
def run(python: subprocess.Popen[str], tmp_path: Path) -> Callable[[str], dict[str, np.ndarray]]:
    """Runs a text; its arrays are saved after its last line, its files go elsewhere."""
    out = tmp_path / "found.npz"

    def run_and_save(text: str) -> dict[str, np.ndarray]:
        text = text.replace('"strip.png"', repr(str(tmp_path / "strip.png")))
        text += f"\nnp.savez({str(out)!r}, **{{k: v for k, v in globals().items() if k in {SAVED!r}}})\n"
        said = fault_of(python, text)
        assert not said, said
        with np.load(out) as found:
            return dict(found)

    return run_and_save


def fault_of(python: subprocess.Popen[str], text: str) -> str:
    """What a text fails with; nothing if it ends in order."""
    assert python.stdin is not None
    assert python.stdout is not None
    print(json.dumps(text), file=python.stdin, flush=True)
    said: str = json.loads(python.stdout.readline())
    return said


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_it_gives_what_is_on_the_screen(entry, view, run, tmp_path, kind):
    view = replace(view, path_kind=kind)
    found = run(program(entry, view))
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
def test_its_picture_is_of_any_kind_of_data(run, tmp_path, name):
    kinds.save(tmp_path / "checkpoints", name)
    entry = kinds.opened(tmp_path / "checkpoints", name)
    run(program(entry, View(name, "pca", selected=int(entry.dataset.example_ids[0]))))
    with Image.open(tmp_path / "strip.png") as strip:
        n = example_pictures.N_DRAWS
        assert strip.size == ((8 * n, 6) if name == "colour" else (120 * n - 8, 112))
        assert strip.mode == ("RGB" if name == "colour" else "RGBA")


@pytest.mark.slow
def test_a_path_that_was_searched_for_is_written_out(entry, view, run):
    view = replace(view, path_kind="graph", selection=selection.NOTHING, selected=None)
    computation.graph(entry)  # until it is there, another path is shown
    found = run(program(entry, view))
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
def test_other_weights_are_refused(entry, view, python):
    text = program(entry, view).replace(entry.checkpoint.digest, "0" * 64)
    assert "these are other weights" in fault_of(python, text)


@pytest.mark.slow
def test_many_ids_are_packed(entry, run, monkeypatch):
    monkeypatch.setattr(snippet, "MAX_LITERAL_IDS", 3)
    rows = np.array([0, 3, 4, 5, 17, 38])
    text = program(entry, View("tiny", "pca", selection=selection.of_rows(rows)))
    assert "zlib.decompress" in text
    found = run(text)
    assert found["selected_ids"].tolist() == entry.dataset.example_ids[rows].tolist()


@pytest.mark.slow
def test_too_many_to_write_out_come_from_the_exported_file(entry, run, tmp_path, monkeypatch):
    monkeypatch.setattr(snippet, "MAX_LITERAL_IDS", 3)
    monkeypatch.setattr(snippet, "MAX_PACKED_LETTERS", 8)
    chosen = selection.of_rows([0, 3, 4, 5, 17, 38])
    saved = tmp_path / "rows.parquet"
    saved.write_bytes(row_files.to_parquet(popover.rows(entry, chosen)))
    text = program(entry, View("tiny", "pca", selection=chosen))
    found = run(text.replace(repr(snippet.saved_name(entry)), repr(str(saved))))
    assert found["selected_ids"].tolist() == pq.read_table(saved)["example_id"].to_pylist()


@pytest.mark.slow
def test_a_screen_with_nothing_on_it_is_a_checkpoint_that_loads(entry, run):
    assert run(program(entry, View("tiny", "pca"))) == {}


@pytest.mark.slow
def test_a_folder_may_have_any_name(run, tmp_path):
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
    assert run(text)["selected_ids"].tolist() == [entry.dataset.example_ids[1]]


def test_every_float32_is_read_back_bit_for_bit():
    values = np.array([[1e-20, -3.4e38, 1 / 3, 16777217.0, 0.1, -0.0, 1e22]], np.float32)
    read = eval(array_text(values), {"np": np})
    assert read.dtype == np.float32
    assert read.tobytes() == values.tobytes()
