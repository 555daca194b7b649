"""Smaller windows: nothing is cut off, lies over another or scrolls sideways."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor, box_of

pytestmark = pytest.mark.browser

LAPTOP = (1100, 800)
TABLET = (820, 1180)
PATH = "?model=digits-2d&pins=@-2,0.2;@0.2,2"
# Buttons and headings whose text is wider than they are; figures scroll by themselves where they may. A name that is
# there for screen readers alone is a pixel wide.
_CUT_OFF = """() => [...document.querySelectorAll(
    "[data-testid=stMain] button p, [data-testid=stMetricValue] *, .lx-figures *, .lx-head, .lx-caption, figcaption")]
  .filter(node => node.clientWidth > 1 && node.scrollWidth > node.clientWidth + 1)
  .filter(node => getComputedStyle(node).display !== "inline")
  .map(node => node.innerText)"""
_SIDEWAYS = "() => document.scrollingElement.scrollWidth - window.innerWidth"
_MAIN_SIDEWAYS = (
    "() => { const main = document.querySelector('[data-testid=stMain]');"
    " return main.scrollWidth - main.clientWidth; }"
)


def is_whole(visitor: Visitor) -> None:
    visitor.rest()
    assert visitor.page.evaluate(_SIDEWAYS) <= 0
    assert visitor.page.evaluate(_MAIN_SIDEWAYS) <= 0
    assert visitor.page.evaluate(_CUT_OFF) == []


@pytest.mark.parametrize("size", [LAPTOP, TABLET], ids=["laptop", "tablet"])
def test_explore_with_a_path_holds(arrive: Arrive, shipped_address: str, size: tuple[int, int]) -> None:
    visitor = arrive(shipped_address, size=size).open(PATH)
    expect(visitor.page.get_by_test_id("path-strip")).to_be_visible()
    is_whole(visitor)
    stage, strip, inspector = (
        box_of(found)
        for found in (
            visitor.map,
            visitor.page.get_by_test_id("path-strip"),
            visitor.page.locator(".lx-images").first,
        )
    )
    assert strip["y"] >= stage["y"] + stage["height"]
    if size == TABLET:
        assert inspector["y"] >= stage["y"] + stage["height"]
        assert stage["width"] > 400
    else:
        assert inspector["x"] >= stage["x"] + stage["width"]


@pytest.mark.parametrize("size", [LAPTOP, TABLET], ids=["laptop", "tablet"])
def test_gaps_hold(arrive: Arrive, shipped_address: str, size: tuple[int, int]) -> None:
    is_whole(arrive(shipped_address, size=size).open("?model=fashion-mnist-16d", path="/gaps"))
