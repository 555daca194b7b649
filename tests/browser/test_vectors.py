"""Vectors: a line or bars stand wherever images do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.cli import main
from explorer.workspace import Workspace
from tests.browser.conftest import Arrive
from tests.browser.places import Places
from tests.browser.servers import serving
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

N, D = 300, 40


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear model of vectors with a three-dimensional cause."""
    folder = tmp_path_factory.mktemp("vectors")
    rng = np.random.default_rng(0)
    cause, y = rng.normal(size=(N, 3)), rng.integers(0, 2, size=N)
    x = cause @ rng.normal(size=(3, D)) + 2 * y[:, None] + 0.1 * rng.normal(size=(N, D))
    data = folder / "vectors.npz"
    np.savez(data, x=x.astype(np.float32), y=y, label_names=np.array(["calm", "<b>storm</b>"]))
    checkpoint = folder / "checkpoints" / "vectors"
    given = ["--data", str(data)]
    assert main(["train", *given, "--config", "linear-8", "--out", str(checkpoint), "--epochs", "3"]) == 0
    assert main(["atlas", str(checkpoint), *given, "--split", "all", "--samples", "32", "--maps", "pca"]) == 0
    return folder / "checkpoints"


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    with serving(root, root.parent / "server.log") as found:
        yield found


@pytest.fixture
def at_vectors(arrive: Arrive, address: str) -> Visitor:
    return arrive(address).open()


def test_the_line_follows_the_hand_and_stands_wherever_an_image_would(
    at_vectors: Visitor, root: Path
) -> None:
    entry = Workspace(root).open("vectors")
    for label in (
        at_vectors.page.get_by_test_id("map-legend"),
        at_vectors.page.get_by_role("toolbar", name="Labels"),
    ):
        expect(label).to_contain_text("<b>storm</b>")
    places = Places.of(at_vectors, entry, "pca")
    example_id = places.lonely()[0]
    at_vectors.page.mouse.move(*places.of_example(example_id))
    card = at_vectors.page.get_by_test_id("map-tooltip")
    expect(card).to_contain_text(f"example {example_id}")
    expect(card.locator("canvas")).to_be_visible()
    at_vectors.page.mouse.click(*places.of_example(example_id))
    expect(at_vectors.heading).to_contain_text(f"example {example_id}")
    expect(at_vectors.figure("gap")).to_be_visible()
    plot, residual = (at_vectors.page.locator(".lx-plot").nth(i) for i in range(2))
    expect(plot).to_contain_text("reconstruction")
    expect(plot.locator(".lx-curve.lx-curve-x")).to_have_css("mask-image", re.compile("^url.*svg"))
    expect(residual).to_have_accessible_name(re.compile("Residual .* largest at feature"))
    expect(at_vectors.page.locator(".lg-image").first).to_have_css(
        "background-image", re.compile("thumbnails")
    )

    before = at_vectors.decoded_pixels()
    at_vectors.drag_out(at_vectors.handles.first, 60, 40)
    at_vectors.until_decoded_differs(before)
    at_vectors.page.mouse.up()
    expect(plot.locator(".lx-curve.lx-curve-handle")).to_be_visible()
    at_vectors.page.keyboard.down("Shift")
    at_vectors.page.mouse.click(*places.of_example(places.lonely()[1]))
    at_vectors.page.keyboard.up("Shift")
    expect(at_vectors.page.get_by_test_id("path-strip").locator("img")).to_have_count(11)
    heights = (
        at_vectors.page.get_by_test_id("path-strip")
        .locator("img")
        .evaluate_all("all => all.map(i => i.naturalHeight)")
    )
    assert min(heights) > 40
    assert any("/thumbnails/0.png" in url for url in at_vectors.requests)
    assert not at_vectors.faults


def test_gaps_of_vectors_have_pictures(at_vectors: Visitor) -> None:
    at_vectors.page.get_by_role("link", name="Gaps").click()
    at_vectors.page.wait_for_selector('[data-testid="stDataFrame"] td', state="attached")
    at_vectors.shows("Click an example's image or number")
    assert any("/image/" in url for url in at_vectors.requests)
    assert not at_vectors.faults
