"""Densities that importance samples are drawn from, one kind a file, all on the interface of `Proposal`."""

from explorer.bounds.proposals.distribution import encoder, prior
from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.mixture import Mixture
from explorer.bounds.proposals.proposal import Proposal, centre
from explorer.bounds.proposals.student import StudentT, heavy_tailed

__all__ = [
    "DiagonalGaussian",
    "FullGaussian",
    "Mixture",
    "Proposal",
    "StudentT",
    "centre",
    "encoder",
    "heavy_tailed",
    "prior",
]
