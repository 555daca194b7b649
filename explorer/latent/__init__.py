"""From a place on a map to a code in latent space, and back. A leaf: arrays in, arrays out.

- `maps`: the kinds of map, one a file, and their registry.
- `Chart`: the two directions. `Plane` is exact; `LocalLift` is for maps without an inverse.
- `Support`: whether a code lies where the model has seen codes.
- `paths`: linear and spherical, through any number of anchors.
"""

from explorer.latent import maps, paths
from explorer.latent.arrays import MapError
from explorer.latent.chart import Chart
from explorer.latent.handles import lift_handles
from explorer.latent.local_lift import LocalLift
from explorer.latent.plane import Plane
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
    "maps",
    "paths",
]
