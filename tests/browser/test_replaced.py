"""A model's files are replaced while people look at it: that is said, and a button loads the new ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from tests import tiny
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.conftest import SETTINGS

pytestmark = pytest.mark.browser
NOTICE = "since they were read"


def make(root: Path, seed: int, n_examples: int) -> None:
    """The tiny model of a seed, with an atlas of the first digits, in the place of what is there."""
    shutil.rmtree(root / "tiny" / "atlas", ignore_errors=True)
    checkpoint = checkpoints.load(tiny.save(root / "tiny", seed))
    build(checkpoint, tiny.digits(n_examples), root / "tiny" / "atlas", SETTINGS)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints."""
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on that folder, with the first model in it."""
    make(root, seed=0, n_examples=40)
    with serving(root, tmp_path_factory.mktemp("server") / "replaced.log") as found:
        yield found


def test_the_new_files_are_loaded_and_a_tab_on_the_earlier_ones_is_told(
    arrive: Arrive, address: str, root: Path
) -> None:
    first = int(tiny.digits().example_ids[3])
    one, other = (arrive(address).open(f"?example={first}&colour=elbo_nats") for _ in range(2))
    before = one.decoded_pixels()
    make(root, seed=1, n_examples=30)
    one.sidebar.get_by_text("bits/dim").click()
    expect(one.page.get_by_text(NOTICE)).to_be_visible()
    expect(one.page.get_by_test_id("map-footer")).to_contain_text("40 examples")

    one.page.get_by_role("button", name="Load them").click()
    expect(one.page.get_by_test_id("map-footer")).to_contain_text("30 examples")
    expect(one.page.get_by_text(NOTICE)).to_have_count(0)
    one.until_decoded_differs(before)
    assert (one.query()["example"], one.query()["colour"]) == (str(first), "elbo_nats")
    assert not one.faults

    # The other tab has the earlier map still: no picture of another model comes into it.
    other.drag_out(other.handles.first, 30, 20)
    refused = other.page.get_by_title("load the page again")
    expect(refused).to_be_visible()
    assert other.decoded_pixels() == before
    expect(other.page.get_by_test_id("map-footer")).to_contain_text("40 examples")
    other.page.mouse.up()
    expect(other.page.get_by_test_id("map-footer")).to_contain_text("30 examples")
    other.until_decoded_differs(before)
    expect(refused).to_have_count(0)
    other.rest()
    assert not other.faults
