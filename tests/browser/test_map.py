"""The hand on the map: hover, click, drag; what stays when everything else changes."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.ui.example.inference import decode
from explorer.workspace import Entry
from tests.browser.places import Places
from tests.browser.visitor import Visitor, box_of, centre

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d"
PLANE = "axes:0,1"
_INKED = (
    "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0)"
)


def says(name: str, value: str, query: dict[str, str]) -> bool:
    return query.get(name) == value


def label_of(entry: Entry, example_id: int) -> str:
    return entry.atlas.label_names[int(entry.dataset.labels[entry.atlas.row(example_id)])]


def test_hovering_a_point_shows_its_thumbnail_and_its_label(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    example_id = places.lonely()[0]
    visitor.page.mouse.move(*places.of_example(example_id))
    card = visitor.page.get_by_test_id("map-tooltip")
    expect(card).to_be_visible()
    expect(card).to_contain_text(f"example {example_id}")
    expect(visitor.page.get_by_test_id("map-tooltip-label")).to_have_text(label_of(digits, example_id))
    canvas = card.locator("canvas").element_handle()
    visitor.page.wait_for_function(_INKED, arg=canvas)


def test_a_click_on_a_point_selects_that_example(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    for example_id in places.lonely()[:2]:
        visitor.page.mouse.click(*places.of_example(example_id))
        expect(visitor.heading).to_contain_text(f"example {example_id}")
        expect(visitor.heading).to_contain_text(label_of(digits, example_id))
        visitor.until_query(partial(says, "example", str(example_id)))
        expect(visitor.handles).to_have_count(1)


def test_a_click_on_an_empty_place_puts_a_free_handle_there(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    selected = visitor.heading.inner_text()
    x, y = places.empty((centre(visitor.handles.first),))
    visitor.page.mouse.click(x, y)
    visitor.until_query(lambda query: query.get("pins", "").startswith("@"))
    expect(visitor.handles).to_have_count(1)
    assert centre(visitor.handles.first) == pytest.approx((x, y), abs=1.5)
    assert visitor.heading.inner_text() == selected


def pixels_at(entry: Entry, pin: str) -> np.ndarray:
    """What the model shows at a pin of the URL, as levels."""
    base, _, place = pin.partition("@")
    x, y = map(float, place.split(","))
    code = entry.lift(PLANE, np.array([[x, y]]), [entry.atlas.row(int(base))])
    return np.round(decode(entry, code)[0].ravel() * 255)


def test_the_image_follows_the_hand_and_the_page_hears_of_the_release_only(
    visitor: Visitor, digits: Entry
) -> None:
    visitor.open(DIGITS)
    at_home = visitor.decoded_pixels()
    inspected = visitor.image(visitor.at_the_handle)
    pins, n_reruns = visitor.query()["pins"], visitor.n_reruns

    visitor.drag_out(visitor.handles.first, 60, -40)
    on_the_way = visitor.until_decoded_differs(at_home)
    x, y = centre(visitor.handles.first)
    visitor.page.mouse.move(x - 160, y + 80, steps=12)
    visitor.until_decoded_differs(on_the_way)
    assert visitor.n_reruns == n_reruns
    assert visitor.query()["pins"] == pins
    assert visitor.image(visitor.at_the_handle) == inspected

    visitor.page.mouse.up()
    visitor.until_image_differs(visitor.at_the_handle, inspected)
    query = visitor.until_query(lambda query: query["pins"] != pins)
    assert visitor.n_reruns == n_reruns + 1
    assert query["pins"].split("@")[0] == query["example"]
    levels = np.array(visitor.decoded_pixels().split(","), dtype=float)[::4]
    # The URL has five digits of the place, and the browser whole levels of the pixels.
    assert np.abs(levels - pixels_at(digits, query["pins"])).max() <= 2


def test_the_garment_follows_the_hand_on_the_umap(visitor: Visitor) -> None:
    visitor.open("?model=fashion-mnist-16d&example=1")
    at_home = visitor.decoded_pixels()
    n_reruns = visitor.n_reruns
    x, y = centre(visitor.surface)
    from_x, from_y = centre(visitor.handles.first)
    visitor.drag_out(visitor.handles.first, (x - from_x) / 2, (y - from_y) / 2)
    visitor.until_decoded_differs(at_home)
    assert visitor.n_reruns == n_reruns
    visitor.page.mouse.up()


def test_arrow_keys_move_the_handle_and_a_double_click_sends_it_home(visitor: Visitor) -> None:
    visitor.open(DIGITS)
    home, pins = visitor.decoded_pixels(), visitor.query()["pins"]
    visitor.handles.first.focus()
    for _ in range(3):
        visitor.page.keyboard.press("Shift+ArrowLeft")
    away = visitor.until_decoded_differs(home)
    visitor.until_query(lambda query: query["pins"] != pins)
    visitor.handles.first.dblclick()
    visitor.until_query(lambda query: query["pins"] == pins)
    visitor.until_decoded_differs(away)
    visitor.until_decoded_is(home)


def test_zoom_and_selection_survive_colour_filter_and_theme(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    example_id = places.lonely()[1]
    visitor.page.mouse.click(*places.of_example(example_id))
    expect(visitor.heading).to_contain_text(f"example {example_id}")
    whole = visitor.map.get_attribute("data-window") or ""
    visitor.page.mouse.wheel(0, -600)
    expect(visitor.map).not_to_have_attribute("data-window", whole)
    zoomed, n_draws = (
        visitor.map.get_attribute("data-window") or "",
        visitor.map.get_attribute("data-draws") or "",
    )

    visitor.choose("Colour", "ELBO")
    expect(visitor.map).to_have_attribute("data-colour", "elbo_nats")
    visitor.page.get_by_role("button", name=label_of(digits, example_id), exact=True).click()
    expect(visitor.page.get_by_test_id("map-footer")).to_contain_text("of 355 examples")
    visitor.page.emulate_media(color_scheme="dark")
    expect(visitor.page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(20, 22, 27)")

    expect(visitor.map).to_have_attribute("data-window", zoomed)
    expect(visitor.map).to_have_attribute("data-draws", n_draws)
    expect(visitor.heading).to_contain_text(f"example {example_id}")
    expect(visitor.handles).to_have_count(1)
    query = visitor.query()
    assert (query["example"], query["colour"]) == (str(example_id), "elbo_nats")


def test_every_map_keeps_the_handle_and_its_example(visitor: Visitor, digits: Entry) -> None:
    visitor.open("?model=digits-2d&map=umap")
    pixels = visitor.decoded_pixels()
    for name, map_id in (("PCA", "pca"), ("Latent axes", PLANE), ("UMAP", "umap")):
        visitor.page.get_by_role("radio", name=name, exact=True).click()
        expect(visitor.map).to_have_attribute("data-map", map_id)
        expect(visitor.handles).to_have_count(1)
        visitor.until_query(partial(says, "map", map_id))
        # A handle at home decodes to the same image wherever the map puts it.
        visitor.until_decoded_is(pixels)


def test_the_map_zooms_into_a_box_and_out_again(visitor: Visitor) -> None:
    visitor.open(DIGITS)
    whole = visitor.map.get_attribute("data-window") or ""
    visitor.page.get_by_test_id("map-zoom").click()
    box = box_of(visitor.surface)
    x, y = box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x + 150, y + 150, steps=5)
    visitor.page.mouse.up()
    expect(visitor.map).not_to_have_attribute("data-window", whole)
    visitor.page.get_by_test_id("map-reset").click()
    expect(visitor.map).to_have_attribute("data-window", whole)
