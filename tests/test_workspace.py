"""What can be opened by name, and the lift that every handle goes through."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from explorer.atlas import AtlasError
from explorer.datasets import DatasetError
from explorer.latent import MapError
from explorer.models import checkpoints
from explorer.models.checkpoints import CheckpointError
from explorer.workspace import Workspace
from tests import tiny

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
        return name


def opened_in_thread(workspace, name):
    """The list in which the entry will be, and the thread that opens it."""
    found = []
    thread = threading.Thread(target=lambda: found.append(workspace.open(name)), daemon=True)
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
