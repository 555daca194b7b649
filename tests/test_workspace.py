"""What can be opened by name, and the lift that every handle goes through."""

import json
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from explorer import datasets
from explorer.atlas import AtlasError
from explorer.atlas.build.builder import build
from explorer.datasets import DatasetError
from explorer.latent import MapError
from explorer.models import checkpoints
from explorer.models.checkpoints import CheckpointError
from explorer.models.latent_model import DataSpec
from explorer.workspace import Workspace
from tests import tiny
from tests.conftest import SETTINGS

SHIPPED = Path(__file__).parents[1] / "checkpoints"


@pytest.fixture(scope="module")
def entry(stored):
    return Workspace(stored).open("tiny")


@pytest.fixture(scope="module")
def shipped():
    """Has a UMAP map, too."""
    return Workspace(SHIPPED).open("digits-2d")


def edit_manifest(root, change):
    path = root / "tiny" / "atlas" / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_names_are_the_folders_with_a_config(copied):
    (copied / "notes").mkdir()
    tiny.save(copied / "another")
    assert Workspace(copied).names() == ("another", "tiny")


def test_a_model_from_elsewhere_opens_beside_those_of_the_folder(copied, tmp_path):
    elsewhere = shutil.copytree(copied / "tiny", tmp_path / "runs" / "tiny")
    workspace = Workspace(copied, models=[elsewhere])
    assert workspace.names() == ("tiny", "tiny (runs)")
    assert workspace.has_atlas("tiny (runs)")
    entry = workspace.open("tiny (runs)")
    assert (entry.name, entry.checkpoint.path) == ("tiny (runs)", elsewhere)
    assert workspace.open("tiny").checkpoint.path == copied / "tiny"
    shutil.rmtree(elsewhere)
    assert entry.replaced() == ("weights", "atlas")


def test_no_folder_has_no_names(tmp_path):
    assert Workspace(tmp_path / "nowhere").names() == ()


def test_an_entry_has_one_row_order(entry, digits):
    np.testing.assert_array_equal(entry.dataset.example_ids, digits.example_ids)
    np.testing.assert_array_equal(entry.dataset.values, digits.values)
    np.testing.assert_array_equal(entry.atlas.columns(["example_id"])["example_id"], digits.example_ids)


