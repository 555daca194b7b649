"""The gallery: as many tiles as there are examples, few of them on the page; what mouse and keys do there."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor, box_of

pytestmark = pytest.mark.browser

FASHION = "?model=fashion-mnist-16d&example=1"
# Far more would be a page that no longer scrolls.
MOST_TILES = 400
_TO = "(list, share) => { list.scrollTop = share * (list.scrollHeight - list.clientHeight); }"


def selecting(rows: list[int]) -> str:
    return f"{FASHION}&select={selection.to_text(selection.of_rows(rows))}"


def opened(visitor: Visitor, query: str = FASHION) -> Locator:
    """Opens a link and waits for the gallery."""
    visitor.open(query)
    gallery = visitor.page.get_by_test_id("gallery")
    expect(gallery).to_have_attribute("data-ready", "true")
    gallery.scroll_into_view_if_needed()
    return gallery


def tile(visitor: Visitor, index: int) -> Locator:
    return visitor.page.locator(f'[data-testid="gallery-tile"][data-index="{index}"]')


def headline(visitor: Visitor) -> Locator:
    return visitor.page.get_by_test_id("gallery-headline")


def until_selected(visitor: Visitor, rows: list[int]) -> None:
    """Waits until the map and the link have a selection."""
    expect(visitor.map).to_have_attribute("data-selected", str(len(rows)))
    wanted = selection.to_text(selection.of_rows(rows)) if rows else None
    visitor.until_query(lambda query: query.get("select") == wanted)


def test_all_examples_can_be_scrolled_through_and_few_are_on_the_page(
    visitor: Visitor, fashion: Entry
) -> None:
    gallery = opened(visitor)
    expect(headline(visitor)).to_have_text("Nothing is selected: all 10,000 examples")
    expect(gallery).to_have_attribute("data-count", "10000")
    tiles = visitor.page.get_by_test_id("gallery-tile")
    listing = visitor.page.get_by_test_id("gallery-list")
    for share, index in ((1.0, 9_999), (0.5, 5_000), (0.0, 0)):
        listing.evaluate(_TO, share)
        expect(tile(visitor, index)).to_be_in_viewport()
        expect(tile(visitor, index)).to_have_attribute(
            "data-example", str(fashion.dataset.example_ids[index])
        )
        expect(tile(visitor, index)).to_have_attribute("aria-setsize", "10000")
        assert tiles.count() < MOST_TILES
    assert visitor.faults == []


def test_a_tile_shows_its_example(visitor: Visitor, fashion: Entry) -> None:
    opened(visitor, selecting([2, 1023, 1024, 9_999]))
    every = fashion.dataset.x(slice(None))[:, 0] * 255
    for index, row in enumerate((2, 1023, 1024, 9_999)):
        image = tile(visitor, index).locator(".lg-image")
        expect(image).to_have_css("background-image", re.compile("png"))
        shot = Image.open(io.BytesIO(image.screenshot())).convert("L").resize((28, 28), Image.Resampling.BOX)
        apart = np.abs(np.asarray(shot, np.float32) - every).mean(axis=(1, 2))
        assert apart.argmin() == row


def test_hovering_says_what_a_tile_is(visitor: Visitor, fashion: Entry) -> None:
    opened(visitor)
    visitor.page.get_by_test_id("gallery-order").select_option("gap_nats")
    gaps = fashion.atlas.columns(["gap_nats"])["gap_nats"]
    row = int(np.argsort(gaps, kind="stable")[3])
    expect(tile(visitor, 3)).to_have_attribute("data-example", str(fashion.dataset.example_ids[row]))
    tile(visitor, 3).hover()
    card = visitor.page.get_by_test_id("gallery-card")
    expect(card).to_contain_text(fashion.atlas.label_names[int(fashion.dataset.labels[row])])
    expect(card).to_contain_text(f"example {fashion.dataset.example_ids[row]}")
    expect(card).to_contain_text(f"gap {gaps[row]:.2f} nats")


def test_a_click_inspects_and_keeps_the_selection(visitor: Visitor, fashion: Entry) -> None:
    opened(visitor, selecting([10, 20, 30]))
    tile(visitor, 1).click()
    expect(visitor.heading).to_contain_text(f"example {fashion.dataset.example_ids[20]}")
    expect(tile(visitor, 1)).to_have_class(re.compile("lg-inspected"))
    until_selected(visitor, [10, 20, 30])


def test_tiles_are_selected_and_taken_out_with_the_mouse(visitor: Visitor) -> None:
    gallery = opened(visitor)
    tile(visitor, 3).click()
    tile(visitor, 6).click(modifiers=["Shift"])
    until_selected(visitor, [3, 4, 5, 6])
    expect(headline(visitor)).to_have_text("all 10,000 examples, 4 selected")
    expect(tile(visitor, 4)).to_have_attribute("aria-selected", "true")
    tile(visitor, 4).click(modifiers=["ControlOrMeta"])
    tile(visitor, 9).click(modifiers=["ControlOrMeta"])
    until_selected(visitor, [3, 5, 6, 9])
    visitor.page.get_by_test_id("gallery-selected").click()
    expect(gallery).to_have_attribute("data-count", "4")
    visitor.page.get_by_test_id("gallery-pick").click()
    tile(visitor, 0).click()
    until_selected(visitor, [5, 6, 9])
    expect(headline(visitor)).to_have_text("3 examples selected")


def test_a_selection_made_elsewhere_is_shown_and_so_is_undo(visitor: Visitor) -> None:
    gallery = opened(visitor)
    tile(visitor, 3).click(modifiers=["ControlOrMeta"])
    until_selected(visitor, [3])
    visitor.page.keyboard.press("ControlOrMeta+z")
    until_selected(visitor, [])
    expect(headline(visitor)).to_have_text("Nothing is selected: all 10,000 examples")
    visitor.page.keyboard.press("i")
    expect(gallery).to_have_attribute("data-scope", "selected")
    expect(gallery).to_have_attribute("data-count", "10000")


def test_the_keys_walk_inspect_and_select(visitor: Visitor, fashion: Entry) -> None:
    opened(visitor)
    keys = visitor.page.keyboard
    visitor.page.get_by_test_id("gallery-pick").focus()
    keys.press("Tab")
    expect(tile(visitor, 0)).to_be_focused()
    keys.press("End")
    expect(tile(visitor, 9_999)).to_be_focused()
    expect(tile(visitor, 9_999)).to_be_in_viewport()
    keys.press("Home")
    keys.press("ArrowDown")
    columns = int(visitor.page.locator("[data-testid=gallery-tile]:focus").get_attribute("data-index") or 0)
    assert columns > 3
    keys.press("ArrowRight")
    expect(tile(visitor, columns + 1)).to_be_focused()
    keys.press("Enter")
    expect(visitor.heading).to_contain_text(f"example {fashion.dataset.example_ids[columns + 1]}")
    expect(tile(visitor.rest(), columns + 1)).to_be_focused()
    keys.press("ArrowRight")
    keys.press("Shift+Enter")
    until_selected(visitor, [columns + 1, columns + 2])
    expect(tile(visitor.rest(), columns + 2)).to_be_focused()
    keys.press("ArrowRight")
    keys.press("Space")
    until_selected(visitor, [columns + 1, columns + 2, columns + 3])
    keys.press("Delete")
    until_selected(visitor, [columns + 1, columns + 2])
    assert visitor.faults == []


def test_order_and_direction_are_kept_when_the_gallery_is_closed_and_opened(
    visitor: Visitor, fashion: Entry
) -> None:
    opened(visitor)
    highest = int(np.argmax(fashion.atlas.columns(["elbo_nats"])["elbo_nats"]))
    visitor.page.get_by_test_id("gallery-order").select_option("elbo_nats")
    visitor.page.get_by_test_id("gallery-direction").click()
    first = str(fashion.dataset.example_ids[highest])
    expect(tile(visitor, 0)).to_have_attribute("data-example", first)
    for name in ("Histograms", "Gallery"):
        visitor.page.get_by_role("radio", name=name, exact=True).click()
        expect(visitor.page.get_by_test_id(name.lower())).to_have_attribute("data-ready", "true")
    expect(visitor.page.get_by_test_id("gallery-order")).to_have_value("elbo_nats")
    expect(tile(visitor, 0)).to_have_attribute("data-example", first)


def test_labels_turned_off_are_not_among_all(visitor: Visitor, fashion: Entry) -> None:
    gallery = opened(visitor, f"{FASHION}&labels=3")
    n = int((fashion.dataset.labels == 3).sum())
    expect(headline(visitor)).to_have_text(f"Nothing is selected: {n:,} examples of the labels in colour")
    expect(gallery).to_have_attribute("data-count", str(n))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_holds_in_a_narrow_window(arrive: Arrive, shipped_address: str, scheme) -> None:
    visitor = arrive(shipped_address, size=(820, 1180))
    visitor.page.emulate_media(color_scheme=scheme)
    gallery = opened(visitor)
    frame = box_of(gallery)
    for name in ("gallery-list", "gallery-direction", "gallery-pick", "gallery-headline"):
        inner = box_of(visitor.page.get_by_test_id(name))
        assert inner["x"] >= frame["x"] - 1
        assert inner["x"] + inner["width"] <= frame["x"] + frame["width"] + 1
