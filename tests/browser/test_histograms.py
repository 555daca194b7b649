"""The histograms: a range brushed with mouse or keys is the selection, added to it or taken out of it."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from explorer.ui.linked.histograms.histograms import N_BINS, bins_of
from explorer.ui.state import selection
from explorer.workspace import Entry
from tests.browser.conftest import Arrive
from tests.browser.visitor import Visitor, box_of

pytestmark = pytest.mark.browser

DIGITS = "?model=digits-2d&shelf=histograms"
# The drawing's margins.
LEFT, RIGHT = 40, 8


def opened(visitor: Visitor, query: str = DIGITS) -> Visitor:
    visitor.open(query)
    expect(visitor.page.get_by_test_id("histograms")).to_have_attribute("data-ready", "true")
    return visitor


def panel(visitor: Visitor, column: str) -> Locator:
    return visitor.page.locator(f'[data-testid="histogram"][data-column="{column}"]')


def plot(visitor: Visitor, column: str) -> Locator:
    return panel(visitor, column).get_by_test_id("histogram-plot")


def at_bin(visitor: Visitor, column: str, i: int) -> tuple[float, float]:
    """The middle of a bin on the screen."""
    box = box_of(plot(visitor, column))
    step = (box["width"] - LEFT - RIGHT) / N_BINS
    return box["x"] + LEFT + (i + 0.5) * step, box["y"] + box["height"] / 2


def brush(visitor: Visitor, column: str, first: int, last: int, key: str | None = None) -> None:
    plot(visitor, column).scroll_into_view_if_needed()
    mouse, keys = visitor.page.mouse, visitor.page.keyboard
    if key:
        keys.down(key)
    mouse.move(*at_bin(visitor, column, first))
    mouse.down()
    mouse.move(*at_bin(visitor, column, last), steps=6)
    mouse.up()
    if key:
        keys.up(key)


def rows_in(entry: Entry, column: str, first: int, last: int) -> set[int]:
    """Rows whose value is in some bins, counted without the app."""
    edges = bins_of(entry, column).edges
    values = np.asarray(entry.atlas.columns([column])[column], np.float64)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, N_BINS - 1)
    return set(np.flatnonzero((bins >= first) & (bins <= last)).tolist())


def until_selected(visitor: Visitor, rows: set[int]) -> None:
    """Waits until heading, map and link have a selection."""
    words = f"{len(rows):,} of 355" if rows else "Nothing of 355"
    expect(visitor.page.get_by_test_id("histograms-headline")).to_contain_text(words)
    expect(visitor.map).to_have_attribute("data-selected", str(len(rows)))
    wanted = selection.to_text(selection.of_rows(sorted(rows))) if rows else None
    visitor.until_query(lambda query: query.get("select") == wanted)


def test_a_brushed_range_is_the_selection_and_is_heard_of_on_release_only(
    visitor: Visitor, digits: Entry
) -> None:
    opened(visitor).rest()
    expected, n_reruns = rows_in(digits, "gap_nats", 2, 12), visitor.n_reruns
    mouse = visitor.page.mouse
    plot(visitor, "gap_nats").scroll_into_view_if_needed()
    mouse.move(*at_bin(visitor, "gap_nats", 2))
    mouse.down()
    mouse.move(*at_bin(visitor, "gap_nats", 12), steps=8)
    readout = panel(visitor, "gap_nats").get_by_test_id("histogram-readout")
    expect(readout).to_contain_text(f"nats · {len(expected)} examples")
    assert visitor.n_reruns == n_reruns
    mouse.up()
    until_selected(visitor, expected)
    expect(readout).to_have_text(re.compile(r"^[\d.]+ to [\d.]+ nats$"))
    expect(panel(visitor, "gap_nats").locator(".lh-band")).to_be_visible()
    assert visitor.faults == []


def test_shift_adds_and_alt_removes(visitor: Visitor, digits: Entry) -> None:
    opened(visitor)
    brush(visitor, "elbo_nats", 5, 15)
    chosen = rows_in(digits, "elbo_nats", 5, 15)
    until_selected(visitor, chosen)
    brush(visitor, "ess", 30, 39, "Shift")
    chosen |= rows_in(digits, "ess", 30, 39)
    until_selected(visitor, chosen)
    brush(visitor, "kl_nats", 10, 0, "Alt")
    chosen -= rows_in(digits, "kl_nats", 0, 10)
    until_selected(visitor, chosen)
    expect(panel(visitor, "kl_nats").get_by_test_id("histogram-readout")).to_contain_text("removed: up to")
    expect(panel(visitor, "elbo_nats").locator(".lh-band")).to_be_hidden()


def test_buttons_do_what_the_keys_do(visitor: Visitor, digits: Entry) -> None:
    opened(visitor)
    brush(visitor, "log_px_nats", 0, 20)
    chosen = rows_in(digits, "log_px_nats", 0, 20)
    until_selected(visitor, chosen)
    visitor.page.get_by_test_id("histograms-remove").click()
    brush(visitor, "log_px_nats", 10, 39)
    chosen -= rows_in(digits, "log_px_nats", 10, 39)
    until_selected(visitor, chosen)
    visitor.page.get_by_test_id("histograms-add").click()
    visitor.page.mouse.click(*at_bin(visitor, "gap_nats", 3))  # clears only where ranges replace
    brush(visitor, "pareto_k", 3, 4)
    chosen |= rows_in(digits, "pareto_k", 3, 4)
    until_selected(visitor, chosen)


def test_a_click_clears_and_a_step_back_brings_the_range_again(visitor: Visitor, digits: Entry) -> None:
    opened(visitor)
    brush(visitor, "gap_nats", 3, 9)
    chosen = rows_in(digits, "gap_nats", 3, 9)
    until_selected(visitor, chosen)
    visitor.page.mouse.click(*at_bin(visitor, "ess", 20))
    until_selected(visitor, set())
    expect(panel(visitor, "gap_nats").locator(".lh-band")).to_be_hidden()
    visitor.page.keyboard.press("ControlOrMeta+z")
    until_selected(visitor, chosen)


def test_escape_drops_what_is_being_drawn_and_nothing_else(visitor: Visitor, digits: Entry) -> None:
    opened(visitor)
    brush(visitor, "gap_nats", 3, 9)
    chosen = rows_in(digits, "gap_nats", 3, 9)
    until_selected(visitor, chosen)
    visitor.page.mouse.move(*at_bin(visitor, "ess", 3))
    visitor.page.mouse.down()
    visitor.page.mouse.move(*at_bin(visitor, "ess", 13), steps=4)
    visitor.page.keyboard.press("Escape")
    visitor.page.mouse.up()
    expect(panel(visitor, "ess").locator(".lh-band")).to_be_hidden()
    until_selected(visitor, chosen)


def test_the_keys_move_widen_and_select_a_range(visitor: Visitor, digits: Entry) -> None:
    opened(visitor)
    keys, field = visitor.page.keyboard, plot(visitor, "kl_nats")
    field.focus()
    expect(field).to_have_role("slider")
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+PageUp"):
        keys.press(key)
    chosen = rows_in(digits, "kl_nats", 1, 7)
    expect(field).to_have_attribute("aria-valuetext", re.compile(f"{len(chosen)} examples"))
    until_selected(visitor, set())
    keys.press("Enter")
    until_selected(visitor, chosen)
    keys.press("ArrowRight")
    keys.press("Enter")
    until_selected(visitor, rows_in(digits, "kl_nats", 2, 8))
    keys.press("Delete")
    until_selected(visitor, set())


def test_ends_and_units_are_said(visitor: Visitor) -> None:
    opened(visitor, f"{DIGITS}&units=bits")
    expect(panel(visitor, "elbo_nats")).to_contain_text("ELBO, bits/dim")
    expect(visitor.page.get_by_test_id("histograms")).to_contain_text(
        "collect what lies beyond the 2% and 98% quantiles"
    )
    brush(visitor, "gap_nats", 30, 39)
    expect(panel(visitor, "gap_nats").get_by_test_id("histogram-readout")).to_have_text(
        re.compile(r"^from 0\.\d{4} bits/dim$")
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_hold_in_a_narrow_window(arrive: Arrive, shipped_address: str, scheme) -> None:
    visitor = arrive(shipped_address, size=(820, 1180))
    visitor.page.emulate_media(color_scheme=scheme)
    opened(visitor)
    frame = box_of(visitor.page.get_by_test_id("histograms"))
    for column in ("gap_nats", "ess"):
        inner = box_of(plot(visitor, column))
        assert inner["width"] >= 200
        assert inner["x"] + inner["width"] <= frame["x"] + frame["width"] + 1
    # No tick is cut off or lies over another.
    boxes = [box_of(tick) for tick in panel(visitor, "elbo_nats").locator('text[text-anchor="middle"]').all()]
    assert len(boxes) >= 2
    assert all(a["x"] + a["width"] < b["x"] for a, b in pairwise(boxes))
