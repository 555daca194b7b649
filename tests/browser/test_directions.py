"""The directions below the map: sliders that move the handle, and that are moved by it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from explorer.ui.linked.directions import traversal
from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

START = "?model=digits-2d&shelf=directions"


def slider(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("slider", name=re.compile(f"^{name}"))


def keep(visitor: Visitor, name: str) -> None:
    """Keeps what is selected as a group."""
    visitor.page.get_by_role("button", name=f"Keep as {name}").click()
    expect(visitor.page.get_by_alt_text(f"mean of {name}")).to_be_visible()
    visitor.rest()


def test_a_slider_moves_the_handle_and_reset_brings_it_home(visitor: Visitor) -> None:
    visitor.open(START)
    pins = visitor.query()["pins"]
    before = visitor.image(visitor.at_the_handle)
    reset = visitor.page.get_by_role("button", name="Reset", exact=True)
    expect(reset).to_be_disabled()
    moved = slider(visitor, "z₀")
    moved.focus()
    # As fast as a key repeats: reruns overtake one another, and none may take a step back.
    at = float(moved.input_value())
    for _ in range(12):
        moved.press("ArrowRight")
    expect(moved).to_have_value(re.compile(r"."))
    visitor.until_image_differs(visitor.at_the_handle, before)
    visitor.rest()
    step = float(moved.get_attribute("step") or "nan")
    assert float(moved.input_value()) == pytest.approx(at + 12 * step, abs=step / 2)
    # Earlier steps come to the URL before the last one does.
    end = pytest.approx(at + 12 * step, abs=step)
    visitor.until_query(lambda query: float(query["pins"].split("@")[1].split(",")[0]) == end)
    reset.click()
    visitor.until_query(lambda query: query["pins"] == pins)
    expect(visitor.at_the_handle).to_have_attribute("src", before)
    assert not visitor.faults


def test_sliders_follow_a_drag_on_the_map(visitor: Visitor) -> None:
    visitor.open(START)
    before = slider(visitor, "z₀").input_value()
    visitor.drag_out(visitor.handles.first, 90, 0)
    visitor.page.mouse.up()
    expect(slider(visitor, "z₀")).not_to_have_value(before)
    x = visitor.until_query(lambda query: "pins" in query)["pins"].split("@")[1].split(",")[0]
    visitor.rest()
    assert float(slider(visitor, "z₀").input_value()) == pytest.approx(float(x), abs=0.06)


def test_two_kept_groups_make_a_direction_to_walk_along(visitor: Visitor, digits: Entry) -> None:
    zeros = selection.to_text(selection.of_mask(digits.dataset.labels == 0))
    visitor.open(f"{START}&select={zeros}")
    visitor.shows("press “Keep as A”")
    keep(visitor, "A")
    visitor.page.get_by_role("button", name="Invert", exact=True).click()
    visitor.rest()
    keep(visitor, "B")
    expect(visitor.page.get_by_test_id("direction-facts")).to_contain_text("AUC")
    strip = visitor.page.get_by_test_id("walk-strip")
    expect(strip.locator("img")).to_have_count(9)
    expect(strip.locator(".lx-now img")).to_have_attribute("alt", "t = 0.0")
    pins, shown = visitor.query()["pins"], visitor.image(visitor.at_the_handle)

    along = slider(visitor, "along A")
    along.focus()
    along.press("End")
    expect(strip.locator(".lx-now img")).to_have_attribute("alt", "t = 2.0")
    visitor.until_image_differs(visitor.at_the_handle, shown)
    visitor.until_query(lambda query: query["pins"] != pins)
    along.press("Home")
    expect(strip.locator(".lx-now img")).to_have_attribute("alt", "t = −2.0")
    for _ in range(40):
        along.press("ArrowRight")
    expect(strip.locator(".lx-now img")).to_have_attribute("alt", "t = 0.0")
    visitor.until_query(lambda query: query["pins"] == pins)
    expect(visitor.at_the_handle).to_have_attribute("src", shown)
    assert not visitor.faults


def test_the_traversal_is_shown_and_taken_home(visitor: Visitor) -> None:
    visitor.open(START)
    picture = visitor.page.get_by_test_id("traversal").locator("img")
    expect(picture).to_have_attribute("alt", re.compile("standard deviations of the prior"))
    before = visitor.image(picture)
    visitor.choose(
        "left to right", "z₁" if "Left to right z₀" in (picture.get_attribute("alt") or "") else "z₀"
    )
    visitor.until_image_differs(picture, before)
    with visitor.page.expect_download() as download:
        visitor.page.locator(".st-key-traversal_png button").click()
    with Image.open(download.value.path()) as sheet:
        assert min(sheet.size) >= traversal.N * traversal.CELL_PIXELS
        assert np.asarray(sheet.convert("L")).std() > 1
    assert not visitor.faults
