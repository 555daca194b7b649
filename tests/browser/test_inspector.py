"""The numbers of one example: honest text, one switch for the unit, and a K that runs, stops and keeps."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import expect

from explorer.ui.running import CHOICES, FIRST_SAMPLES
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"(−?)([\d,]+\.\d+)(?: ± ([\d,]+\.\d+))?")
NAMES = ("ELBO", "log-p", "gap", "rate", "distortion")


def read(visitor: Visitor, name: str) -> tuple[float, float]:
    """A number of the inspector and its error (nan where it has none), from its text."""
    text = visitor.figure(name).inner_text()
    match = NUMBER.fullmatch(text)
    assert match, f"{name} reads {text!r}"
    value = float(match[2].replace(",", ""))
    return (-value if match[1] else value), float((match[3] or "nan").replace(",", ""))


def n_draws(visitor: Visitor) -> int:
    """The K that the verdict speaks of."""
    match = re.search(r"of ([\d,]+)$", visitor.page.get_by_test_id("verdict").inner_text())
    assert match is not None
    return int(match[1].replace(",", ""))


def choose_draws(visitor: Visitor, n_samples: int) -> None:
    slider = visitor.page.get_by_role("slider", name="Draws K")
    slider.focus()
    slider.press("Home")
    for _ in range(CHOICES[1:].index(n_samples)):
        slider.press("ArrowRight")
    expect(visitor.page.locator(".st-key-n_samples")).to_contain_text(f"{n_samples:,}")
    visitor.rest()


def test_the_gap_is_what_lies_between_the_elbo_and_log_p(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    for _ in range(2):
        elbo, log_px, gap = (read(visitor, name)[0] for name in ("ELBO", "log-p", "gap"))
        assert elbo < log_px < 0
        assert gap == pytest.approx(log_px - elbo, abs=0.0151)
        rate, distortion = read(visitor, "rate")[0], read(visitor, "distortion")[0]
        # The ELBO is the sampled one, whose error this is.
        assert -(rate + distortion) == pytest.approx(elbo, abs=5 * read(visitor, "ELBO")[1] + 0.02)
        before = visitor.heading.inner_text()
        visitor.page.get_by_role("button", name="chevron_right icon").click()
        expect(visitor.heading).not_to_have_text(before)
        visitor.rest()


def test_one_switch_turns_every_number_into_bits_a_dimension(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    nats = {name: read(visitor, name)[0] for name in NAMES}
    visitor.page.get_by_text("bits/dim instead of nats").click()
    expect(visitor.page.get_by_text(re.compile("KL by latent dimension, bits/dim")).first).to_be_visible()
    for name in NAMES:
        assert read(visitor, name)[0] == pytest.approx(nats[name] / (64 * math.log(2)), abs=2e-4), name
    visitor.until_query(lambda query: query.get("units") == "bits")


def test_more_draws_are_made_on_demand_and_kept(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d")
    assert n_draws(visitor) == FIRST_SAMPLES
    before = visitor.figure("log-p").inner_text()
    choose_draws(visitor, 8_192)
    visitor.page.locator(".st-key-start button").click()
    expect(visitor.page.get_by_test_id("verdict")).to_contain_text("of 8,192")
    expect(visitor.figure("log-p")).not_to_have_text(before)
    assert "±" in visitor.figure("gap").inner_text()
    # Another example and back: what was computed is still there.
    shown = visitor.heading.inner_text()
    visitor.page.get_by_role("button", name="chevron_right icon").click()
    expect(visitor.heading).not_to_have_text(shown)
    visitor.page.get_by_role("button", name="chevron_left icon").click()
    expect(visitor.heading).to_have_text(shown)
    expect(visitor.page.get_by_test_id("verdict")).to_contain_text("of 8,192")


def test_a_long_run_shows_its_progress_and_stops_with_what_it_reached(visitor: Visitor) -> None:
    visitor.open("?model=fashion-mnist-16d")
    choose_draws(visitor, 100_000)
    visitor.page.locator(".st-key-start button").click()
    bar = visitor.page.get_by_test_id("stProgress")
    expect(bar).to_have_text(re.compile(r"[1-9],?\d{3} draws"))
    # The page is still there for the hand.
    before = visitor.decoded_pixels()
    visitor.drag_out(visitor.handles.first, -30, 20)
    visitor.until_decoded_differs(before)
    visitor.page.mouse.up()
    visitor.page.locator(".st-key-stop button").click()
    expect(bar).to_have_count(0)
    expect(visitor.page.locator(".st-key-start button")).to_be_visible()
    expect(visitor.page.get_by_test_id("verdict")).not_to_contain_text(f"of {FIRST_SAMPLES}")
    assert FIRST_SAMPLES < n_draws(visitor) < 100_000
    visitor.rest()
    assert read(visitor, "gap")[0] > 0
