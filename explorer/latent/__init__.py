"""From a place on a map to a code in latent space, and back. A leaf: arrays in, arrays out.

- `Chart`: the two directions. `Plane` (`axes`, `pca`, `anchors`) is exact; `LocalLift` is for maps without an
  inverse.
- `Support`: whether a code lies where the model has seen codes.
- `paths`: linear and spherical, through any number of anchors.
- `umap.fit`: makes the map; imported on its own, when one is made.
"""

from explorer.latent import paths, planes
from explorer.latent.arrays import MapError
from explorer.latent.chart import Chart
from explorer.latent.handles import lift_handles
from explorer.latent.lift import LocalLift
from explorer.latent.planes import Plane
from explorer.latent.support import Support, SupportReport, level

__all__ = [
    "Chart",
    "LocalLift",
    "MapError",
    "Plane",
    "Support",
    "SupportReport",
    "level",
    "lift_handles",
    "paths",
    "planes",
]
