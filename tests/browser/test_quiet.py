"""A page that nobody touches comes to rest: nothing moves, nothing is asked, and the processor has nothing to do."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.cpu_time import descendants, seconds
from tests.browser.visitor import PATIENCE_MS, READY, Visitor

pytestmark = pytest.mark.browser

# A share of one core, for all processes of browser and server together.
LIMIT = 0.02
WINDOW_SECONDS = 3.0
# A browser collects for some seconds what loading left behind.
SETTLE_SECONDS = 60.0
MOVES = """() => {
  const roots = [document];
  for (const root of roots) {
    roots.push(...[...root.querySelectorAll("*")].flatMap(node => node.shadowRoot ?? []));
  }
  const moving = roots.flatMap(root => root.getAnimations());
  return moving.map(({ animationName, effect }) => [animationName, effect.getTiming().iterations]);
}"""
PULSES = f"""() => {{
  const pulses = ({MOVES})().filter(([name]) => name === "lm-pulse");
  return pulses.length ? pulses : null;
}}"""
RESTS = f"() => ({MOVES})().length === 0"


def comes_to_rest(visitor: Visitor) -> None:
    """Waits until nothing moves and the processor has nothing to do, and looks whether it stays so."""
    visitor.page.wait_for_function(RESTS)
    deadline = time.monotonic() + SETTLE_SECONDS
    shares = [used(WINDOW_SECONDS)]
    while shares[-1] > LIMIT and time.monotonic() < deadline:
        shares.append(used(WINDOW_SECONDS))
    assert shares[-1] <= LIMIT, shares
    # Playwright tells what was sent meanwhile once it is asked for something.
    visitor.page.wait_for_timeout(200)
    n_reruns = visitor.n_reruns
    assert n_frames(visitor.page, 1500) <= 1
    assert visitor.page.evaluate(MOVES) == []
    assert visitor.n_reruns == n_reruns


def used(seconds_long: float) -> float:
    """The share of a core that browser and server use meanwhile: all that this process started but Playwright's own."""
    before, began = seconds(descendants(os.getpid()) - drivers()), time.monotonic()
    time.sleep(seconds_long)
    after, elapsed = seconds(descendants(os.getpid()) - drivers()), time.monotonic() - began
    return (after - before) / elapsed


def drivers() -> set[int]:
    """Playwright's processes, between this one and the browser."""
    return {
        pid
        for pid in descendants(os.getpid())
        if "playwright" in command(pid) and "run-driver" in command(pid)
    }


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def n_frames(page: Page, milliseconds: float) -> int:
    """How often something else is seen; where nothing changes there is the first frame alone."""
    frames: list[object] = []
    session = page.context.new_cdp_session(page)
    session.on("Page.screencastFrame", lambda frame: frames.append(frame["sessionId"]))
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 20, "everyNthFrame": 1})
    page.wait_for_timeout(milliseconds)
    session.send("Page.stopScreencast")
    session.detach()
    return len(frames)


def test_the_first_handle_pulses_three_times_and_explore_comes_to_rest(newcomer: Visitor) -> None:
    page = newcomer.page
    page.goto(newcomer.address, wait_until="commit")
    pulses = page.wait_for_function(PULSES, timeout=PATIENCE_MS)
    assert pulses.json_value() == [["lm-pulse", 3]]
    page.wait_for_selector(READY)
    comes_to_rest(newcomer.rest())
    # What the page says next does not begin it anew.
    newcomer.choose("Colour", "ELBO")
    expect(newcomer.map).to_have_attribute("data-colour", "elbo_nats")
    assert page.evaluate(PULSES) is None


@pytest.mark.parametrize(
    "path, ready",
    [("/gaps", '[data-testid="stDataFrame"]'), ("/bound", '[data-testid="argument"] .js-plotly-plot')],
)
def test_the_other_pages_come_to_rest(visitor: Visitor, path: str, ready: str) -> None:
    visitor.page.goto(f"{visitor.address}{path}")
    visitor.page.wait_for_selector(ready)
    comes_to_rest(visitor.rest())


def test_nothing_pulses_for_somebody_who_wants_no_motion(newcomer: Visitor) -> None:
    newcomer.page.emulate_media(reduced_motion="reduce")
    newcomer.page.goto(newcomer.address)
    newcomer.page.wait_for_selector(READY)
    expect(newcomer.page.get_by_test_id("map-hint")).to_be_visible()
    assert [name for name, _ in newcomer.page.evaluate(MOVES) if str(name).startswith("lm-")] == []
