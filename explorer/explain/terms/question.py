"""What is asked: how many draws, from which proposal, with which seed, and how many within a bound.

Checked here, so that all below may rely on it. The proposal is q(z|x) itself, a change of it, the prior, or a density
fitted to this one x.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from explorer.explain.error import ExplainError

MOST_DRAWS = 100_000
FIRST_DRAWS = 1_000
FIRST_K = 10
MOST_FACTOR = 10.0


class ProposalKind(StrEnum):
    """Where the draws come from."""

    ENCODER = "encoder"
    NARROWER = "narrower"
    WIDER = "wider"
    SHIFTED = "shifted"
    PRIOR = "prior"
    FITTED = "fitted"


# How much of it where nobody says: a factor of the standard deviations, or so many of them.
USUAL_AMOUNTS: Mapping[ProposalKind, float] = {
    ProposalKind.NARROWER: 2.0,
    ProposalKind.WIDER: 1.5,
    ProposalKind.SHIFTED: 1.0,
}


@dataclass(frozen=True)
class ProposalChoice:
    """A proposal.

    Attributes:
        kind: which one.
        amount: of `NARROWER` and `WIDER` the factor on every standard deviation, from 1 to `MOST_FACTOR`; of `SHIFTED`
            the distance in standard deviations of q, from 0 to `MOST_FACTOR`; no other kind reads it.
    """

    kind: ProposalKind = ProposalKind.ENCODER
    amount: float = 1.0

    def __post_init__(self) -> None:
        least = {ProposalKind.NARROWER: 1.0, ProposalKind.WIDER: 1.0}.get(self.kind, 0.0)
        if not (math.isfinite(self.amount) and least <= self.amount <= MOST_FACTOR):
            raise ExplainError(
                "how far the proposal is moved",
                f"a number from {least:g} to {MOST_FACTOR:g}",
                repr(self.amount),
                "Choose one in this range.",
            )

    @classmethod
    def usual(cls, kind: ProposalKind) -> ProposalChoice:
        """The kind with its usual amount."""
        return cls(kind, USUAL_AMOUNTS.get(kind, 1.0))

    @property
    def words(self) -> str:
        """The proposal in words, after "draws of"."""
        amount = f"{self.amount:g}"
        return {
            ProposalKind.ENCODER: "the encoder's q(z|x)",
            ProposalKind.NARROWER: f"q(z|x) made narrower, every standard deviation divided by {amount}",
            ProposalKind.WIDER: f"q(z|x) made wider, every standard deviation times {amount}",
            ProposalKind.SHIFTED: f"q(z|x) shifted by {amount} of its standard deviations",
            ProposalKind.PRIOR: "the prior p(z)",
            ProposalKind.FITTED: "a density fitted to this x",
        }[self.kind]


@dataclass(frozen=True)
class Question:
    """N draws of a proposal, and a bound with K of them.

    Attributes:
        n_draws: N, from 1 to `MOST_DRAWS`.
        seed: of all draws, 0 to 2^63 - 1.
        choice: the proposal.
        k: K, draws within the bound L_K, from 1 to `MOST_DRAWS`.

    Raises:
        ExplainError: a number is out of its range.
    """

    n_draws: int = FIRST_DRAWS
    seed: int = 0
    choice: ProposalChoice = field(default_factory=ProposalChoice)
    k: int = FIRST_K

    def __post_init__(self) -> None:
        _whole("the number of draws N", self.n_draws, 1, MOST_DRAWS)
        _whole("the number of draws K within the bound", self.k, 1, MOST_DRAWS)
        _whole("the seed", self.seed, 0, 2**63 - 1)


def _whole(what: str, found: object, low: int, high: int) -> None:
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        raise ExplainError(
            what, f"a whole number from {low:,} to {high:,}", repr(found), "Choose one in this range."
        )
