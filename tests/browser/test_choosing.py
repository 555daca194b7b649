"""Selecting on the map: lasso and box, added to and taken from, inverted, undone; and the keys for all that."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.places import Places
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d"
PLANE = "axes:0,1"
Corner = tuple[float, float]


def inside(corners: Sequence[Corner], at: np.ndarray) -> set[int]:
    """Rows whose place (N, 2) lies inside a polygon, by the even-odd rule."""
    x, y = at.T
    is_in = np.zeros(len(at), dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if ay != by:
            is_in ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return set(np.flatnonzero(is_in).tolist())


def corners_of(places: Places, share: float = 0.5) -> list[Corner]:
    """A star in the middle of the map: neither convex nor parallel to anything."""
    middle, reach = (places.low + places.high) / 2, (places.high - places.low).min() / 2
    turns = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = np.where(np.arange(10) % 2, 0.45, 1.0) * reach * share * 2
    return [
        (middle[0] + r * np.cos(t), middle[1] + r * np.sin(t)) for t, r in zip(turns, radius, strict=True)
    ]


def draw(visitor: Visitor, corners: Sequence[Corner]) -> None:
    mouse = visitor.page.mouse
    mouse.move(*corners[0])
    mouse.down()
    for corner in corners[1:]:
        mouse.move(*corner, steps=3)
    mouse.up()


def until_selected(visitor: Visitor, rows: set[int]) -> None:
    """Waits for a selection: on the map, in the URL, in words."""
    expect(visitor.map).to_have_attribute("data-selected", str(len(rows)))
    wanted = selection.to_text(selection.of_rows(sorted(rows))) if rows else None
    visitor.until_query(lambda query: query.get("select") == wanted)
    if rows:
        expect(visitor.page.get_by_test_id("map-footer")).to_contain_text(f"{len(rows):,} selected")


def near_edge(corners: Sequence[Corner], at: np.ndarray) -> set[int]:
    """Rows within a pixel of the outline, which rounding may put on either side."""
    found: set[int] = set()
    for a, b in zip(np.array(corners), np.array([*corners[1:], corners[0]]), strict=True):
        t = np.clip(((at - a) @ (b - a)) / max((b - a) @ (b - a), 1e-9), 0, 1)
        found |= set(np.flatnonzero(np.linalg.norm(at - (a + t[:, None] * (b - a)), axis=1) < 2.5).tolist())
    return found


def selected_rows(visitor: Visitor, entry: Entry) -> set[int]:
    """What the URL says is selected, once it says so."""
    query = visitor.until_query(lambda query: "select" in query)
    return set(selection.rows(selection.from_text(query["select"], entry.atlas.n_examples)).tolist())


def test_a_lasso_selects_what_it_goes_round(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    visitor.page.get_by_test_id("map-lasso").click()
    corners, n_reruns = corners_of(places), visitor.n_reruns
    draw(visitor, corners)
    found, expected = selected_rows(visitor, digits), inside(corners, places.at)
    assert 10 < len(expected) < len(places.at) - 10
    assert found ^ expected <= near_edge(corners, places.at)
    until_selected(visitor, found)
    visitor.rest()
    assert visitor.n_reruns == n_reruns + 1


def box(places: Places, x0: float, x1: float) -> list[Corner]:
    """A rectangle over some of the map's width."""
    (left, top), (right, bottom) = places.low, places.high
    return [
        (left + x0 * (right - left), top),
        (left + x1 * (right - left), bottom),
    ]


def boxed(corners: Sequence[Corner], at: np.ndarray) -> set[int]:
    (x0, y0), (x1, y1) = corners
    return set(np.flatnonzero((at[:, 0] > x0) & (at[:, 0] < x1) & (at[:, 1] > y0) & (at[:, 1] < y1)).tolist())


