"""A new version of an atlas that is being built comes while a person is at work: nothing is taken from their hand.

The versions are those of a real build, put in their place one by one when the test wants them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from explorer.atlas.build import order, versions
from explorer.atlas.build.builder import build
from explorer.atlas.build.control import partial_of
from explorer.models import checkpoints
from explorer.steps import Step
from tests import tiny
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.browser.visitor import Visitor, box_of, centre
from tests.conftest import SETTINGS

pytestmark = pytest.mark.browser

N_EXAMPLES = 240


class _EndedError(Exception):
    """Ends the build before its atlas gets its name."""


@pytest.fixture(scope="module")
def all_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints with a build that has kept every version."""
    root = tmp_path_factory.mktemp("growing")
    checkpoint = checkpoints.load(tiny.save(root / "tiny"))

    def end(step: Step[None]) -> None:
        if step.stage == "writing":
            raise _EndedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "EXAMPLES_PER_BATCH", 40)
        patch.setattr(versions, "N_KEPT", 99)
        patch.setattr(versions.Versions, "is_due", lambda self, is_waited_for=False: True)
        with pytest.raises(_EndedError):
            build(checkpoint, tiny.digits(N_EXAMPLES), root / "tiny" / "atlas", SETTINGS, end)
    return root


@pytest.fixture
def growing(all_versions: Path, tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The app's address, and what brings the next version in."""
    root = shutil.copytree(all_versions, tmp_path / "growing")
    there = partial_of(root / "tiny" / "atlas") / versions.VERSIONS_FOLDER
    waiting = tmp_path / "waiting"
    there.rename(waiting)
    there.mkdir()
    later = sorted(waiting.iterdir())

    def bring() -> None:
        later.pop(0).rename(there / f"{len(list(there.iterdir())) + 1:05d}")

    bring()
    with serving(root, tmp_path / "server.log") as address:
        yield address, bring


def another_version_comes(visitor: Visitor, bring: Callable[[], None]) -> None:
    """Waits until the map has the numbers of another version."""
    before = visitor.map.get_attribute("data-version")
    assert before
    bring()
    expect(visitor.map).not_to_have_attribute("data-version", before)
    visitor.page.wait_for_timeout(300)


def test_a_drag_a_lasso_and_what_is_open_outlive_a_new_version(
    arrive: Arrive, growing: tuple[str, Callable[[], None]]
) -> None:
    address, bring = growing
    visitor = arrive(address).open("?model=tiny&map=pca&colour=gap_nats")
    page, mouse = visitor.page, visitor.page.mouse
    expect(visitor.map.locator(".lm-note")).to_contain_text("0 of 240 scored so far")
    page.get_by_text("Take the gap apart").click()
    visitor.rest()

    handle = visitor.handles.first
    visitor.drag_out(handle, 40, 30)
    held = visitor.decoded_pixels()
    another_version_comes(visitor, bring)
    x, y = centre(handle)
    mouse.move(x + 60, y + 20, steps=8)
    visitor.until_decoded_differs(held)
    assert centre(handle) == pytest.approx((x + 60, y + 20), abs=2)
    mouse.up()
    assert "@" in visitor.until_query(lambda query: "pins" in query)["pins"]
    released = centre(handle)

    page.get_by_role("button", name="Lasso").click()
    box = box_of(visitor.surface)
    left, top = box["x"] + 8, box["y"] + 8
    right, bottom = left + box["width"] - 16, top + box["height"] - 16
    mouse.move(left, top)
    mouse.down()
    mouse.move(right, top, steps=5)
    mouse.move(right, bottom, steps=5)
    another_version_comes(visitor, bring)
    mouse.move(left, bottom, steps=5)
    mouse.up()
    assert visitor.until_query(lambda query: "select" in query)
    assert centre(handle) == pytest.approx(released, abs=2)

    another_version_comes(visitor, bring)
    expect(
        page.get_by_test_id("stExpander").filter(has_text="Take the gap apart").locator("details")
    ).to_have_attribute("open", "")
    assert visitor.faults == []


def test_a_gallery_stays_where_it_was_scrolled_to(
    arrive: Arrive, growing: tuple[str, Callable[[], None]]
) -> None:
    address, bring = growing
    visitor = arrive(address).open("?model=tiny&map=pca")
    gallery = visitor.page.get_by_test_id("gallery-list")
    expect(gallery.get_by_test_id("gallery-tile").first).to_be_visible()
    gallery.evaluate("list => { list.scrollTop = 200; }")
    another_version_comes(visitor, bring)
    assert gallery.evaluate("list => list.scrollTop") == 200
