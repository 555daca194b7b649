"""Every control has a name and a place in the tab order, and text has contrast: axe-core's rules of WCAG 2.1 A and AA,
in both themes, for what the app itself draws."""

from __future__ import annotations

from functools import partial
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from explorer.ui.linked.registry import LINKED_VIEWS
from explorer.ui.state import selection
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
Theme = Literal["light", "dark"]


def faults(visitor: Visitor) -> list[str]:
    """Each fault as a line: the rule, and where."""
    found = Axe().run(visitor.rest().page, options=_OPTIONS).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


def opens(shelf: str, query: dict[str, str]) -> bool:
    return query.get("shelf", "gallery") == shelf


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_explore_has_no_fault_whatever_view_is_open(visitor: Visitor, theme: Theme) -> None:
    visitor.page.emulate_media(color_scheme=theme)
    chosen = selection.to_text(selection.of_rows(range(40, 90)))
    visitor.open(f"?model=digits-2d&layers=names,contours,round%20trip&select={chosen}")
    for shelf, name in ((key, each.title) for key, each in LINKED_VIEWS.items()):
        visitor.page.get_by_role("radio", name=name, exact=True).click()
        visitor.until_query(partial(opens, shelf))
        assert faults(visitor) == [], shelf


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_gaps_has_no_fault(visitor: Visitor, theme: Theme) -> None:
    visitor.page.emulate_media(color_scheme=theme)
    visitor.open("?model=digits-2d", path="/gaps")
    assert faults(visitor) == []


def test_the_bound_has_no_fault(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.address}/bound?model=digits-2d")
    expect(visitor.page.get_by_test_id("fitted")).to_be_visible()
    assert faults(visitor) == []


def test_the_map_is_reached_and_used_by_the_keyboard_alone(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    visitor.page.get_by_test_id("map-surface").focus()
    keys, before = visitor.page.keyboard, visitor.decoded_pixels()
    keys.press("Tab")
    expect(visitor.handles.first).to_be_focused()
    for _ in range(4):
        keys.press("Shift+ArrowRight")
    visitor.until_decoded_differs(before)
    names = [
        b.get_attribute("aria-label") or ""
        for b in visitor.map.get_by_role("toolbar").get_by_role("button").all()
    ]
    assert len(names) >= 12
    assert all(names)
    keys.press("Tab")
    expect(visitor.page.get_by_test_id("map-pan")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(visitor.page.get_by_test_id("map-lasso")).to_have_attribute("aria-pressed", "true")
