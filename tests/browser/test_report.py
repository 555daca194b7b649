"""The report opened from disk with the network off: it draws, it can be read, it prints, and it asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from explorer.explain import Question, results, subject_of, taken_apart
from explorer.explain.report import report_html
from explorer.steps import last
from explorer.workspace import Entry

pytestmark = pytest.mark.browser

SIZE: ViewportSize = {"width": 900, "height": 900}
NASTY = "<img src=x onerror=alert(1)><script>document.title='taken'</script>"


@pytest.fixture(scope="module")
def report(digits: Entry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on a digit whose label means harm."""
    subject = subject_of(digits, int(digits.dataset.example_ids[5]))
    subject = type(subject)(**{**vars(subject), "label": NASTY})
    found = last(results(subject, Question(2_000)))
    found = last(taken_apart(found))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(found), encoding="utf-8")
    return path


class Opened:
    """A tab on the file, and what it asked for and complained about."""

    def __init__(self, page: Page, path: Path):
        self.page = page
        self.requests: list[str] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "console", lambda message: self.faults.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.set_viewport_size(SIZE)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]")


@pytest.fixture(scope="module", params=["light", "dark"])
def read(request: pytest.FixtureRequest, chromium: Browser, report: Path) -> Iterator[Opened]:
    """One tab a theme for all tests that only read."""
    context = chromium.new_context(color_scheme=request.param)
    context.set_offline(True)
    yield Opened(context.new_page(), report)
    context.close()


@pytest.fixture
def opened(read: Opened) -> Opened:
    """The tab as it was when it was opened."""
    read.page.set_viewport_size(SIZE)
    read.page.emulate_media(media="null")
    return read


def test_it_draws_and_asks_for_nothing(opened: Opened, report: Path) -> None:
    plots = opened.page.locator("[data-figure]")
    assert plots.count() >= 9
    for i in range(plots.count()):
        expect(plots.nth(i).locator(".main-svg").first).to_be_visible()
        drawn = plots.nth(i).locator(".trace, .contour, .bars .point, .scatterlayer path")
        assert drawn.count(), plots.nth(i).get_attribute("data-figure")
    assert opened.faults == []
    elsewhere = [url for url in opened.requests if not url.startswith(("data:", "blob:", report.as_uri()))]
    assert elsewhere == []


def test_formulas_can_be_seen(opened: Opened) -> None:
    formulas = opened.page.locator(".formula math")
    assert formulas.count() >= 12
    for i in range(formulas.count()):
        box = formulas.nth(i).bounding_box()
        assert box is not None
        assert box["width"] > formulas.nth(i).evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        assert 8 < box["height"] < 120


def test_a_label_is_text(opened: Opened) -> None:
    expect(opened.page.locator(".about bdi").first).to_have_text(NASTY)
    assert opened.page.title().startswith("The bound")
    assert opened.page.locator("img[onerror]").count() == 0


def test_the_sides_of_the_equation_add_up_as_they_are_shown(opened: Opened) -> None:
    def term(key: str) -> tuple[float, float]:
        cell = opened.page.get_by_test_id(key).first
        return float(cell.get_attribute("data-nats") or "nan"), float(cell.get_attribute("data-se") or "nan")

    for a, b in (
        ("left", "right"),
        ("elbo-first", "elbo-second"),
        ("kl", "grid-kl"),
        ("trusted", "grid-log-px"),
    ):
        (x, s), (y, t) = term(a), term(b)
        assert abs(x - y) <= 4 * (s**2 + t**2) ** 0.5 + 1e-4, (a, b)


def test_nothing_is_cut_off_on_a_narrow_screen(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 420, "height": 900})
    plots = opened.page.locator("[data-figure]")
    for i in range(plots.count()):
        expect(plots.nth(i).locator(".main-svg").first).to_have_attribute("width", re.compile(r"^[1-3]\d\d$"))
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 420


def test_every_figure_is_described(opened: Opened) -> None:
    plots = opened.page.locator("[data-figure]")
    for i in range(plots.count()):
        described = plots.nth(i).get_attribute("aria-describedby")
        assert len(opened.page.locator(f"#{described}").inner_text()) > 40


def test_it_prints_in_the_light_theme(opened: Opened, tmp_path: Path) -> None:
    opened.page.emulate_media(media="print")
    ground = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    printed = opened.page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert printed.startswith(b"%PDF")
    assert (
        8
        <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page/") + printed.count(b"/Type /Page ")
        <= 30
    )
    assert opened.faults == []


def test_no_formula_is_cut_off_in_a_narrow_window(opened: Opened) -> None:
    opened.page.set_viewport_size({"width": 420, "height": 900})
    cut = (
        "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth + 1).map(n => n.getAttribute('aria-label'))"
    )
    assert opened.page.locator(".formula").evaluate_all(cut) == []
