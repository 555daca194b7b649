"""Invertible maps of latent space, a kind a file. To add one: a file here, and a row in `FLOWS`."""

from collections.abc import Mapping

from explorer.models.flows.autoregressive import InverseAutoregressive
from explorer.models.flows.layer import Flip, FlowLayer
from explorer.models.flows.planar import Planar
from explorer.models.flows.radial import Radial

FLOWS: Mapping[str, type[FlowLayer]] = {
    "inverse_autoregressive": InverseAutoregressive,
    "flip": Flip,
    "planar": Planar,
    "radial": Radial,
}

__all__ = ["FLOWS", "Flip", "FlowLayer", "InverseAutoregressive", "Planar", "Radial"]
