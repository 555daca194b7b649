"""The bound: the page's numbers add up within their printed errors, follow what a reader changes, and never are NaN."""

from __future__ import annotations

import math
import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.visitor import PATIENCE_MS, READY, Visitor, centre

pytestmark = pytest.mark.browser

MODELS = ("digits-2d", "fashion-mnist-16d")
_NUMBER = re.compile(r"(−?[\d,]+(?:\.\d+)?)(?: ± ([\d,]+(?:\.\d+)?))? nats")
# Four standard errors: of a hundred sums, one in a hundred runs would be further off.
FAR = 4


def opened(visitor: Visitor, query: str) -> Visitor:
    """The page, when all of the argument has its numbers."""
    visitor.page.goto(f"{visitor.address}/bound{query}")
    visitor.page.wait_for_selector(READY)
    return settled(visitor)


def settled(visitor: Visitor) -> Visitor:
    visitor.rest()
    expect(visitor.page.get_by_text("This is being computed.")).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Stop")).to_have_count(0)
    return visitor.rest()


def value(visitor: Visitor, chapter: str, key: str) -> str:
    """What a table of a chapter says of a number."""
    return visitor.page.locator(f".argument #{chapter}").get_by_test_id(key).first.inner_text()


def term(visitor: Visitor, chapter: str, key: str) -> tuple[float, float]:
    """A number and its printed error, 0 for one that is exact."""
    text = value(visitor, chapter, key)
    found = _NUMBER.search(text)
    assert found is not None, f"{key}: {text}"
    number, error = (
        float(part.replace("−", "-").replace(",", "")) if part else 0.0 for part in found.groups()
    )
    return number, error


def agree(a: tuple[float, float], b: tuple[float, float], slack: float = 0.02) -> bool:
    """Within their errors, and half of the last printed digit."""
    return abs(a[0] - b[0]) <= FAR * math.hypot(a[1], b[1]) + slack


def words(visitor: Visitor) -> str:
    return visitor.page.get_by_test_id("stMain").inner_text()


