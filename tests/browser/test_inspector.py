"""The numbers of one example: honest text, one switch for the unit, and a K that runs, stops and keeps."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from explorer.show.numbers import Units
from explorer.ui.example import stored_score
from explorer.ui.inspector.bound_curve import CHOICES, FIRST_SAMPLES
from explorer.ui.inspector.gap_parts import PARTS
from explorer.workspace import Entry
from tests.browser.visitor import PATIENCE_MS, Visitor

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"(−?)([\d,]+\.\d+)(?: ± ([\d,]+\.\d+))?")
_LAST_K = """figure => {
  const plot = figure.querySelector(".js-plotly-plot");
  const line = plot?._fullData?.find(trace => trace.mode === "lines+markers");
  return line ? Math.max(...line.x) : 0;
}"""
NAMES = ("ELBO", "log-p", "gap", "rate", "distortion")


def read(visitor: Visitor, name: str) -> tuple[float, float]:
    """A number of the inspector and its error (nan where it has none), from its text."""
    text = visitor.figure(name).inner_text()
    match = NUMBER.fullmatch(text)
    assert match, f"{name} reads {text!r}"
    value = float(match[2].replace(",", ""))
    return (-value if match[1] else value), float((match[3] or "nan").replace(",", ""))


def drawn(visitor: Visitor) -> int:
    """The last K of the curve as it is on the screen; 0 while there is none."""
    return int(visitor.page.get_by_role("figure", name="L_K against").evaluate(_LAST_K))


def until_drawn(visitor: Visitor, holds: Callable[[int], bool]) -> int:
    """Waits for the curve to reach a K."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds(found := drawn(visitor)):
        assert time.monotonic() < deadline, f"the curve still ends at {found}"
        visitor.page.wait_for_timeout(100)
    return found


def turn(visitor: Visitor, way: str) -> None:
    """To the next or the previous example, by the button's name."""
    before = visitor.heading.inner_text()
    visitor.page.get_by_role("button", name=f"{way} example", exact=True).click()
    expect(visitor.heading).not_to_have_text(before)


def choose_draws(visitor: Visitor, n_samples: int) -> None:
    slider = visitor.page.get_by_role("slider", name="Draws K")
    slider.focus()
    slider.press("Home")
    for _ in range(CHOICES[1:].index(n_samples)):
        slider.press("ArrowRight")
    expect(visitor.page.locator(".st-key-n_samples")).to_contain_text(f"{n_samples:,}")
    visitor.rest()


def unfold(visitor: Visitor, section: str) -> Locator:
    """Opens a folded section."""
    fold = visitor.page.locator(f".st-key-{section}")
    fold.locator("summary").click()
    return fold


