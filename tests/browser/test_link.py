"""The view in the URL: a copied link restores it, a hand-made one cannot break the page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import expect

from explorer.workspace import Entry
from tests.browser.conftest import Arrive
from tests.browser.servers import serving
from tests.browser.visitor import READY, Visitor, centre

pytestmark = pytest.mark.browser


def warnings(visitor: Visitor):
    return visitor.page.get_by_test_id("stAlert")


def test_a_copied_link_restores_all_of_the_view(
    visitor: Visitor, arrive: Arrive, shipped_address: str
) -> None:
    visitor.open("?model=digits-2d")
    visitor.choose("across", "z₁")
    expect(visitor.map).to_have_attribute("data-map", "axes:1,0")
    visitor.choose("Colour", "KL")
    visitor.page.get_by_text("bits/dim instead of nats").click()
    visitor.sidebar.get_by_role("button", name="7", exact=True).click()
    visitor.until_query(lambda query: query.get("labels") == "7")
    pins = visitor.query()["pins"]
    visitor.drag_out(visitor.handles.first, 50, 60)
    visitor.page.mouse.up()
    moved = visitor.until_query(lambda query: query["pins"] != pins)["pins"]
    x, y = centre(visitor.handles.first)
    visitor.page.keyboard.down("Shift")
    visitor.page.mouse.click(x + 120, y - 90)
    visitor.page.keyboard.up("Shift")
    query = visitor.until_query(lambda query: query["pins"].startswith(f"{moved};"))
    expected = {"map": "axes:1,0", "colour": "kl_nats", "units": "bits", "labels": "7"}
    assert query | expected == query
    expect(visitor.page.get_by_test_id("path-strip")).to_be_visible()

    other = arrive(shipped_address, is_new=True).open(f"?{urlsplit(visitor.page.url).query}")
    assert other.query() == query
    expect(other.map).to_have_attribute("data-map", "axes:1,0")
    expect(other.map).to_have_attribute("data-colour", "kl_nats")
    expect(other.page.get_by_role("switch", name="bits/dim")).to_be_checked()
    expect(other.page.get_by_test_id("map-footer")).to_contain_text("of 355 examples")
    expect(other.handles).to_have_count(2)
    expect(other.page.get_by_test_id("path-strip")).to_be_visible()
    for one, same in zip(visitor.handles.all(), other.handles.all(), strict=True):
        assert centre(same) == pytest.approx(centre(one), abs=1.5)
    assert other.heading.inner_text() == visitor.heading.inner_text()
    assert other.figure("gap").inner_text() == visitor.figure("gap").inner_text()
    assert other.image(other.at_the_handle) == visitor.image(visitor.at_the_handle)
    expect(warnings(other)).to_have_count(0)


def test_a_link_to_a_page_is_good_before_anybody_has_opened_the_app(arrive: Arrive, tmp_path: Path) -> None:
    with serving(None, tmp_path / "fresh.log") as address:
        visitor = arrive(address, is_new=True)
        visitor.open("?model=digits-2d", path="/gaps")
        visitor.shows("mean gap, nats")
        expect(visitor.page.get_by_role("dialog")).to_have_count(0)


def test_a_page_in_the_link_is_opened_with_its_view(visitor: Visitor) -> None:
    visitor.open("?model=digits-2d&labels=3,8&units=bits", path="/gaps")
    visitor.shows("mean gap, bits/dim")
    visitor.page.get_by_role("link", name="Explore").click()
    visitor.page.wait_for_selector(READY)
    expect(visitor.map).to_have_attribute("data-model", "digits-2d")
    expect(visitor.page.get_by_test_id("map-footer")).to_contain_text("of 355 examples")
    expect(visitor.page.get_by_role("switch", name="bits/dim")).to_be_checked()


def test_nonsense_in_a_link_is_named_once_and_the_rest_of_it_is_used(visitor: Visitor) -> None:
    nonsense = "map=moon&labels=a,b&example=999999999&pins=1@x,y&path=zigzag&units=ells"
    visitor.open(f"?model=digits-2d&colour=kl_nats&{nonsense}")
    expect(warnings(visitor)).to_have_count(1)
    told = warnings(visitor).inner_text()
    for part in ("map", "labels", "example", "pins", "path", "units"):
        assert f"link was left out, {part}:" in told
    assert "'moon'" in told
    expect(visitor.map).to_have_attribute("data-colour", "kl_nats")
    expect(visitor.handles).to_have_count(1)
    assert not visitor.faults
    # It is told once: the next rerun is about something else.
    visitor.choose("Colour", "ELBO")
    expect(visitor.map).to_have_attribute("data-colour", "elbo_nats")
    expect(warnings(visitor)).to_have_count(0)


def test_pins_that_make_no_sense_leave_the_handle_at_the_links_example(
    visitor: Visitor, digits: Entry
) -> None:
    visitor.open("?model=digits-2d&map=pca&example=1468&pins=1@x,y")
    query = visitor.until_query(lambda query: query["pins"].startswith("1468@"))
    place = [float(number) for number in query["pins"].removeprefix("1468@").split(",")]
    assert place == pytest.approx(digits.coordinates("pca")[digits.atlas.row(1468)], rel=1e-4)


def test_an_unknown_model_is_named_and_another_is_shown(visitor: Visitor) -> None:
    visitor.open("?model=no-such-model")
    expect(warnings(visitor)).to_have_count(1)
    expect(warnings(visitor)).to_contain_text("no-such-model")
    expect(visitor.map).to_have_attribute("data-model", "fashion-mnist-16d")


def test_markup_in_a_link_is_shown_as_text(visitor: Visitor) -> None:
    markup = "<img src=x onerror=alert(1)> **bold** [a](http://example.com) $x$ :red[y]"
    visitor.listen("dialog", lambda dialog: visitor.faults.append(dialog.message))
    given = "&".join(f"{name}={quote(markup)}" for name in ("model", "map", "colour", "labels", "pins"))
    visitor.open(f"?{given}")
    alert = warnings(visitor)
    # Addresses are broken by a sign that has no width.
    shown = alert.inner_text().replace("\N{WORD JOINER}", "")
    assert shown.count(markup) == 4
    assert shown.count("<img") == 5
    expect(alert.locator("img, strong, a, em, .katex, span[style*=color]")).to_have_count(0)
    assert not visitor.faults
