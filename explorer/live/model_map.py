"""A model seen through one map: what a position needs, in memory before the drag begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent import Chart
from explorer.live.sources import Entry

# A dozen people, each on their own map; the next one is read anew, in tens of milliseconds.
_KEPT = 4


@dataclass(frozen=True, eq=False)
class ModelMap:
    """One map of one model, N examples.

    Attributes:
        chart: between the map and the latent space.
        homes: where the browser draws the examples, (N, 2): the stored coordinates to the last bit, and not
            the chart's own placing of the codes, which for UMAP is only near.
        example_ids: (N,).
    """

    chart: Chart
    homes: NDArray[np.float32]
    example_ids: NDArray[Any]


@lru_cache(maxsize=_KEPT)
def model_map(entry: Entry, map_id: str) -> ModelMap:
    """One of an entry's maps, kept.

    Raises:
        MapError: there is no such map.
        AtlasError: the atlas cannot be read.
    """
    ids = entry.atlas.columns(["example_id"])["example_id"]
    return ModelMap(entry.chart(map_id), np.asarray(entry.coordinates(map_id), np.float32), ids)
