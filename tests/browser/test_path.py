"""A path between two pins: its frames, its slider, its kinds, its film, and what is taken home from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from explorer.ui.path.computation import N_FRAMES
from explorer.workspace import Entry
from tests.browser.places import Places
from tests.browser.visitor import Visitor, centre

pytestmark = pytest.mark.browser

# Two places at right angles seen from the origin, where the two kinds of path differ.
TWO_PINS = "?model=digits-2d&pins=@-2,0.2;@0.2,2"


def frames(visitor: Visitor) -> Locator:
    return visitor.page.get_by_test_id("path-strip").locator("img")


def sources(visitor: Visitor) -> list[str]:
    return [visitor.image(frame) for frame in frames(visitor).all()]


def marked(visitor: Visitor) -> Locator:
    """The frame that the slider is on."""
    return visitor.page.get_by_test_id("path-strip").locator(".lx-now img")


def saved(visitor: Visitor, key: str) -> Path:
    with visitor.page.expect_download() as download:
        visitor.page.locator(f".st-key-{key} button").click()
    return download.value.path()


def test_shift_clicks_make_a_path_of_eleven_frames(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open("?model=digits-2d"), digits, "axes:0,1")
    first, second = places.lonely()[:2]
    visitor.page.mouse.click(*places.of_example(first))
    expect(visitor.heading).to_contain_text(f"example {first}")
    expect(frames(visitor)).to_have_count(0)
    visitor.page.keyboard.down("Shift")
    visitor.page.mouse.click(*places.of_example(second))
    visitor.page.keyboard.up("Shift")

    expect(frames(visitor)).to_have_count(N_FRAMES)
    expect(visitor.handles).to_have_count(2)
    expect(visitor.page.get_by_test_id("map-path")).not_to_have_attribute("points", "")
    # It begins at the selected example's handle and ends at the other's.
    assert sources(visitor)[0] != sources(visitor)[-1]
    pins = visitor.until_query(lambda query: ";" in query["pins"])["pins"].split(";")
    assert [pin.split("@")[0] for pin in pins] == [str(first), str(second)]


def test_the_slider_moves_along_the_frames_and_the_profiles(visitor: Visitor) -> None:
    visitor.open(TWO_PINS)
    expect(marked(visitor)).to_have_attribute("alt", f"frame 1 of {N_FRAMES}")
    quantities = (
        "Fisher-Rao length of a step",
        "log p(z), nats",
        "distance to the data",
        "ELBO of the decoded frame",
    )
    for name in quantities:
        expect(visitor.page.get_by_role("figure", name=name)).to_be_visible()
    slider = visitor.page.get_by_role("slider", name="along the path")
    slider.focus()
    slider.press("ArrowRight")
    expect(marked(visitor)).to_have_attribute("alt", f"frame 2 of {N_FRAMES}")
    slider.press("End")
    expect(marked(visitor)).to_have_attribute("alt", f"frame {N_FRAMES} of {N_FRAMES}")


def test_a_drag_of_one_end_draws_the_path_anew(visitor: Visitor) -> None:
    visitor.open(TWO_PINS)
    expect(frames(visitor)).to_have_count(N_FRAMES)
    before = sources(visitor)
    visitor.drag_out(visitor.handles.nth(1), 60, 100)
    visitor.page.mouse.up()
    visitor.until_image_differs(frames(visitor).last, before[-1])
    assert sources(visitor)[0] == before[0]


def test_a_spherical_path_is_another_way_between_the_same_ends(visitor: Visitor) -> None:
    visitor.open(TWO_PINS)
    expect(frames(visitor)).to_have_count(N_FRAMES)
    straight = sources(visitor)
    visitor.page.get_by_role("radio", name="spherical", exact=True).click()
    visitor.until_image_differs(frames(visitor).nth(N_FRAMES // 2), straight[N_FRAMES // 2])
    bent = sources(visitor)
    assert (bent[0], bent[-1]) == (straight[0], straight[-1])
    visitor.until_query(lambda query: query.get("path") == "spherical")
    course = visitor.page.get_by_test_id("map-path").get_attribute("points") or ""
    assert len(course.split()) > 10

    visitor.page.get_by_role("radio", name="linear", exact=True).click()
    visitor.until_image_differs(frames(visitor).nth(N_FRAMES // 2), bent[N_FRAMES // 2])
    assert sources(visitor) == straight


@pytest.mark.parametrize("kind", ["graph", "geodesic"])
def test_a_path_that_takes_work_is_found_and_drawn(visitor: Visitor, kind: str) -> None:
    visitor.open(TWO_PINS)
    expect(frames(visitor)).to_have_count(N_FRAMES)
    straight = sources(visitor)
    visitor.page.get_by_role("radio", name=kind, exact=True).click()
    row = visitor.page.get_by_test_id(f"length-{kind}")
    expect(row).to_have_attribute("aria-current", "true")
    expect(visitor.page.get_by_test_id("path-stands-in")).to_have_count(0)
    visitor.until_image_differs(frames(visitor).nth(N_FRAMES // 2), straight[N_FRAMES // 2])
    bent = sources(visitor)
    assert (bent[0], bent[-1]) == (straight[0], straight[-1])
    visitor.until_query(lambda query: query.get("path") == kind)
    course = visitor.page.get_by_test_id("map-path").get_attribute("points") or ""
    assert len(course.split()) > 10
    # The others stay beside it, to compare.
    expect(visitor.page.get_by_test_id("path-lengths").get_by_role("rowheader")).to_have_count(
        4 if kind == "geodesic" else 3
    )


def test_the_film_plays_after_a_press_and_stops_after_another(visitor: Visitor) -> None:
    visitor.open(TWO_PINS)
    expect(frames(visitor)).to_have_count(N_FRAMES)
    film = visitor.page.get_by_test_id("path-film")
    expect(film).to_have_count(0)
    visitor.page.get_by_role("button", name="Play").click()
    expect(film).to_be_visible()
    first = film.screenshot()
    visitor.page.wait_for_timeout(700)
    assert film.screenshot() != first
    visitor.page.get_by_role("button", name="Stop").click()
    expect(film).to_have_count(0)


def test_the_path_is_taken_home_as_png_and_gif_and_then_cleared(visitor: Visitor) -> None:
    visitor.open(TWO_PINS)
    expect(frames(visitor)).to_have_count(N_FRAMES)
    with Image.open(saved(visitor, "path_png")) as strip:
        assert strip.format == "PNG"
        assert strip.width > N_FRAMES * strip.height
        assert np.asarray(strip.convert("L")).std() > 1
    with Image.open(saved(visitor, "path_gif")) as film:
        assert film.format == "GIF"
        assert getattr(film, "n_frames", 1) > N_FRAMES
        assert film.info["loop"] == 0

    kept = centre(visitor.handles.first)
    visitor.page.locator(".st-key-clear_path button").click()
    expect(frames(visitor)).to_have_count(0)
    expect(visitor.handles).to_have_count(1)
    assert centre(visitor.handles.first) == pytest.approx(kept, abs=1)
    visitor.until_query(lambda query: ";" not in query["pins"])
