"""Small pictures of the examples: sprite pages for the map, single images for everything else.

    GET /live/{model}/thumbnails/{page}.png     32 x 32 tiles, rows in order
    GET /live/{model}/image/{example_id}.png    one example

A tile of images is of the data's H x W; one of vectors is a line or bars on no ground, all over one range of values.
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
from PIL import Image, ImageColor
from starlette.requests import Request
from starlette.responses import Response

from explorer.live.replies import conditional, refusal, tag
from explorer.live.sources import Dataset, Entry
from explorer.show import palette
from explorer.show.sparkline import ValueRange, alphas, value_range

SIDE = 32
TILES = SIDE * SIDE
# Pages kept in memory, some 25 MB of them: a crowd that opens the explorer at once does not compress each
# page anew.
_KEPT_PAGES = 64
# Of a vector's tile.
_HEIGHT, _WIDTH = 48, 96
# Vectors are drawn over the range of the values of so many.
_MOST_RANGED = 1024

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class _Page:
    digest: str
    number: int
    dataset: Dataset = field(compare=False)


def thumbnails(request: Request, entry: Entry) -> Response:
    """The reply to one request for a sprite page."""
    dataset, number, n_pages = entry.dataset, request.path_params["page"], -(-entry.atlas.n_examples // TILES)
    if tile_of(dataset.shape) is None:
        return _not_drawn(entry)
    if number >= n_pages:
        return refusal(404, f"no page {number}: {entry.name} has {n_pages} of thumbnails, counted from 0")
    page = _Page(dataset.digest, number, dataset)
    return _png_reply(request, entry, f"page {number}", lambda: _page_png(page))


def image(request: Request, entry: Entry) -> Response:
    """The reply to one request for one example's image."""
    if tile_of(entry.dataset.shape) is None:
        return _not_drawn(entry)
    example_id = request.path_params["example_id"]
    if not entry.atlas.has(example_id):
        return refusal(404, f"there is no example {example_id} in {entry.name}")
    row = entry.atlas.row(example_id)
    one = slice(row, row + 1)
    return _png_reply(
        request, entry, f"row {row}", lambda: _png_of(entry.dataset, tiles(entry.dataset, one)[0])
    )


def tile_of(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of an example's picture; None for what is neither image nor vector."""
    if len(shape) == 1:
        return _HEIGHT, _WIDTH
    return (shape[1], shape[2]) if len(shape) == 3 and shape[0] in (1, 3) else None


@lru_cache(maxsize=8)
def range_of(dataset: Dataset) -> ValueRange:
    """What vectors of a data set are drawn over, wherever each is drawn by itself."""
    return value_range(dataset.x(slice(0, _MOST_RANGED)), dataset.features, is_robust=True)


def tiles(dataset: Dataset, rows: slice) -> Pixels:
    """uint8 (n, H, W, C) of examples; of vectors how much of each pixel is covered, C = 1."""
    x = dataset.x(rows)
    return alphas(x, range_of(dataset), _HEIGHT, _WIDTH)[..., None] if x.ndim == 2 else pixels(x)


def pixels(x: NDArray[np.float32]) -> Pixels:
    """uint8 (n, H, W, C) from values (n, C, H, W) in [0, 1]; what lies outside is cut off."""
    return np.rint(np.clip(np.nan_to_num(x), 0.0, 1.0) * 255.0).astype(np.uint8).transpose(0, 2, 3, 1)


def sprite(shown: Pixels) -> Pixels:
    """One page (32 H, 32 W, C) from at most 1024 tiles (n, H, W, C)."""
    n, height, width, n_channels = shown.shape
    full = np.zeros((TILES, height, width, n_channels), dtype=np.uint8)
    full[:n] = shown
    grid = full.reshape(SIDE, SIDE, height, width, n_channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(SIDE * height, SIDE * width, n_channels)


def png(values: Pixels) -> bytes:
    """The PNG of an image (H, W, 1 or 3)."""
    return _written(Image.fromarray(values.squeeze(-1) if values.shape[-1] == 1 else values))


def covered_png(values: Pixels) -> bytes:
    """The PNG of one colour that covers so much of each pixel (H, W, 1): a byte a pixel, and a palette of opacities."""
    picture = Image.fromarray(values.squeeze(-1), "P")
    picture.putpalette(ImageColor.getrgb(palette.ACCENT) * 256)
    return _written(picture, transparency=bytes(range(256)))


def _written(picture: Image.Image, **options: bytes) -> bytes:
    """With zlib's fastest setting: quicker made than sent."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1, **options)
    return buffer.getvalue()


def _png_of(dataset: Dataset, values: Pixels) -> bytes:
    return covered_png(values) if len(dataset.shape) == 1 else png(values)


@lru_cache(maxsize=_KEPT_PAGES)
def _page_png(page: _Page) -> bytes:
    first = page.number * TILES
    return _png_of(page.dataset, sprite(tiles(page.dataset, slice(first, first + TILES))))


def _png_reply(request: Request, entry: Entry, what: str, body: Callable[[], bytes]) -> Response:
    etag = tag(entry.dataset.digest, entry.atlas.digest, what)
    return conditional(request, etag, "image/png", body, version=entry.atlas.digest)


def _not_drawn(entry: Entry) -> Response:
    shape = entry.dataset.shape
    return refusal(404, f"the examples of {entry.name} have shape {shape}: neither images nor vectors")
