"""The pictures are the data's own pixels."""

import io
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.datasets import Dataset
from explorer.live.thumbnails import covered_png, pixels, range_of, sprite, tile_of, tiles
from explorer.show.sparkline import alphas
from tests.live.conftest import Browser, LinearWorkspace


def _read(content: bytes) -> np.ndarray:
    values = np.asarray(Image.open(io.BytesIO(content)))
    return values[..., None] if values.ndim == 2 else values


@pytest.mark.parametrize("name", ["grey", "colour"])
def test_each_tile_is_its_example_pixel_for_pixel(
    browser: Browser, workspace: LinearWorkspace, name: str
) -> None:
    data = np.asarray(workspace.open(name).dataset.values).transpose(0, 2, 3, 1)
    page = _read(browser.get(f"/live/{name}/thumbnails/0.png").content)
    assert page.shape == (32 * 4, 32 * 5, data.shape[-1])
    found = page.reshape(32, 4, 32, 5, -1).transpose(0, 2, 1, 3, 4).reshape(1024, 4, 5, -1)
    assert (found[:30] == data).all()
    assert not found[30:].any()


def test_pages_continue_where_the_last_one_ended() -> None:
    shown = np.arange(1024 + 7, dtype=np.float32)[:, None, None, None] / np.float32(2000)
    second = sprite(pixels(shown[1024:]))
    assert second.shape == (32, 32, 1)
    assert (second[0, :7, 0] == pixels(shown)[1024:, 0, 0, 0]).all()


def test_one_image_is_its_example(browser: Browser, workspace: LinearWorkspace) -> None:
    dataset = workspace.open("colour").dataset
    reply = browser.get("/live/colour/image/121.png")
    assert reply.headers["content-type"] == "image/png"
    assert (_read(reply.content) == np.asarray(dataset.values)[3].transpose(1, 2, 0)).all()


def test_levels_of_any_number_are_stretched_to_256(workspace: LinearWorkspace) -> None:
    seventeen = replace(
        workspace.open("grey").dataset, n_levels=17, values=np.full((30, 1, 4, 5), 16, np.uint8)
    )
    assert (pixels(seventeen.x(slice(0, 2))) == 255).all()


@pytest.mark.parametrize("path", ["thumbnails/0.png", "image/100.png"])
def test_pictures_are_revalidated_by_their_tag(browser: Browser, path: str) -> None:
    first = browser.get(f"/live/grey/{path}")
    again = browser.get(f"/live/grey/{path}", headers={"If-None-Match": first.headers["etag"]})
    assert first.status_code == 200
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["thumbnails/1.png", "thumbnails/99999999999999999999.png", "image/101.png", f"image/{10**30}.png"],
)
def test_what_is_not_there_is_404_in_words(browser: Browser, path: str) -> None:
    reply = browser.get(f"/live/grey/{path}")
    assert reply.status_code == 404
    assert "no " in reply.json()["error"]


@pytest.mark.parametrize("number", ["9" * 4301, "-1", "%D9%A1", "1e3", "0x1", "1.0", " 1"])
@pytest.mark.parametrize("path", ["thumbnails/{}.png", "image/{}.png"])
def test_what_is_no_number_that_python_reads_is_404(browser: Browser, path: str, number: str) -> None:
    reply = browser.get(f"/live/grey/{path.format(number)}")
    assert reply.status_code == 404
    assert "there is nothing at" in reply.json()["error"]


def test_each_tile_of_vectors_is_its_example_on_one_scale(
    browser: Browser, workspace: LinearWorkspace
) -> None:
    dataset = workspace.open("vector").dataset
    reply = browser.get("/live/vector/thumbnails/0.png")
    page = np.asarray(Image.open(io.BytesIO(reply.content)).convert("RGBA"))
    height, width = tile_of(dataset.shape) or (0, 0)
    assert page.shape == (32 * height, 32 * width, 4)
    expected = alphas(dataset.x(slice(0, 30)), range_of(dataset), height, width)
    opacity = page[..., 3].reshape(32, height, 32, width).transpose(0, 2, 1, 3).reshape(1024, height, width)
    assert (opacity[:30] == expected).all()
    assert not opacity[30:].any()
    assert len(np.unique(page[..., :3].reshape(-1, 3), axis=0)) == 1
    one = Image.open(io.BytesIO(browser.get("/live/vector/image/121.png").content)).convert("RGBA")
    assert (np.asarray(one)[..., 3] == expected[3]).all()


def test_a_page_of_long_vectors_is_made_in_less_than_a_second() -> None:
    x = np.random.default_rng(0).normal(size=(1024, 2000)).astype(np.float32)
    labels = np.zeros(1024, np.int64)
    dataset = Dataset("long", "test", x, None, labels, (), np.arange(1024), "vector")
    began = time.perf_counter()
    content = covered_png(sprite(tiles(dataset, slice(0, 1024))))
    assert time.perf_counter() - began < 2
    assert len(content) < 4_000_000


def test_what_is_neither_image_nor_vector_has_no_thumbnails(
    browser: Browser, workspace: LinearWorkspace
) -> None:
    entry = workspace.open("vector")
    values = np.zeros((30, 2, 3), np.uint8)
    workspace.entries["vector"] = replace(entry, dataset=replace(entry.dataset, values=values))
    reply = browser.get("/live/vector/thumbnails/0.png")
    assert reply.status_code == 404
    assert "neither images nor vectors" in reply.json()["error"]
