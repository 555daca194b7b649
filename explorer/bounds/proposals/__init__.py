"""Densities that importance samples are drawn from, one kind a file, all on the interface of `Proposal`."""

from explorer.bounds.proposals.distribution import encoder, prior
from explorer.bounds.proposals.gaussian import DiagonalGaussian, FullGaussian
from explorer.bounds.proposals.mixture import Mixture
from explorer.bounds.proposals.moments import moments
from explorer.bounds.proposals.proposal import Proposal, centre
from explorer.bounds.proposals.student import StudentT, heavy_tailed
from explorer.bounds.proposals.transformed import Transformed

# Every kind; the contract that all of them keep is tested for each (tests/bounds/proposals/test_contract.py).
KINDS: tuple[type[Proposal], ...] = (DiagonalGaussian, FullGaussian, Mixture, StudentT, Transformed)

__all__ = [
    "KINDS",
    "DiagonalGaussian",
    "FullGaussian",
    "Mixture",
    "Proposal",
    "StudentT",
    "Transformed",
    "centre",
    "encoder",
    "heavy_tailed",
    "moments",
    "prior",
]
