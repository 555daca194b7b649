"""The maps of a latent space, one kind a file; `registry.MAPS` lists those that an atlas stores."""

from explorer.latent.maps.axes import axes, axes_id, axes_of
from explorer.latent.maps.kind import FitSettings, Layout, MapKind
from explorer.latent.maps.pca import pca
from explorer.latent.maps.registry import MAPS, map_kind

__all__ = ["MAPS", "FitSettings", "Layout", "MapKind", "axes", "axes_id", "axes_of", "map_kind", "pca"]