def is_whole(visitor: Visitor) -> None:
    """Nothing on the page is a NaN or a trace of an error."""
    said = words(visitor)
    assert not re.search(r"\bnan\b|Traceback|\binf\b", said, re.IGNORECASE)
    expect(visitor.page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("model", MODELS)
def test_the_numbers_add_up(visitor: Visitor, model: str) -> None:
    opened(visitor, f"?model={model}&draws=3000")
    first, second = (term(visitor, "elbo", f"elbo-{n}") for n in ("first", "second"))
    assert agree(first, second)
    reconstruction, rate = term(visitor, "elbo", "reconstruction"), term(visitor, "elbo", "rate")
    assert second[0] == pytest.approx(reconstruction[0] - rate[0], abs=0.02)
    difference = [term(visitor, "difference", f"line-{i}") for i in range(1, 5)]
    assert all(agree(difference[0], line) for line in difference[1:])
    assert agree(term(visitor, "difference", "left"), term(visitor, "difference", "right"))
    trusted, mean_log = (
        term(visitor, "naive", "trusted"),
        term(visitor, "jensen", "mean-log"),
    )
    assert agree(mean_log, first)
    assert trusted[0] > mean_log[0]
    is_whole(visitor)


def test_the_grid_and_the_weights_agree_in_two_dimensions(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d&draws=3000")
    grid, weights = (term(visitor, "difference", name) for name in ("grid-kl", "kl"))
    assert agree(grid, weights)
    assert value(visitor, "difference", "weights-kl") == value(visitor, "difference", "kl")
    assert agree(term(visitor, "difference", "grid-log-px"), term(visitor, "naive", "trusted"))


def until_differs(visitor: Visitor, chapter: str, key: str, before: str) -> str:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while (now := value(settled(visitor), chapter, key)) == before:
        assert time.monotonic() < deadline, f"{key} still reads {before}"
        visitor.page.wait_for_timeout(100)
    return now


def test_another_example_another_n_and_another_proposal_change_the_numbers(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d")
    elbo = value(visitor, "elbo", "elbo-first")
    visitor.page.get_by_role("button", name="next example").click()
    changed = until_differs(visitor, "elbo", "elbo-first", elbo)

    slider = visitor.page.get_by_role("slider", name="N, draws")
    slider.focus()
    slider.press("ArrowRight")
    visitor.until_query(lambda query: query.get("draws") == "3000")
    until_differs(visitor, "elbo", "elbo-first", changed)
    visitor.shows("After 3,000 draws of the prior")

    mean_log, trusted = (
        term(visitor, "jensen", "mean-log"),
        value(visitor, "naive", "trusted"),
    )
    before = value(visitor, "jensen", "mean-log")
    visitor.choose("Proposal", "wider")
    visitor.until_query(lambda query: query.get("proposal") == "wider")
    until_differs(visitor, "jensen", "mean-log", before)
    # A wider proposal has a lower bound; what is estimated stays.
    assert term(visitor, "jensen", "mean-log")[0] < mean_log[0]
    assert value(visitor, "naive", "trusted") == trusted
    is_whole(visitor)


def test_another_k_changes_the_bound_with_k_draws(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d&draws=10000&k=10")
    before, elbo = term(visitor, "better", "bound-K"), term(visitor, "elbo", "elbo-first")
    assert before[0] > elbo[0] - FAR * before[1]
    slider = visitor.page.get_by_role("slider", name="K, within the bound")
    slider.focus()
    slider.press("ArrowRight")
    assert visitor.until_query(lambda query: query.get("k") == "30")
    expect(visitor.page.locator("#better")).to_contain_text("what is left of the gap with K = 30")
    after, left = term(visitor, "better", "bound-K"), term(visitor, "better", "lacking")
    assert after[0] > before[0] - FAR * math.hypot(after[1], before[1])
    assert agree((after[0] + left[0], 0.0), term(visitor, "naive", "trusted"))
    # The draws are the same: only what is averaged before the logarithm has changed.
    assert term(visitor, "elbo", "elbo-first") == elbo


def test_a_symbol_says_what_it_is(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d")
    symbol = visitor.page.locator("#difference .formula [data-symbol=posterior]").first
    symbol.scroll_into_view_if_needed()
    symbol.hover()
    tip = visitor.page.get_by_role("tooltip").filter(has_text="the posterior")
    expect(tip).to_contain_text("what q tries to be")
    visitor.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)


def test_the_example_stays_in_sight_and_the_figures_stay_drawn(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d")
    visitor.page.locator("#jensen").scroll_into_view_if_needed()
    plot = visitor.page.locator("[data-figure=log-weights]")
    expect(plot.locator(".main-svg").first).to_be_visible()
    expect(visitor.map).to_be_in_viewport()
    plot.evaluate("node => { node.wasHere = true; }")
    mean = value(visitor, "jensen", "mean-log")
    visitor.page.get_by_role("button", name="next example").click()
    until_differs(visitor, "jensen", "mean-log", mean)
    # The same place on the page, drawn over: a reader loses neither it nor the scroll.
    expect(visitor.page.locator("[data-figure=log-weights] .main-svg").first).to_be_in_viewport()
    assert plot.evaluate("node => node.wasHere")


def test_the_integrand_follows_the_hand_without_a_rerun(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d")
    live = visitor.page.get_by_test_id("decoded-likelihood")
    expect(live).to_have_text(re.compile(r"log p\(x\|z\) −[\d,.]+"))
    before, n_reruns = live.inner_text(), visitor.n_reruns
    stored = visitor.page.get_by_test_id("handle-likelihood").inner_text()
    visitor.drag_out(visitor.handles.first, -40, 25)
    expect(live).not_to_have_text(before)
    assert visitor.n_reruns == n_reruns
    visitor.page.mouse.up()
    expect(visitor.page.get_by_test_id("handle-likelihood")).not_to_have_text(stored)
    shown = visitor.page.get_by_test_id("handle-likelihood").inner_text().removesuffix(" nats")
    assert live.inner_text().split()[-1].split(".")[0] == shown.split(".")[0]


def test_each_way_out_is_a_button_that_does_it(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d")
    visitor.page.get_by_role("button", name="take the gap apart").click()
    expect(visitor.page.get_by_test_id("amortization")).to_be_visible()
    settled(visitor)
    visitor.page.get_by_role("button", name="fit a density").click()
    visitor.until_query(lambda query: query.get("proposal") == "fitted")
    settled(visitor)
    gap = term(visitor, "jensen", "jensen-gap")
    assert abs(gap[0]) < 0.5
    # Beside the button, with what it was before.
    expect(visitor.page.get_by_test_id("fit-gap")).to_be_visible()
    assert term(visitor, "better", "fit-elbo")[0] > term(visitor, "elbo", "elbo-first")[0]
    visitor.page.get_by_role("button", name="More draws: N = 10,000").click()
    visitor.until_query(lambda query: query.get("draws") == "10000")
    settled(visitor)
    visitor.shows("After 10,000 draws of the prior")


@pytest.mark.parametrize(
    "query, told",
    [
        ("draws=1", "1 draw"),
        ("draws=999999999", "100,000"),
        ("draws=x", "draws"),
        ("proposal=magic", "expected one of encoder, narrower"),
        ("proposal=wider:10", "every standard deviation times 10"),
        ("proposal=shifted:11", "from 0 to 10"),
    ],
)
def test_what_cannot_be_asked_is_told_in_its_place(visitor: Visitor, query: str, told: str) -> None:
    opened(visitor, f"?model=digits-2d&{query}")
    assert told.casefold() in words(visitor).casefold()
    is_whole(visitor)


def test_an_example_that_is_not_there_is_told(visitor: Visitor) -> None:
    opened(visitor, "?model=digits-2d&example=999999")
    expect(visitor.page.get_by_test_id("stAlert")).to_contain_text("999999")
    is_whole(visitor)


def test_the_page_prints_without_what_is_not_text(arrive: Arrive, shipped_address: str) -> None:
    visitor = opened(arrive(shipped_address), "?model=digits-2d")
    visitor.page.emulate_media(media="print")
    expect(visitor.page.get_by_test_id("stSidebar")).not_to_be_visible()
    pdf = visitor.page.pdf()
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 50_000


def test_long_work_shows_progress_and_stops_and_goes_on(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.address}/bound?model=fashion-mnist-16d&draws=100000&example=11")
    visitor.page.wait_for_selector(READY)
    stop = visitor.page.get_by_role("button", name="Stop")
    expect(visitor.page.get_by_text(re.compile(r"of 100,000 draws"))).to_be_visible()
    stop.click()
    go_on = visitor.page.get_by_role("button", name="Go on")
    expect(go_on).to_be_visible()
    # What was drawn is kept.
    n, _ = term(settled_enough(visitor), "elbo", "elbo-first")
    assert n < 0
    go_on.click()
    expect(stop).to_be_visible()
    stop.click()
    expect(go_on).to_be_visible()
    assert all(math.isfinite(place) for place in centre(visitor.handles.first))


def settled_enough(visitor: Visitor) -> Visitor:
    """The page of a stopped job: numbers as far as they came."""
    expect(visitor.page.get_by_test_id("elbo-first")).to_be_visible()
    return visitor.rest()
