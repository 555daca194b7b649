"""A model of another program on the page Open: its readings side by side, one added, its map built and dragged on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.importing import stored_draft
from tests import tiny
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.browser.visitor import READY
from tests.importing import trained

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of our own, and two of another program beside it, of which one does not say its likelihood."""
    root = tmp_path_factory.mktemp("checkpoints")
    tiny.save(root / "own")
    networks = trained.networks(trained.weights(), after=("aten.sigmoid.default",))
    for name, likelihood in (("theirs", {"kind": "bernoulli"}), ("vague", {})):
        (root / name).mkdir()
        stored_draft.save(root / name, trained.draft(networks, likelihood=likelihood))
    return root


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("server")
    with serving(root, place / "open.log", settings={"EXPLORER_UPLOADS": str(place / "uploads")}) as found:
        yield found


def tried(page: Page, address: str, path: Path) -> None:
    page.goto(f"{address}/open")
    page.get_by_label("Path", exact=True).fill(str(path))
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Try its readings").click()
    expect(page.get_by_test_id("readings")).to_be_visible(timeout=90_000)


def test_a_clear_reading_is_chosen_and_its_map_built(arrive: Arrive, address: str, root: Path) -> None:
    tab = arrive(address)
    page = tab.page
    tried(page, address, root / "theirs")
    expect(page.get_by_text("clear: mean first, log variance, probabilities")).to_have_count(2)
    readings = page.get_by_test_id("readings")
    # A row of heads, one of the examples, and the readings.
    expect(readings.get_by_role("row")).to_have_count(10)
    expect(readings.get_by_role("img", name="as reading 1 has them")).to_be_visible()
    expect(page.get_by_test_id("findings")).to_contain_text("no layer is in training mode")
    page.get_by_role("button", name="Add this model").click()
    row = page.locator(".st-key-model_1")
    expect(row).to_contain_text("theirs")
    row.get_by_role("button", name="Build its map").click()
    row.get_by_role("button", name="Explore").click()
    expect(page.locator(READY)).to_be_visible()
    expect(page.get_by_test_id("calibration")).to_contain_text("not calibrated")
    expect(page.get_by_test_id("assumed").first).to_contain_text("Read as mean first")
    expect(page.get_by_test_id("uncalibrated")).to_contain_text("not calibrated: this model was imported")
    tab.rest()
    assert not [fault for fault in tab.faults if "/open/_stcore/" not in fault]


def test_an_open_likelihood_is_left_to_the_person(arrive: Arrive, address: str, root: Path) -> None:
    page = arrive(address).page
    tried(page, address, root / "vague")
    expect(page.get_by_text("the likelihood is open, and no ELBO decides it").first).to_be_visible()
    expect(page.get_by_role("button", name="Add this model")).to_be_disabled()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("readings")).to_have_count(0)


def test_a_damaged_source_is_told(arrive: Arrive, address: str, root: Path) -> None:
    (root / "damaged").mkdir(exist_ok=True)
    (root / "damaged" / "draft.json").write_text("{")
    page = arrive(address).page
    page.goto(f"{address}/open")
    page.get_by_label("Path", exact=True).fill(str(root / "damaged"))
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Try its readings").click()
    expect(page.get_by_text("expected a draft of a VAE")).to_be_visible(timeout=60_000)