def test_an_entry_is_read_once_for_all_threads(stored):
    workspace, found = Workspace(stored), []
    threads = [threading.Thread(target=lambda: found.append(workspace.open("tiny"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(entry is found[0] for entry in found)


class SlowWorkspace(Workspace):
    """Reads "slow" until it is told to go on; counts what is read."""

    def __init__(self, root):
        super().__init__(root)
        self.read, self.begun, self.go_on = [], threading.Event(), threading.Event()

    def _read(self, name):
        self.read.append(name)
        if name == "slow":
            self.begun.set()
            assert self.go_on.wait(10)
        return Replaced(name)


class Replaced(str):
    """Stands for an entry whose files are others now."""

    def replaced(self):
        return ("weights",)


def opened_in_thread(workspace, name):
    """The list in which the entry will be, and the thread that opens it."""
    return started(lambda: workspace.open(name))


def started(work):
    """The list in which the result will be, and the thread that works for it."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    return found, thread


def test_nobody_waits_for_another_model_to_be_read(copied):
    tiny.save(copied / "slow")
    workspace = SlowWorkspace(copied)
    slow = [opened_in_thread(workspace, "slow") for _ in range(3)]
    assert workspace.begun.wait(5)
    found, thread = opened_in_thread(workspace, "tiny")
    thread.join(5)
    assert found == ["tiny"]
    workspace.go_on.set()
    for entry, thread in slow:
        thread.join(5)
        assert entry == ["slow"]
    assert workspace.read == ["slow", "tiny"]


@pytest.mark.parametrize(
    "name", ["nope", "", ".", "..", "../tiny", "tiny/", "tiny/../tiny", "/etc", "tiny\x00"]
)
def test_a_name_that_is_not_listed_is_refused(stored, name):
    with pytest.raises(CheckpointError, match=r"expected one of: tiny"):
        Workspace(stored).open(name)


def test_a_path_out_of_the_folder_is_not_followed(stored):
    # The file is there; only the name is not in the listing.
    assert (stored / ".." / stored.name / "tiny" / "config.json").is_file()
    with pytest.raises(CheckpointError):
        Workspace(stored).open(f"../{stored.name}/tiny")


def test_weights_that_the_atlas_was_not_built_from_are_refused(copied):
    checkpoints.save(copied / "tiny", tiny.model(seed=1), {})
    with pytest.raises(AtlasError, match=r"model digest.*delete the atlas and build it again"):
        Workspace(copied).open("tiny")


def test_data_that_the_atlas_was_not_built_from_are_refused(copied):
    edit_manifest(copied, lambda m: m["data"].update(digest="0" * 64))
    with pytest.raises(AtlasError, match=r"data digest.*The data has changed"):
        Workspace(copied).open("tiny")


def test_data_without_an_example_of_the_atlas_are_refused(copied):
    edit_manifest(copied, lambda m: m["data"].update(split="train"))
    with pytest.raises(DatasetError, match="example_id"):
        Workspace(copied).open("tiny")


def test_a_checkpoint_without_an_atlas_is_told_how_to_build_one(copied):
    tiny.save(copied / "another")
    with pytest.raises(AtlasError, match="python -m explorer atlas"):
        Workspace(copied).open("another")


def test_what_failed_to_open_opens_once_it_is_repaired(copied):
    workspace = Workspace(copied)
    path = copied / "tiny" / "config.json"
    text = path.read_text()
    path.write_text("{")
    with pytest.raises(CheckpointError):
        workspace.open("tiny")
    path.write_text(text)
    assert workspace.open("tiny").name == "tiny"


# files that another program replaces while they are open


def rebuild(root, seed=1, n=40):
    """Other weights and their atlas, under the same name."""
    checkpoint = checkpoints.load(tiny.save(root / "tiny", seed))
    shutil.rmtree(root / "tiny" / "atlas")
    build(checkpoint, tiny.digits(n), root / "tiny" / "atlas", SETTINGS)


def touch(path):
    """Written anew with what is in it, a second later."""
    content = path.read_bytes()
    path.write_bytes(content)
    os.utime(path, (path.stat().st_mtime + 1,) * 2)


def files_in(root):
    return [
        path for path in (root / "tiny").rglob("*") if path.suffix in (".json", ".safetensors", ".parquet")
    ]


def test_files_that_are_written_anew_with_the_same_content_are_the_same(copied):
    entry = Workspace(copied).open("tiny")
    assert len(files_in(copied)) == 4
    for path in files_in(copied):
        touch(path)
    assert entry.replaced() == ()


def test_other_weights_and_their_atlas_are_noticed(copied):
    entry = Workspace(copied).open("tiny")
    assert entry.replaced() == ()
    rebuild(copied)
    assert entry.replaced() == ("weights", "atlas")


def test_weights_that_were_removed_are_noticed_and_noticed_again_when_they_are_back(copied):
    entry, path = Workspace(copied).open("tiny"), copied / "tiny" / "model.safetensors"
    content = path.read_bytes()
    path.unlink()
    assert entry.replaced() == ("weights",)
    path.write_bytes(content)
    assert entry.replaced() == ()


def test_a_flipped_byte_of_a_shard_is_noticed(copied):
    entry = Workspace(copied).open("tiny")
    (path,) = (copied / "tiny" / "atlas").rglob("*.parquet")
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert entry.replaced() == ("atlas",)


def test_files_at_rest_are_looked_at_and_not_read(copied, monkeypatch):
    entry = Workspace(copied).open("tiny")
    for path in files_in(copied):
        touch(path)
    assert entry.replaced() == ()
    monkeypatch.setattr("explorer.files.read.opened", lambda path: pytest.fail(f"read {path}"))
    assert entry.replaced() == ()


@pytest.fixture(params=["x.npy", "x.npz"])
def of_a_file(request, copied, digits):
    """A workspace whose model has its atlas of a person's file; what replaces that file, and what brings it back."""
    path, save = copied / request.param, {"x.npy": np.save, "x.npz": lambda p, x: np.savez(p, x=x)}
    x = np.random.default_rng(0).random((30, 1, 8, 8)) < 0.5
    save[request.param](path, x)
    model = tiny.model(
        tiny.config(likelihood={"kind": "bernoulli"}, data=DataSpec((1, 8, 8), "grey image", 2))
    )
    checkpoints.save(copied / "mine", model, {})
    checkpoint = checkpoints.load(copied / "mine")
    build(checkpoint, datasets.load(path, "all"), copied / "mine" / "atlas", SETTINGS)
    return Workspace(copied), lambda: save[request.param](path, x[::-1]), lambda: save[request.param](path, x)


def test_data_that_were_replaced_are_noticed_and_those_of_the_atlas_can_be_loaded(of_a_file):
    workspace, replace_it, restore = of_a_file
    entry = workspace.open("mine")
    assert entry.replaced() == ()
    replace_it()
    assert entry.replaced() == ("data",)
    with pytest.raises(AtlasError, match=r"data digest.*The data has changed"):
        workspace.load_again("mine")
    assert workspace.open("mine") is entry
    restore()
    again = workspace.load_again("mine")
    assert again.replaced() == ()
    assert len(again.dataset.x(slice(None))) == 30


def test_a_model_is_loaded_again_from_what_is_there_now(copied):
    workspace = Workspace(copied)
    entry = workspace.open("tiny")
    rebuild(copied, n=30)
    again = workspace.load_again("tiny")
    assert again is workspace.open("tiny")
    assert (len(entry.dataset), len(again.dataset)) == (40, 30)
    assert again.checkpoint.digest != entry.checkpoint.digest
    assert again.replaced() == ()


def test_what_is_as_it_was_read_is_not_read_again(stored):
    workspace = Workspace(stored)
    assert workspace.load_again("tiny") is workspace.open("tiny")


def test_files_that_cannot_be_used_leave_the_model_as_it_was_read(copied):
    workspace = Workspace(copied)
    entry = workspace.open("tiny")
    (copied / "tiny" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"model.safetensors"):
        workspace.load_again("tiny")
    assert workspace.open("tiny") is entry


def test_a_model_whose_folder_was_removed_stays_open(copied):
    workspace = Workspace(copied)
    entry = workspace.open("tiny")
    shutil.rmtree(copied)
    assert workspace.names() == ("tiny",)
    assert workspace.has_atlas("tiny")
    assert workspace.open("tiny") is entry
    assert entry.replaced() == ("weights", "atlas")
    with pytest.raises(CheckpointError):
        workspace.load_again("tiny")


def test_nobody_waits_while_another_model_is_loaded_again(copied):
    shutil.copytree(copied / "tiny", copied / "slow")
    workspace = SlowWorkspace(copied)
    workspace.go_on.set()
    workspace.open("slow")
    workspace.go_on.clear()
    workspace.begun.clear()
    _, slow = started(lambda: workspace.load_again("slow"))
    assert workspace.begun.wait(5)
    found, thread = opened_in_thread(workspace, "tiny")
    thread.join(5)
    assert found == ["tiny"]
    workspace.go_on.set()
    slow.join(5)
    assert workspace.read == ["slow", "slow", "tiny"]


# maps


@pytest.mark.parametrize(
    "map_id",
    [
        "axes:0,0",
        "axes:0,99",
        "axes:3,0",
        "axes:0",
        "axes:-1,0",
        "axes:00,1",
        "axes:\u0660,1",
        "axes:0,1,2",
        "umap",
        "PCA",
        "",
        "../pca",
    ],
)
def test_a_map_that_is_not_there_names_what_is(entry, map_id):
    for use in (entry.chart, entry.coordinates, lambda m: entry.lift(m, np.zeros((1, 2)), [None])):
        with pytest.raises(MapError, match=r"pca, or axes:i,j with different i, j in 0\.\.2"):
            use(map_id)


def test_a_chart_is_made_once(entry):
    assert entry.chart("pca") is entry.chart("pca")


@pytest.mark.parametrize("map_id", ["pca", "axes:0,2", "axes:2,1"])
def test_a_stored_place_is_where_the_chart_places_the_code(entry, map_id):
    placed = entry.chart(map_id).place(entry.atlas.means)
    np.testing.assert_allclose(entry.coordinates(map_id), placed, atol=1e-6)


@pytest.mark.parametrize("map_id", ["umap", "pca", "axes:0,1", "axes:1,0"])
def test_a_handle_at_home_has_its_examples_code_bit_for_bit(shipped, map_id):
    rows = [0, 5, 354]
    codes = shipped.lift(map_id, shipped.coordinates(map_id)[rows], rows)
    assert codes.dtype == np.float32
    np.testing.assert_array_equal(codes, shipped.atlas.means[rows])


def test_handles_at_home_need_no_chart(stored, monkeypatch):
    """It takes long to make, and the first page has its handle at home."""
    fresh = Workspace(stored).open("tiny")
    monkeypatch.setattr(type(fresh), "chart", lambda *_: pytest.fail("made a chart"))
    rows = [4, 0]
    codes = fresh.lift("pca", fresh.coordinates("pca")[rows], rows, [(), (1.0, 0.0, 0.0)])
    assert np.array_equal(codes[0], fresh.atlas.means[4])
    assert np.array_equal(codes[1], fresh.atlas.means[0] + np.array([1, 0, 0], np.float32))


@pytest.mark.parametrize("map_id", ["pca", "axes:0,2"])
def test_a_handle_in_three_dimensions_keeps_what_the_map_does_not_show(entry, map_id):
    home = entry.coordinates(map_id)[[4]]
    np.testing.assert_array_equal(entry.lift(map_id, home, [4])[0], entry.atlas.means[4])
    step = np.array([[0.5, -0.25]])
    moved = entry.lift(map_id, home + step, [4])
    np.testing.assert_allclose(entry.chart(map_id).place(moved) - home, step, atol=1e-6)
    assert np.linalg.norm(moved - entry.atlas.means[[4]]) == pytest.approx(np.hypot(0.5, 0.25), abs=1e-6)


@pytest.mark.parametrize("map_id", ["umap", "pca", "axes:0,1"])
def test_a_mixed_batch_lifts_each_handle_as_if_alone(shipped, map_id):
    places = shipped.coordinates(map_id)[[3, 9, 20, 9]] + np.array([[0.1, 0.2], [0, 0], [0.3, 0], [1, 1]])
    bases = [3, None, 20, None]
    together = shipped.lift(map_id, places, bases)
    for i, base in enumerate(bases):
        np.testing.assert_array_equal(shipped.lift(map_id, places[[i]], [base])[0], together[i])


def test_the_support_of_a_code_of_the_atlas_is_good(entry):
    report = entry.support.at(entry.atlas.means[:5])
    np.testing.assert_array_equal(report.nearest, range(5))
    assert (report.ratio == 0).all()
