"""The maps that an atlas may store, by id. To add one: a file with its `MapKind`, and a row here."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.latent.arrays import MapError
from explorer.latent.maps.axes import axes_map, axes_of
from explorer.latent.maps.kind import MapKind
from explorer.latent.maps.pca import PCA
from explorer.latent.maps.umap import UMAP_MAP

# In the order in which they are made and offered.
MAPS: dict[str, MapKind] = {"umap": UMAP_MAP, "pca": PCA}


def map_kind(map_id: str, stored: Sequence[str], latent_dim: int) -> MapKind:
    """The kind of a map that can be shown: one that is stored, or two latent axes.

    Raises:
        MapError: there is no such map here.
    """
    if (pair := axes_of(map_id)) and pair[0] != pair[1] and max(pair) < latent_dim:
        return axes_map(*pair, latent_dim)
    if map_id in stored and map_id in MAPS:
        return MAPS[map_id]
    expected = f"{', '.join(stored)}, or axes:i,j with different i, j in 0..{latent_dim - 1}"
    raise MapError("map", expected, repr(map_id))
