"""The map's numbers, once: columns of the atlas as one run of little-endian bytes.

    GET /live/{model}/columns?names=umap_x,umap_y[&v=digest]

One column after the other, in the order asked for, each `n_examples` long in the atlas's row order: int32 for
`example_id` and `label`, float32 for everything else. `axis_3` is the posterior mean of latent axis 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import Response

from explorer.live.replies import conditional, refusal, tag
from explorer.live.sources import Atlas, Entry

COUNTS = ("example_id", "label")
# More than any picture needs; bounds what one request can make the server put together.
MAX_COLUMNS = 32


def columns(request: Request, entry: Entry) -> Response:
    """The reply to one request for columns."""
    atlas = entry.atlas
    names = tuple(name for name in request.query_params.get("names", "").split(",") if name)
    allowed = names_in(atlas)
    if unknown := [name for name in names if name not in allowed]:
        return refusal(400, f"no column {unknown[0]!r} in the atlas of {entry.name}", allowed)
    if not 0 < len(names) <= MAX_COLUMNS:
        return refusal(400, f"'names' lists 1 to {MAX_COLUMNS} columns, separated by commas", allowed)
    etag = tag(atlas.digest, *names)
    return conditional(
        request, etag, "application/octet-stream", lambda: pack(atlas, names), version=atlas.digest
    )


def names_in(atlas: Atlas) -> tuple[str, ...]:
    """All columns that can be asked for."""
    return (*atlas.column_names, *(f"axis_{i}" for i in range(atlas.latent_dim)))


def pack(atlas: Atlas, names: Sequence[str]) -> bytes:
    """The bytes of these columns, one after another."""
    stored = atlas.columns([name for name in dict.fromkeys(names) if name in atlas.column_names])
    axes = {name: atlas.means[:, int(name.removeprefix("axis_"))] for name in names if name not in stored}
    return b"".join(_bytes(name, {**stored, **axes}[name]) for name in names)


def _bytes(name: str, values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values, dtype="<i4" if name in COUNTS else "<f4").tobytes()
