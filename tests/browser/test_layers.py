"""What lies over the points: names, contours, ellipses, the round trip; the preview; pictures to keep."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.places import Places
from tests.browser.visitor import Visitor, box_of, centre

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d"
PLANE = "axes:0,1"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(visitor: Visitor, kind: str) -> Locator:
    return visitor.surface.locator(f".lm-{kind}")


def layer(visitor: Visitor, name: str) -> Locator:
    return visitor.sidebar.get_by_role("button", name=name, exact=True)


def test_the_names_of_clusters_stand_in_their_midst_and_can_be_turned_off(
    visitor: Visitor, digits: Entry
) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    names = visitor.page.get_by_test_id("map-names").locator("text:visible")
    for name, (x, y) in [(n.text_content(), centre(n)) for n in names.all()]:
        own = places.at[digits.dataset.labels == digits.atlas.label_names.index(name or "")]
        apart = np.linalg.norm(own - [x, y], axis=1)
        # On one of its own examples, in the middle of them.
        assert apart.min() < 8
        assert np.median(apart) < 1.2 * np.median(np.linalg.norm(own - np.median(own, axis=0), axis=1)) + 8
    assert names.count() >= 5
    layer(visitor, "Names of clusters").click()
    expect(visitor.page.get_by_test_id("map-names").locator("text")).to_have_count(0)


def test_contours_are_drawn_round_what_is_selected(visitor: Visitor) -> None:
    visitor.open(DIGITS)
    expect(drawn(visitor, "contour")).to_have_count(0)
    layer(visitor, "Density contours").click()
    expect(drawn(visitor, "contour").first).to_be_attached()
    visitor.until_query(lambda query: "contours" in query.get("layers", ""))
    before = drawn(visitor, "contour").first.get_attribute("d") or ""
    visitor.page.keyboard.press("b")
    box = box_of(visitor.surface)
    visitor.page.mouse.move(box["x"] + 60, box["y"] + 70)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 60, steps=4)
    visitor.page.mouse.up()
    expect(drawn(visitor, "contour").first).not_to_have_attribute("d", before)


def test_posteriors_of_the_selected_examples_are_ellipses_of_their_true_size(
    visitor: Visitor, digits: Entry
) -> None:
    rows = [5, 50, 100]
    chosen = selection.to_text(selection.of_rows(rows))
    visitor.open(f"{DIGITS}&layers=ellipses&select={chosen}")
    expect(drawn(visitor, "ellipse")).to_have_count(3)
    radius = np.sqrt(-2 * np.log(0.05)) * np.exp(digits.atlas.log_variances[rows] / 2)
    for ellipse, expected in zip(drawn(visitor, "ellipse").all(), radius, strict=True):
        found = [float(ellipse.get_attribute(name) or "nan") for name in ("rx", "ry")]
        np.testing.assert_allclose(sorted(found), np.sort(expected), rtol=1e-3)
    visitor.page.get_by_role("radio", name="UMAP", exact=True).click()
    expect(visitor.map).to_have_attribute("data-map", "umap")
    expect(drawn(visitor, "ellipse")).to_have_count(0)


def test_off_the_manifold_the_round_trip_is_a_long_arrow(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    arrow = visitor.page.get_by_test_id("map-round-trip")
    visitor.page.mouse.click(*places.empty())
    expect(arrow).to_have_attribute("visibility", "visible")
    read_out = visitor.page.get_by_test_id("decoded-round-trip")
    expect(read_out).to_have_text(re.compile(r"round trip \d"))
    expect(visitor.page.get_by_test_id("decoded-nearest")).to_have_text(re.compile(r"nearest \d+"))
    layer(visitor, "Round trip").click()
    expect(arrow).to_have_attribute("visibility", "hidden")


def test_the_preview_decodes_under_the_pointer_and_gives_the_handles_image_back(
    visitor: Visitor, digits: Entry
) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    own, pins, n_reruns = visitor.decoded_pixels(), visitor.query()["pins"], visitor.n_reruns
    visitor.page.keyboard.press("v")
    visitor.page.mouse.move(*places.of_example(places.lonely()[0]))
    visitor.page.mouse.move(*places.empty((centre(visitor.handles.first),)))
    visitor.until_decoded_differs(own)
    box = box_of(visitor.surface)
    visitor.page.mouse.move(box["x"] + 200, box["y"] + box["height"] + 60)
    visitor.until_decoded_is(own)
    assert (visitor.query()["pins"], visitor.n_reruns) == (pins, n_reruns)


def saved(visitor: Visitor, kind: str) -> Path:
    with visitor.page.expect_download() as download:
        visitor.page.get_by_test_id(f"map-{kind}").click()
    assert download.value.suggested_filename.endswith(f".{kind}")
    return download.value.path()


def test_the_map_is_taken_home_as_png_and_as_svg(visitor: Visitor, digits: Entry) -> None:
    visitor.open(f"{DIGITS}&layers=names,contours")
    with Image.open(saved(visitor, "png")) as picture:
        assert picture.format == "PNG"
        assert picture.width > 1000
        colours = np.asarray(picture.convert("RGB")).reshape(-1, 3)
        assert len(np.unique(colours[::50], axis=0)) > 50
    root = ElementTree.parse(saved(visitor, "svg")).getroot()
    circles = [c for c in root.iter(f"{SVG}circle") if c.get("fill", "").startswith("rgb(")]
    assert len(circles) >= len(digits.dataset.labels)
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert set(digits.atlas.label_names) <= texts
    assert any("posterior mean" in (text or "") for text in texts)


def touch(visitor: Visitor, *steps: tuple[str, float, float], rest: int = 0) -> None:
    """One finger: ("touchStart", x, y), ("touchMove", x, y), ..., ("touchEnd", 0, 0)."""
    client = visitor.page.context.new_cdp_session(visitor.page)
    for kind, x, y in steps:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        if kind == "touchStart" and rest:
            visitor.page.wait_for_timeout(rest)
    client.detach()


def test_a_finger_drags_a_handle_and_a_long_press_sets_another(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    before, pins = visitor.decoded_pixels(), visitor.query()["pins"]
    x, y = centre(visitor.handles.first)
    moves = [("touchMove", x + 8 * i, y + 4 * i) for i in range(1, 9)]
    touch(visitor, ("touchStart", x, y), *moves, ("touchEnd", 0, 0))
    visitor.until_decoded_differs(before)
    visitor.until_query(lambda query: query["pins"] != pins)
    empty = places.empty((centre(visitor.handles.first),))
    touch(visitor, ("touchStart", *empty), ("touchEnd", 0, 0), rest=800)
    expect(visitor.handles).to_have_count(2)
    visitor.until_query(lambda query: ";" in query["pins"])
