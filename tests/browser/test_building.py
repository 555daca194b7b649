"""An atlas that is being built: the map is there, a hand drags on it, numbers come, and a killed build goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer import builder
from explorer.atlas import Atlas, AtlasSettings
from tests import tiny
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.browser.visitor import READY

pytestmark = pytest.mark.browser
# Long enough to be looked at while it is built.
SLOW = AtlasSettings(n_samples=16, target_se=0.004, maps=("pca",))
STRIP = ".st-key-building"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint without an atlas."""
    return tiny.save(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(model.parent, tmp_path_factory.mktemp("server") / "growing.log") as found:
        yield found


def test_the_map_is_there_while_numbers_come_and_a_killed_build_goes_on(
    arrive: Arrive, address: str, model: Path
) -> None:
    out = model / "atlas"
    tab = arrive(address)
    tab.page.goto(address)
    expect(tab.page.get_by_text("has no atlas yet")).to_be_visible()
    # From elsewhere: the page notices.
    builder.start(out, model, "digits", settings=SLOW, limit=96)
    expect(tab.page.locator(READY)).to_be_visible()
    strip = tab.page.locator(STRIP)
    strip.get_by_role("button", name="Pause").click()
    expect(strip).to_contain_text("paused")
    expect(tab.page.get_by_test_id("map-footer")).to_contain_text("96 examples")

    # The inspected example does not wait for its turn.
    tab.page.get_by_role("button", name="previous example").click()
    expect(tab.page.get_by_test_id("figure-log-p")).to_contain_text("±")

    # A hand drags meanwhile.
    before = tab.decoded_pixels()
    tab.drag_out(tab.handles.first, 30, 20)
    tab.until_decoded_differs(before)
    tab.page.mouse.up()
    tab.rest()

    builder._begun[out].kill()
    builder._begun[out].wait()
    expect(strip).to_contain_text("The build is stopped")
    expect(strip).to_contain_text("of 96 examples have trusted numbers")
    strip.get_by_role("button", name="Go on").click()
    expect(strip).to_contain_text("Trusted numbers")
    expect(strip).to_have_count(0, timeout=120_000)
    atlas = Atlas.open(out)
    assert atlas.manifest.growth is None
    assert "" not in atlas.columns(["trust"])["trust"]
    expect(tab.page.get_by_test_id("figure-log-p")).to_contain_text("±")
    assert not tab.faults
