"""The recording in the README: a drag, a path and a lasso in the app as it is, twenty seconds as a GIF.

    python scripts/recording.py docs/explore.gif

Needs a Chromium (its path in EXPLORER_CHROMIUM, else `chromium`) and what `make test` installs.
"""

from __future__ import annotations

import argparse
import io
import itertools
import math
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import running_app
from benchmarks.startup import CHROMIUM_FLAGS

SIZE = {"width": 1240, "height": 860}
WIDTH = 900
FRAMES_A_SECOND = 8
N_COLOURS = 224
_READY = '[data-testid="latent-map"][data-ready="true"]'
# A screenshot has no pointer: one is drawn where the mouse is.
_POINTER = """() => {
  const pointer = document.createElement("div");
  pointer.innerHTML = '<svg width="26" height="26" viewBox="0 0 24 24"><path d="M4 2l15 11-7 1 4 7-3 1-4-7-5 5z"'
    + ' fill="#111" stroke="#fff" stroke-width="1.5"/></svg>';
  pointer.style.cssText = "position:fixed;left:0;top:0;z-index:2147483647;pointer-events:none";
  document.body.append(pointer);
  addEventListener("pointermove", event => {
    pointer.style.transform = `translate(${event.clientX - 4}px, ${event.clientY - 2}px)`;
  }, true);
}"""


class Film:
    """Pictures of a page, one after each step."""

    def __init__(self, page: Page):
        self.page = page
        self.frames: list[Image.Image] = []

    def shoot(self, n: int = 1) -> None:
        """The page as it is, `n` frames long."""
        with Image.open(io.BytesIO(self.page.screenshot())) as shot:
            height = round(shot.height * WIDTH / shot.width)
            small = shot.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)
        self.frames += [small] * n

    def along(self, places: Iterator[tuple[float, float]]) -> None:
        """The mouse goes from place to place."""
        for x, y in places:
            self.page.mouse.move(x, y)
            self.page.wait_for_timeout(60)
            self.shoot()

    def save(self, path: Path) -> None:
        """All frames as a GIF of one palette."""
        palette = self._montage().quantize(N_COLOURS)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in self.frames]
        milliseconds = 1000 // FRAMES_A_SECOND
        frames[0].save(
            path, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0, optimize=True
        )

    def _montage(self) -> Image.Image:
        """Frames from all of the film, from whose colours the palette is chosen."""
        some = self.frames[:: max(1, len(self.frames) // 8)]
        whole = Image.new("RGB", (some[0].width, some[0].height * len(some)))
        for i, frame in enumerate(some):
            whole.paste(frame, (0, i * frame.height))
        return whole


def line(a: tuple[float, float], b: tuple[float, float], n: int) -> Iterator[tuple[float, float]]:
    """Places from a to b, gently begun and ended."""
    for i in range(1, n + 1):
        t = i / n
        t = t * t * (3 - 2 * t)
        yield a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def play(film: Film) -> None:
    """The handle is dragged across the map, a second one makes a path, a lasso selects."""
    page = film.page
    box = page.get_by_test_id("map-surface").bounding_box()
    handle = page.locator("[data-handle]").first.bounding_box()
    assert box is not None, "the map is on the page"
    assert handle is not None, "its handle is on the map"
    start = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    film.along(line(at(0.6, 0.8), start, 8))
    page.mouse.down()
    stops = [start, at(0.86, 0.38), at(0.62, 0.55), at(0.3, 0.55), at(0.24, 0.3), at(0.42, 0.22)]
    for a, b in itertools.pairwise(stops):
        film.along(line(a, b, 11))
    page.mouse.up()
    page.wait_for_timeout(900)
    film.shoot(5)
    film.along(line(stops[-1], at(0.16, 0.84), 7))
    page.keyboard.down("Shift")
    page.mouse.click(*at(0.16, 0.84))
    page.keyboard.up("Shift")
    page.wait_for_timeout(2500)
    film.shoot(6)
    # Beside the map, where a wheel scrolls the page.
    film.along(line(at(0.16, 0.84), at(1.3, 0.6), 7))
    for distance in (330, 0, -330):
        page.mouse.wheel(0, distance)
        page.wait_for_timeout(600)
        film.shoot(8)
    page.keyboard.press("l")
    page.wait_for_timeout(300)
    centre, radius = at(0.22, 0.28), 0.17 * box["width"]
    turn = [
        (centre[0] + radius * math.cos(t / 3.5), centre[1] + 0.8 * radius * math.sin(t / 3.5))
        for t in range(23)
    ]
    page.mouse.move(*turn[0])
    page.mouse.down()
    film.along(iter(turn))
    page.mouse.up()
    page.wait_for_timeout(1200)
    film.shoot(4)
    film.along(line(turn[-1], at(1.3, 0.6), 6))
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(900)
    film.shoot(16)


def main() -> None:
    """Records and writes the GIF."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    chromium = os.environ.get("EXPLORER_CHROMIUM") or shutil.which("chromium")
    with running_app() as app, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        app.wait()
        page.goto(f"http://{app.address}")
        page.wait_for_selector(_READY)
        page.wait_for_timeout(4000)
        page.evaluate(_POINTER)
        film = Film(page)
        play(film)
        film.save(options.out)
        browser.close()
    print(f"{options.out}: {len(film.frames)} frames, {len(film.frames) / FRAMES_A_SECOND:.0f} s")


if __name__ == "__main__":
    main()
