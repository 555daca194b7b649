"""The page Open in a browser: data come in by path and by upload, their map is built, and a hand drags on it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from explorer.atlas.build.control import partial_of
from explorer.files import lock
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from tests import tiny
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.browser.visitor import READY, Visitor

pytestmark = pytest.mark.browser
N = 48


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models of 8 x 8 grey images of 256 levels, and the images as class folders beside them."""
    root = tmp_path_factory.mktemp("checkpoints")
    likelihood = {"kind": "discretised_logistic", "n_levels": 256, "scale": "learned"}
    config = tiny.config(likelihood, DataSpec((1, 8, 8), "grey image", 256))
    for i, name in enumerate(("first", "second")):
        checkpoints.save(root / name, tiny.model(config, seed=i), {})
    for i, image in enumerate(images()):
        folder = root / "pictures" / ("even", "odd")[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{i:03}.png")
    (root / "pictures" / "odd" / "999.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return root


def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (N, 8, 8), np.uint8)


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("server")
    with serving(root, place / "open.log", settings={"EXPLORER_UPLOADS": str(place / "uploads")}) as found:
        yield found
    # The builds outlive the app; their maps would be laid out for nobody.
    for name in ("first", "second"):
        holder = re.match(r"process (\d+) on ", lock.holder_of(partial_of(root / name / "atlas")) or "")
        if holder:
            os.kill(int(holder[1]), signal.SIGKILL)


def test_a_folder_of_images_by_its_path(arrive: Arrive, address: str, root: Path) -> None:
    tab = arrive(address)
    page = tab.page
    page.goto(f"{address}/open")
    page.get_by_label("Path", exact=True).fill("/etc")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("expected a file or folder in one of")).to_be_visible()
    page.get_by_label("Path", exact=True).fill(str(root / "pictures"))
    page.get_by_role("button", name="Add", exact=True).click()
    map_of(tab, 0, "pictures")


def test_an_npz_that_is_sent(arrive: Arrive, address: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", x=images())
    tab = arrive(address)
    page = tab.page
    page.goto(f"{address}/open")
    page.get_by_role("tab", name="Send files").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(tmp_path / "mine.npz")
    page.get_by_role("button", name="Keep these data").click()
    map_of(tab, 1, "mine.npz (sent)")


def map_of(tab: Visitor, n_row: int, data: str) -> None:
    """Chooses data for a model, has its map built, and drags on it."""
    page = tab.page
    row = page.locator(f".st-key-model_{n_row}")
    choose(page, row.get_by_role("combobox"), data)
    row.get_by_role("button", name="Build its map").click()
    row.get_by_role("button", name="Explore").click()
    expect(page.locator(READY)).to_be_visible()
    # The image that cannot be read is left out.
    expect(page.get_by_test_id("map-footer")).to_contain_text(f"{N} examples")
    before = tab.decoded_pixels()
    tab.drag_out(tab.handles.first, 30, 20)
    tab.until_decoded_differs(before)
    page.mouse.up()
    tab.rest()
    # Streamlit asks for two files beside a page that is not the first.
    assert not [fault for fault in tab.faults if "/open/_stcore/" not in fault]


def choose(page: Page, box: object, data: str) -> None:
    box.click()  # type: ignore[attr-defined]
    page.get_by_role("option").filter(has_text=data).first.click()
