"""A real browser against a real server; without either these tests fail, they never skip."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, expect, sync_playwright

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


@pytest.fixture(scope="package")
def settled(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has been here before: scripts are in its cache, which saves each test some seconds."""
    context = chromium.new_context()
    yield context
    context.close()


class Arrive(Protocol):
    """Opens a tab; as somebody new, nothing is remembered from other tabs."""

    def __call__(self, address: str, *, size: tuple[int, int] = ..., is_new: bool = ...) -> Visitor: ...


@pytest.fixture
def arrive(chromium: Browser, settled: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    visitors: list[Visitor] = []

    def opened(address: str, *, size: tuple[int, int] = (1400, 900), is_new: bool = False) -> Visitor:
        context = chromium.new_context() if is_new else settled
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="light")
        visitors.append(Visitor(page, address))
        return visitors[-1]

    yield opened
    if request.node.stash.get(failed, False):
        _photograph(visitors, request.node.name)
    for visitor in visitors:
        context = visitor.page.context
        visitor.page.close()
        if context is not settled:
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