def test_the_gap_is_what_lies_between_the_elbo_and_log_p(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    for _ in range(2):
        elbo, log_px, gap = (read(visitor, name)[0] for name in ("ELBO", "log-p", "gap"))
        assert elbo < log_px < 0
        assert gap == pytest.approx(log_px - elbo, abs=0.0151)
        rate, distortion = read(visitor, "rate")[0], read(visitor, "distortion")[0]
        # The ELBO is the sampled one, whose error this is.
        assert -(rate + distortion) == pytest.approx(elbo, abs=5 * read(visitor, "ELBO")[1] + 0.02)
        turn(visitor, "next")
        visitor.rest()


def test_one_switch_turns_every_number_into_bits_a_dimension(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    nats = {name: read(visitor, name)[0] for name in NAMES}
    visitor.page.get_by_text("bits/dim instead of nats").click()
    expect(visitor.page.get_by_text(re.compile("KL by latent dimension, bits/dim")).first).to_be_visible()
    for name in NAMES:
        assert read(visitor, name)[0] == pytest.approx(nats[name] / (64 * math.log(2)), abs=2e-4), name
    visitor.until_query(lambda query: query.get("units") == "bits")


def test_what_is_shown_is_what_is_stored(visitor: Visitor, digits: Entry) -> None:
    visitor.open("?model=digits-2d")
    found = stored_score.read(digits, int(digits.dataset.example_ids[0]))
    units = Units(64, False)
    expect(visitor.figure("log-p")).to_have_text(units.text(found.log_px_nats, found.log_px_se))
    expect(visitor.figure("gap")).to_have_text(units.text(found.gap_nats, found.gap_se))
    expect(visitor.figure("papers")).to_have_text(
        units.text(found.encoder_log_px_nats, found.encoder_log_px_se)
    )
    low, high = (units.text(v) for v in (found.log_px_low_nats, found.log_px_high_nats))
    expect(visitor.figure("interval")).to_have_text(f"{low} to {high}")
    certain = visitor.page.get_by_test_id("certain")
    expect(certain).to_contain_text(f"log p(x) > {units.text(found.log_px_nats + math.log(0.05))} with 95%")


def test_an_example_that_is_not_trusted_is_hollow(visitor: Visitor, digits: Entry) -> None:
    doubted = np.flatnonzero(digits.atlas.columns(["trust"])["trust"] == "unreliable")
    assert len(doubted), "the shipped digits have some"
    visitor.open(f"?model=digits-2d&example={digits.dataset.example_ids[doubted[0]]}")
    expect(visitor.page.get_by_test_id("verdict")).to_contain_text("Not trusted")
    for name in ("log-p", "gap"):
        expect(visitor.figure(name)).to_have_text(re.compile("^○"))
    expect(visitor.page.locator(".lx-bound .lx-hollow")).to_have_count(1)


def test_more_draws_are_made_on_demand_and_kept(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    unfold(visitor, "running")
    until_drawn(visitor, lambda k: k == FIRST_SAMPLES)
    stored = visitor.figure("log-p").inner_text()
    choose_draws(visitor, 2_048)
    visitor.page.locator(".st-key-start button").click()
    until_drawn(visitor, lambda k: k == 2_048)
    expect(visitor.figure("log-p")).to_have_text(stored)
    # Another example and back: what was computed is still there.
    turn(visitor, "next")
    until_drawn(visitor, lambda k: k == FIRST_SAMPLES)
    turn(visitor, "previous")
    until_drawn(visitor, lambda k: k == 2_048)


def test_a_long_run_shows_its_progress_and_stops_with_what_it_reached(visitor: Visitor) -> None:
    visitor.open("?model=fashion-mnist-16d")
    unfold(visitor, "running")
    choose_draws(visitor, 100_000)
    visitor.page.locator(".st-key-start button").click()
    bar = visitor.page.get_by_test_id("stProgress")
    expect(bar).to_have_text(re.compile(r"[1-9],?\d{3} draws"))
    # The page is still there for the hand.
    visitor.handles.first.scroll_into_view_if_needed()
    before = visitor.decoded_pixels()
    visitor.drag_out(visitor.handles.first, -30, 20)
    visitor.until_decoded_differs(before)
    visitor.page.mouse.up()
    visitor.page.locator(".st-key-stop_bound button").click()
    expect(bar).to_have_count(0)
    expect(visitor.page.locator(".st-key-start button")).to_be_visible()
    assert FIRST_SAMPLES < until_drawn(visitor, lambda k: k > FIRST_SAMPLES) < 100_000


def test_the_gap_comes_apart_into_parts_that_add_up(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    unfold(visitor, "split")
    parts = {}
    for name in (*PARTS, "gap"):
        cell = visitor.page.get_by_test_id(f"split-{name}")
        expect(cell).to_have_text(NUMBER)
        match = NUMBER.fullmatch(cell.inner_text())
        assert match is not None
        parts[name] = (-1 if match[1] else 1) * float(match[2]), float(match[3])
    total = sum(parts[name][0] for name in PARTS)
    assert total == pytest.approx(parts["gap"][0], abs=0.0201)
    assert parts["gap"] == pytest.approx(read(visitor, "gap"))
    for name in PARTS:
        assert parts[name][0] > -4 * parts[name][1] - 0.01, name
    # Kept for the session: the same numbers after another example and back.
    before = visitor.page.locator(".lx-split").inner_text()
    turn(visitor, "next")
    turn(visitor, "previous")
    expect(visitor.page.locator(".lx-split")).to_have_text(before, use_inner_text=True)


def test_the_posterior_of_two_dimensions_is_exact(visitor: Visitor, digits: Entry) -> None:
    visitor.open("?model=digits-2d")
    fold = unfold(visitor, "posterior")
    caption = visitor.page.get_by_test_id("posterior-caption")
    expect(caption).to_contain_text("Exact")
    expect(fold.get_by_role("figure", name="posterior").locator(".contourlayer path").first).to_be_attached()
    match = re.search(r"log p\(x\) −([\d.]+) nats", caption.inner_text())
    assert match is not None
    found = stored_score.read(digits, int(digits.dataset.example_ids[0]))
    assert -float(match[1]) == pytest.approx(found.log_px_nats, abs=5 * found.log_px_se + 0.006)


def test_what_has_the_keyboard_is_outlined(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    button = visitor.page.get_by_role("button", name="next example", exact=True)
    visitor.page.get_by_role("button", name="previous example", exact=True).focus()
    visitor.page.keyboard.press("Tab")
    expect(button).to_be_focused()
    expect(button).to_have_css("outline-style", "solid")
    before = visitor.heading.inner_text()
    visitor.page.keyboard.press("Enter")
    expect(visitor.heading).not_to_have_text(before)


def test_the_badge_says_whether_the_model_was_calibrated(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    expect(visitor.sidebar.get_by_test_id("calibration")).to_contain_text("calibrated")
