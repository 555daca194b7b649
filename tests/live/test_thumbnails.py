"""The pictures are the data's own pixels."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.live.thumbnails import pixels, sprite
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
    tiles = page.reshape(32, 4, 32, 5, -1).transpose(0, 2, 1, 3, 4).reshape(1024, 4, 5, -1)
    assert (tiles[:30] == data).all()
    assert not tiles[30:].any()


def test_pages_continue_where_the_last_one_ended() -> None:
    tiles = np.arange(1024 + 7, dtype=np.float32)[:, None, None, None] / np.float32(2000)
    second = sprite(pixels(tiles[1024:]))
    assert second.shape == (32, 32, 1)
    assert (second[0, :7, 0] == pixels(tiles)[1024:, 0, 0, 0]).all()


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


def test_vectors_have_no_thumbnails(browser: Browser) -> None:
    reply = browser.get("/live/vector/thumbnails/0.png")
    assert reply.status_code == 404
    assert "not images" in reply.json()["error"]
