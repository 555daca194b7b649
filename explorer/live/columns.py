"""The map's numbers, once: columns of the atlas as one run of little-endian bytes.

    GET /live/{model}/columns?names=umap_x,umap_y[&compact=1][&v=digest]

One column after the other, in the order asked for, each `n_examples` long in the atlas's row order: int32 for
`example_id` and `label`, float32 for everything else. `axis_3` is the posterior mean of latent axis 3. Texts that came
along with the data come as codes (`atlas.categories`), -1 for none.

With `compact=1` every column has a width of its own: 0 bytes a number for an `example_id` that is the row's number
everywhere, 1 for labels below 255 (uint8, 255 for unknown), else 4 as above. The reply begins with these widths, a byte
each; they, and every column, are filled up with zeros to a multiple of 4, so that a browser reads each column where it
lies. A million examples with their places and labels are then 9 MB and not 16.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from explorer.atlas.categories import categories
from explorer.datasets.metadata import is_free
from explorer.live.replies import conditional, refusal, tag
from explorer.live.sources import Atlas, Entry

COUNTS = ("example_id", "label")
UNKNOWN = 255
# More than any picture needs; bounds what one request can make the server put together.
MAX_COLUMNS = 32


def columns(request: Request, entry: Entry) -> Response:
    """The reply to one request for columns."""
    atlas = entry.atlas
    names = tuple(name for name in request.query_params.get("names", "").split(",") if name)
    allowed = names_in(atlas)
    if unknown := [name for name in names if name not in allowed]:
        return refusal(
            400, f"no column {unknown[0]!r} of numbers or metadata in the atlas of {entry.name}", allowed
        )
    if not 0 < len(names) <= MAX_COLUMNS:
        return refusal(400, f"'names' lists 1 to {MAX_COLUMNS} columns, separated by commas", allowed)
    is_compact = request.query_params.get("compact") == "1"
    etag = tag(atlas.digest, *names, *(["compact=1"] if is_compact else []))
    put_together = pack_compact if is_compact else pack
    return conditional(
        request, etag, "application/octet-stream", lambda: put_together(atlas, names), version=atlas.digest
    )


def names_in(atlas: Atlas) -> tuple[str, ...]:
    """All columns that can be asked for: numbers, and of texts what came along with the data."""
    stored = (name for name in atlas.column_names if atlas.is_number(name) or is_free(name))
    return (*stored, *(f"axis_{i}" for i in range(atlas.latent_dim)))


def pack(atlas: Atlas, names: Sequence[str]) -> bytes:
    """The bytes of these columns, one after another, 4 a number."""
    return b"".join(_bytes(name, values) for name, values in _values(atlas, names))


def pack_compact(atlas: Atlas, names: Sequence[str]) -> bytes:
    """The widths of these columns, then their bytes."""
    packed = [_narrow(name, values) for name, values in _values(atlas, names)]
    widths = bytes(width for width, _ in packed)
    return b"".join(part + bytes(-len(part) % 4) for part in (widths, *(content for _, content in packed)))


def _values(atlas: Atlas, names: Sequence[str]) -> list[tuple[str, NDArray[Any]]]:
    stored = atlas.columns([name for name in dict.fromkeys(names) if name in atlas.column_names])
    axes = {name: atlas.means[:, int(name.removeprefix("axis_"))] for name in names if name not in stored}
    texts = {name: categories(values).codes for name, values in stored.items() if not atlas.is_number(name)}
    return [(name, {**stored, **axes, **texts}[name]) for name in names]


def _narrow(name: str, values: NDArray[Any]) -> tuple[int, bytes]:
    """The least width that holds a column, and its bytes."""
    if name == "example_id" and (values == np.arange(len(values))).all():
        return 0, b""
    if name == "label" and values.min() >= -1 and values.max() < UNKNOWN:
        return 1, values.astype(np.uint8).tobytes()
    return 4, _bytes(name, values)


def _bytes(name: str, values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values, dtype="<i4" if name in COUNTS else "<f4").tobytes()
