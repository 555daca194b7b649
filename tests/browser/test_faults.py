"""Other people's files: each fault is told in its place, and the good model beside it still opens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.servers import SHIPPED, serving
from tests.browser.visitor import READY

pytestmark = pytest.mark.browser


def cut(file: Path) -> None:
    """Ends a file in the middle, as a broken download does."""
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])


def cut_weights(folder: Path) -> None:
    cut(folder / "model.safetensors")


def cut_atlas(folder: Path) -> None:
    cut(next((folder / "atlas").rglob("*.parquet")))


def cut_manifest(folder: Path) -> None:
    cut(folder / "atlas" / "manifest.json")


def make_foreign(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 768}))


def lose_the_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


FAULTS = {
    "cut-weights": (cut_weights, "model.safetensors"),
    "cut-atlas": (cut_atlas, ".parquet"),
    "cut-manifest": (cut_manifest, "manifest.json"),
    "foreign": (make_foreign, "config.json"),
    "no-weights": (lose_the_weights, "model.safetensors"),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a folder with one good checkpoint among bad ones."""
    root = tmp_path_factory.mktemp("checkpoints")
    shutil.copytree(SHIPPED / "digits-2d", root / "good")
    for name, (spoil, _) in FAULTS.items():
        shutil.copytree(SHIPPED / "digits-2d", root / name)
        spoil(root / name)
    with serving(root, root / "server.log") as found:
        yield found


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_checkpoint_is_named_with_a_way_on(arrive: Arrive, address: str, name: str) -> None:
    visitor = arrive(address)
    visitor.page.goto(f"{address}/?model={name}")
    alert = visitor.page.get_by_test_id("stAlert")
    expect(alert).to_contain_text(FAULTS[name][1])
    expect(alert).to_contain_text(name)
    told = alert.inner_text()
    assert "Traceback" not in told
    assert len(told) < 800
    expect(visitor.page.get_by_role("button", name="Open good")).to_be_visible()


def test_the_good_checkpoint_opens_after_a_bad_one_was_picked(arrive: Arrive, address: str) -> None:
    visitor = arrive(address).open("?model=good")
    visitor.choose("Checkpoint", "cut-weights")
    expect(visitor.page.get_by_test_id("stAlert")).to_contain_text("model.safetensors")
    visitor.page.get_by_role("button", name="Open good").click()
    visitor.page.wait_for_selector(READY)
    expect(visitor.map).to_have_attribute("data-model", "good")
    expect(visitor.figure("gap")).to_be_visible()
    assert not visitor.faults


def test_a_bad_checkpoint_is_told_on_the_gaps_page_too(arrive: Arrive, address: str) -> None:
    visitor = arrive(address)
    visitor.page.goto(f"{address}/gaps?model=cut-atlas")
    expect(visitor.page.get_by_test_id("stAlert")).to_contain_text(".parquet")


def test_an_empty_folder_says_how_to_train(arrive: Arrive, tmp_path: Path) -> None:
    folder = tmp_path / "nothing"
    folder.mkdir()
    with serving(folder, tmp_path / "server.log") as address:
        visitor = arrive(address)
        visitor.page.goto(address)
        visitor.shows("No checkpoint yet")
        visitor.shows(str(folder))
        expect(visitor.page.get_by_test_id("stCode")).to_contain_text("python -m explorer train")
        expect(visitor.page.get_by_test_id("stCode")).to_contain_text("python -m explorer open")
        assert not visitor.faults
