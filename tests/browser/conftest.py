"""A real browser against a real server; without either these tests fail, they never skip."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, expect, sync_playwright

from explorer.workspace import Entry, Workspace
from tests.browser.servers import ROOT, SHIPPED, serving
from tests.browser.visitor import PATIENCE_MS, Visitor

RESULTS = ROOT / "test-results"
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # WebGL in software: the same picture on a machine without a graphics card.
    "--enable-unsafe-swiftshader",
    "--use-angle=swiftshader",
    # The rest of the page is drawn without it: through that stand-in for a graphics card a frame costs ten times as
    # much, and a page with anything that moves takes a whole core.
    "--disable-gpu-rasterization",
    "--disable-gpu-compositing",
)
failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Notes a failure, so that the page can be photographed before it closes."""
    report = yield
    item.stash[failed] = item.stash.get(failed, False) or report.failed
    return report


# Not for the session: Playwright keeps an event loop running, and other folders' tests have loops of their own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        expect.set_options(timeout=PATIENCE_MS)
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("EXPLORER_CHROMIUM") or "/usr/bin/chromium"
    try:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    except Error as error:
        pytest.fail(f"No Chromium runs from {path}: give one's path in EXPLORER_CHROMIUM. {error}")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def shipped_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on the checkpoints that come with it."""
    with serving(None, tmp_path_factory.mktemp("server") / "shipped.log") as address:
        yield address


@pytest.fixture(scope="session")
def digits() -> Entry:
    """The digits as the server has them: what the page ought to show."""
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="session")
def fashion() -> Entry:
    """Fashion-MNIST as the server has it."""
    return Workspace(SHIPPED).open("fashion-mnist-16d")


class Tabs:
    """The tabs of a browser that has been here before.

    Scripts are in its cache, and a tab that has shown the app has them compiled: the app loads in it in half the time.
    A page that is left is gone for good, so a test finds nothing of another's but what the browser itself remembers.
    """

    def __init__(self, context: BrowserContext):
        self._context = context
        self._free: list[Page] = []

    def take(self) -> Page:
        return self._free.pop() if self._free else self._context.new_page()

    def give_back(self, page: Page) -> None:
        """Leaves the app, for somebody else to find the tab as if it were new."""
        page.evaluate("sessionStorage.clear()")
        page.goto("about:blank")
        page.mouse.move(0, 0)
        self._free.append(page)


@pytest.fixture(scope="package")
def tabs(chromium: Browser) -> Iterator[Tabs]:
    context = chromium.new_context()
    yield Tabs(context)
    context.close()


class Arrive(Protocol):
    """Opens a tab; as somebody new, nothing is remembered from other tabs."""

    def __call__(self, address: str, *, size: tuple[int, int] = ..., is_new: bool = ...) -> Visitor: ...


@pytest.fixture
def arrive(chromium: Browser, tabs: Tabs, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    visitors: list[Visitor] = []
    newcomers: list[BrowserContext] = []

    def opened(address: str, *, size: tuple[int, int] = (1400, 900), is_new: bool = False) -> Visitor:
        if is_new:
            newcomers.append(chromium.new_context())
        page = newcomers[-1].new_page() if is_new else tabs.take()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="light", media="null")
        visitors.append(Visitor(page, address))
        return visitors[-1]

    yield opened
    has_failed = request.node.stash.get(failed, False)
    if has_failed:
        _photograph(visitors, request.node.name)
    for visitor in visitors:
        visitor.leave()
        # What a test that failed leaves pressed or half open is nobody else's affair.
        if has_failed or visitor.page.context in newcomers:
            visitor.page.close()
        else:
            tabs.give_back(visitor.page)
    for context in newcomers:
        context.close()


@pytest.fixture
def visitor(arrive: Arrive, shipped_address: str) -> Visitor:
    """A tab on the app as it is shipped."""
    return arrive(shipped_address)


@pytest.fixture
def newcomer(arrive: Arrive, shipped_address: str) -> Visitor:
    """Somebody who has never been here."""
    return arrive(shipped_address, is_new=True)


def _photograph(visitors: list[Visitor], test: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    name = re.sub(r"[^\w-]+", "-", test)
    for i, visitor in enumerate(visitors):
        visitor.page.screenshot(path=RESULTS / f"{name}-{i}.png", full_page=True)
        print(f"tab {i}: {visitor.page.url}", *visitor.faults, sep="\n  ")
