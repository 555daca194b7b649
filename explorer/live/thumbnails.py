"""Small pictures of the examples: sprite pages for the map, single images for everything else.

    GET /live/{model}/thumbnails/{page}.png     32 x 32 tiles of the data's H x W, rows in order
    GET /live/{model}/image/{example_id}.png    one example

Row r is tile r mod 1024 of page r // 1024, tiles in reading order. With 28-pixel tiles a page is 896 pixels
wide; even 128-pixel tiles give 4096, which every browser draws. Tiles beyond the last example stay black.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from explorer.live.replies import conditional, refusal, tag
from explorer.live.sources import Dataset, Entry

SIDE = 32
TILES = SIDE * SIDE
# Pages kept in memory, some 25 MB of them: a crowd that opens the explorer at once does not compress each
# page anew.
_KEPT_PAGES = 64

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Page:
    digest: str
    number: int
    dataset: Dataset = field(compare=False)


def thumbnails(request: Request, entry: Entry) -> Response:
    """The reply to one request for a sprite page."""
    dataset, number, n_pages = entry.dataset, request.path_params["page"], -(-entry.atlas.n_examples // TILES)
    if not _is_image(dataset):
        return _not_images(entry)
    if number >= n_pages:
        return refusal(404, f"no page {number}: {entry.name} has {n_pages} of thumbnails, counted from 0")
    page = _Page(dataset.digest, number, dataset)
    return _png_reply(request, entry, f"page {number}", lambda: _page_png(page))


def image(request: Request, entry: Entry) -> Response:
    """The reply to one request for one example's image."""
    if not _is_image(entry.dataset):
        return _not_images(entry)
    example_id = request.path_params["example_id"]
    if not entry.atlas.has(example_id):
        return refusal(404, f"there is no example {example_id} in {entry.name}")
    row = entry.atlas.row(example_id)
    one = slice(row, row + 1)
    return _png_reply(request, entry, f"row {row}", lambda: png(pixels(entry.dataset.x(one))[0]))


def pixels(x: NDArray[np.float32]) -> Pixels:
    """uint8 (n, H, W, C) from values (n, C, H, W) in [0, 1]; what lies outside is cut off."""
    return np.rint(np.clip(np.nan_to_num(x), 0.0, 1.0) * 255.0).astype(np.uint8).transpose(0, 2, 3, 1)


def sprite(tiles: Pixels) -> Pixels:
    """One page (32 H, 32 W, C) from at most 1024 tiles (n, H, W, C)."""
    n, height, width, n_channels = tiles.shape
    full = np.zeros((TILES, height, width, n_channels), dtype=np.uint8)
    full[:n] = tiles
    grid = full.reshape(SIDE, SIDE, height, width, n_channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(SIDE * height, SIDE * width, n_channels)


def png(values: Pixels) -> bytes:
    """The PNG of an image (H, W, 1 or 3), with zlib's fastest setting: quicker made than sent."""
    buffer = io.BytesIO()
    plain = values.squeeze(-1) if values.shape[-1] == 1 else values
    Image.fromarray(plain).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@lru_cache(maxsize=_KEPT_PAGES)
def _page_png(page: _Page) -> bytes:
    first = page.number * TILES
    return png(sprite(pixels(page.dataset.x(slice(first, first + TILES)))))


def _png_reply(request: Request, entry: Entry, what: str, body: Callable[[], bytes]) -> Response:
    etag = tag(entry.dataset.digest, entry.atlas.digest, what)
    return conditional(request, etag, "image/png", body, version=entry.atlas.digest)


def _is_image(dataset: Dataset) -> bool:
    return len(dataset.shape) == 3 and dataset.shape[0] in (1, 3)


def _not_images(entry: Entry) -> Response:
    return refusal(404, f"the examples of {entry.name} have shape {entry.dataset.shape}: they are not images")
