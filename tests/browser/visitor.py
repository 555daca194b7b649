"""A person at the app: one tab of a real browser, and what it asked for, complained about and sent meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, WebSocket, expect

PATIENCE_MS = 45_000
READY = '[data-testid="latent-map"][data-ready="true"]'
_CANVAS_PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from(data).join();
}"""


class Visitor:
    """One tab on the app.

    Attributes:
        requests: the address of everything that was asked for, sockets included.
        faults: console errors and uncaught exceptions.
        n_reruns: messages to Streamlit so far; each one is a rerun.
    """

    def __init__(self, page: Page, address: str):
        self.page = page
        self.address = address
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.n_reruns = 0
        page.set_default_timeout(PATIENCE_MS)
        self._heard: list[tuple[str, Callable[..., None]]] = []
        self.listen("request", lambda request: self.requests.append(request.url))
        self.listen("console", self._hear)
        self.listen("pageerror", lambda error: self.faults.append(str(error)))
        self.listen("websocket", self._watch)

    def listen(self, event: str, heard: Callable[..., None]) -> None:
        """Hears an event of the page until the visitor leaves."""
        # Playwright's signature has a literal for each event.
        self.page.on(event, heard)  # type: ignore[call-overload]
        self._heard.append((event, heard))

    def leave(self) -> None:
        """Hears no more of the tab, which somebody else may take."""
        for event, heard in self._heard:
            self.page.remove_listener(event, heard)
        self._heard.clear()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"{message.text} ({message.location.get('url', '')})")

    def _watch(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        if socket.url.endswith("/_stcore/stream"):
            socket.on("framesent", lambda _: self._count())

    def _count(self) -> None:
        self.n_reruns += 1

    def open(self, query: str = "", path: str = "/") -> Visitor:
        """Opens the address and waits until the map, or else the table, is there."""
        self.page.goto(f"{self.address}{path}{query}")
        self.page.wait_for_selector('[data-testid="stDataFrame"]' if path == "/gaps" else READY)
        return self.rest()

    def rest(self) -> Visitor:
        """Waits until the page's script has run to its end."""
        expect(self.page.get_by_test_id("stStatusWidget")).to_have_count(0)
        expect(self.page.locator('[data-stale="true"]')).to_have_count(0)
        return self

    @property
    def map(self) -> Locator:
        return self.page.get_by_test_id("latent-map")

    @property
    def surface(self) -> Locator:
        return self.page.get_by_test_id("map-surface")

    @property
    def heading(self) -> Locator:
        """The inspector's heading."""
        return self.page.locator(".lx-head")

    @property
    def at_the_handle(self) -> Locator:
        """The inspector's image of the handle's place."""
        return self.page.get_by_alt_text("at the handle")

    @property
    def handles(self) -> Locator:
        return self.page.locator("[data-handle]")

    @property
    def sidebar(self) -> Locator:
        return self.page.get_by_test_id("stSidebar")

    def figure(self, name: str) -> Locator:
        """A number of the inspector: ELBO, log-p, gap, rate, distortion."""
        return self.page.get_by_test_id(f"figure-{name}")

    def choose(self, picker: str, choice: str) -> None:
        """Picks from a select box."""
        box = self.page.get_by_role("combobox", name=picker, exact=True)
        # A list that opens while the page still scrolls closes again.
        box.scroll_into_view_if_needed()
        self.rest().page.wait_for_timeout(200)
        box.click()
        self.page.get_by_role("option", name=choice, exact=True).click()

    def query(self) -> dict[str, str]:
        """What the URL says."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    def until_query(self, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Waits for the URL to say something; returns all that it then says."""
        self.page.wait_for_url(
            lambda url: holds({name: found[0] for name, found in parse_qs(urlsplit(url).query).items()}),
            wait_until="commit",
        )
        return self.query()

    def decoded_pixels(self) -> str:
        """The live image beside the handle, as the numbers on its canvas."""
        canvas = self.page.get_by_test_id("decoded")
        # Until the first answer the canvas is blank, and any image would differ from that.
        expect(canvas).to_have_attribute("data-seq", re.compile(r"\d+"))
        return canvas.evaluate(_CANVAS_PIXELS)

    def until_decoded_differs(self, before: str) -> str:
        """Waits for another live image."""
        canvas = self.page.get_by_test_id("decoded").element_handle()
        self.page.wait_for_function(
            f"([canvas, before]) => ({_CANVAS_PIXELS})(canvas) !== before", arg=[canvas, before]
        )
        return self.decoded_pixels()

    def until_decoded_is(self, image: str) -> None:
        """Waits for a certain live image."""
        canvas = self.page.get_by_test_id("decoded").element_handle()
        self.page.wait_for_function(
            f"([canvas, image]) => ({_CANVAS_PIXELS})(canvas) === image", arg=[canvas, image]
        )

    def drag_out(self, handle: Locator, right: float, down: float) -> None:
        """Takes a handle along by so many pixels and keeps hold of it."""
        x, y = centre(handle)
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + right, y + down, steps=12)

    def image(self, locator: Locator) -> str:
        """Where an image comes from: another picture, another address."""
        return locator.get_attribute("src") or ""

    def until_image_differs(self, locator: Locator, before: str) -> str:
        """Waits for another image."""
        expect(locator).not_to_have_attribute("src", before)
        return self.image(locator)

    def shows(self, text: str | re.Pattern[str]) -> None:
        """Waits for a text on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()


def centre(locator: Locator) -> tuple[float, float]:
    """The middle of an element, in the window's pixels."""
    box = box_of(locator)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def box_of(locator: Locator) -> Any:
    """Where an element is in the window: x, y, width, height."""
    found = locator.bounding_box()
    assert found is not None, "the element is not on the page"
    return found