def test_a_box_selects_and_shift_adds_and_alt_takes_away(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    visitor.page.keyboard.press("b")
    expect(visitor.page.get_by_test_id("map-box")).to_have_attribute("aria-pressed", "true")
    left, right, middle = box(places, 0.0, 0.4), box(places, 0.6, 1.0), box(places, 0.2, 0.8)
    draw(visitor, left)
    until_selected(visitor, boxed(left, places.at))
    visitor.page.keyboard.down("Shift")
    draw(visitor, right)
    visitor.page.keyboard.up("Shift")
    both = boxed(left, places.at) | boxed(right, places.at)
    until_selected(visitor, both)
    visitor.page.keyboard.down("Alt")
    draw(visitor, middle)
    visitor.page.keyboard.up("Alt")
    until_selected(visitor, both - boxed(middle, places.at))


def test_a_selection_is_inverted_undone_redone_and_cleared_by_keys(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    everything = set(range(len(places.at)))
    visitor.page.keyboard.press("b")
    corners = box(places, 0.3, 0.7)
    chosen = boxed(corners, places.at)
    draw(visitor, corners)
    until_selected(visitor, chosen)
    keys = visitor.page.keyboard
    keys.press("i")
    until_selected(visitor, everything - chosen)
    keys.press("Control+z")
    until_selected(visitor, chosen)
    keys.press("Control+z")
    until_selected(visitor, set())
    keys.press("Control+Shift+z")
    until_selected(visitor, chosen)
    keys.press("Escape")
    until_selected(visitor, set())
    visitor.page.get_by_test_id("map-undo").click()
    until_selected(visitor, chosen)
    visitor.page.get_by_test_id("map-redo").click()
    until_selected(visitor, set())


def test_escape_drops_an_outline_that_is_being_drawn(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(DIGITS), digits, PLANE)
    visitor.page.keyboard.press("l")
    mouse, corners = visitor.page.mouse, corners_of(places)
    mouse.move(*corners[0])
    mouse.down()
    for corner in corners[1:4]:
        mouse.move(*corner, steps=3)
    outline = visitor.page.get_by_test_id("map-outline")
    expect(outline).to_have_attribute("visibility", "visible")
    visitor.page.keyboard.press("Escape")
    expect(outline).to_have_attribute("visibility", "hidden")
    mouse.up()
    expect(visitor.map).to_have_attribute("data-selected", "0")


def test_what_is_not_selected_stays_in_sight_in_grey(visitor: Visitor, digits: Entry) -> None:
    places = Places.of(visitor.open(f"{DIGITS}&layers="), digits, PLANE)
    far = places.lonely()[0]
    x, y = places.of_example(far)
    coloured = colour_at(visitor, x, y)
    row = digits.atlas.row(far)
    others = sorted(set(range(len(places.at))) - {row})
    visitor.open(f"{DIGITS}&layers=&select={selection.to_text(selection.of_rows(others))}")
    expect(visitor.map).to_have_attribute("data-selected", str(len(others)))
    red, green, blue = colour_at(visitor, x, y)
    assert max(coloured) - min(coloured) > 40
    assert max(red, green, blue) - min(red, green, blue) < 25
    assert max(red, green, blue) < 245


def colour_at(visitor: Visitor, x: float, y: float) -> tuple[int, int, int]:
    """The colour of a pixel of the window."""
    import io

    from PIL import Image

    visitor.page.mouse.move(2, 2)
    shot = visitor.page.screenshot(clip={"x": round(x), "y": round(y), "width": 1, "height": 1})
    with Image.open(io.BytesIO(shot)) as picture:
        red, green, blue = picture.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    return red, green, blue


def test_keys_are_left_to_whoever_writes(visitor: Visitor) -> None:
    visitor.open(DIGITS)
    writing = visitor.page.get_by_role("combobox", name="Colour", exact=True)
    writing.focus()
    visitor.page.keyboard.type("lb")
    expect(visitor.page.get_by_test_id("map-pan")).to_have_attribute("aria-pressed", "true")
    visitor.page.keyboard.press("Escape")


def test_a_question_mark_lists_all_keys_and_escape_closes_the_list(visitor: Visitor) -> None:
    visitor.open(DIGITS)
    sheet = visitor.page.get_by_test_id("map-keys-sheet")
    expect(sheet).not_to_be_visible()
    visitor.page.keyboard.press("?")
    expect(sheet).to_be_visible()
    for words in ("Undo", "Invert the selection", "Lasso", "Send it home"):
        expect(sheet).to_contain_text(re.compile(words, re.IGNORECASE))
    visitor.page.keyboard.press("Escape")
    expect(sheet).not_to_be_visible()


def test_the_legend_turns_labels_on_and_off(visitor: Visitor, digits: Entry) -> None:
    visitor.open(DIGITS)
    swatch = visitor.page.get_by_test_id("map-legend").get_by_role("button", name="3", exact=True)
    swatch.click()
    wanted = ",".join(str(i) for i in range(10) if i != 3)
    visitor.until_query(lambda query: query.get("labels") == wanted)
    n_others = int((digits.dataset.labels != 3).sum())
    expect(visitor.page.get_by_test_id("map-footer")).to_contain_text(f"{n_others} of 355 examples")
    # The sidebar shows the same.
    pills = visitor.sidebar.get_by_role("button", name="3", exact=True)
    expect(pills).not_to_have_attribute("kind", re.compile("Active"))
    swatch.click()
    visitor.until_query(lambda query: "labels" not in query)
    expect(visitor.page.get_by_test_id("map-footer")).to_contain_text("355 examples")


def test_a_link_brings_the_selection_back(visitor: Visitor) -> None:
    rows = set(range(3, 200, 7))
    visitor.open(f"{DIGITS}&select={selection.to_text(selection.of_rows(sorted(rows)))}")
    until_selected(visitor, rows)
