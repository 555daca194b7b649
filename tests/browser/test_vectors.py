"""Data that are not images: everything works but the thumbnails."""

from __future__ import annotations

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

N, D = 300, 20


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


def test_vectors_are_explored_without_thumbnails(at_vectors: Visitor, root: Path) -> None:
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
    expect(card.locator("canvas")).to_be_hidden()
    at_vectors.page.mouse.click(*places.of_example(example_id))
    expect(at_vectors.heading).to_contain_text(f"example {example_id}")
    expect(at_vectors.figure("gap")).to_be_visible()

    before = at_vectors.decoded_pixels()
    at_vectors.drag_out(at_vectors.handles.first, 60, 40)
    at_vectors.until_decoded_differs(before)
    at_vectors.page.mouse.up()
    at_vectors.page.keyboard.down("Shift")
    at_vectors.page.mouse.click(*places.of_example(places.lonely()[1]))
    at_vectors.page.keyboard.up("Shift")
    expect(at_vectors.page.get_by_test_id("path-strip").locator("img")).to_have_count(11)
    assert not any("/thumbnails/" in url or "/image/" in url for url in at_vectors.requests)
    assert not at_vectors.faults


def test_gaps_of_vectors_have_no_images(at_vectors: Visitor) -> None:
    at_vectors.page.get_by_role("link", name="Gaps").click()
    at_vectors.page.wait_for_selector('[data-testid="stDataFrame"] td', state="attached")
    at_vectors.shows("Click an example's number")
    assert not any("/image/" in url for url in at_vectors.requests)
    assert not at_vectors.faults
