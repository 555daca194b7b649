"""The rungs of the ladder: each a proposal for the examples that the one before did not fit.

To add a proposal, write `proposals/<name>.py` and give it a rung in `LADDER`: what it proposes for a group of examples
is a function of what is known of them by then. Scores, summaries and pages name it by its `stage` and `title`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from explorer.bounds import annealed
from explorer.bounds.decisions import LadderSettings, Reason
from explorer.bounds.engine import Examples
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal, encoder, fitted
from explorer.bounds.proposals.fitted import Fit
from explorer.models.latent_model import LatentModel

N_PILOT = 512
# A rung without parts of its own has so many, far from everybody else's.
_PARTS_EACH = 16


@dataclass
class Group:
    """Examples that climb together, of one mode each or of several each: the rows of a batch that nothing fits yet.

    Attributes:
        model: whose p(z|x) it is about.
        rows: which of the batch's examples these are, (N,).
        examples: these N.
        fit: the density that is fitted to them so far; a rung that improves it leaves it here for the next. None where
            the model has no gradients to fit by: only rungs that need none are tried then.
        z: all draws that have decided so far (K, N, d), whichever rung they came from.
        log_w: their log-weights (K, N).
    """

    model: LatentModel
    rows: Tensor
    examples: Examples
    fit: Fit | None
    z: Tensor
    log_w: Tensor

    @classmethod
    def of(cls, model: LatentModel, batch: Examples, fit: Fit | None, rows: Tensor) -> Group:
        """Some rows of a batch with its fit, before anything was drawn."""
        z = torch.empty(0, len(rows), model.latent_dim, dtype=model.prior().mean.dtype)
        log_w = torch.empty(0, len(rows), dtype=torch.float64)
        return cls(model, rows, batch.select(rows), fit and fit.select(rows), z, log_w)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def fitted(self) -> Fit:
        """The fit, for rungs that need one."""
        assert self.fit is not None, "such a rung is not tried without gradients"
        return self.fit

    def add(self, z: Tensor, log_w: Tensor) -> None:
        """More draws that decide."""
        self.z, self.log_w = torch.cat([self.z, z]), torch.cat([self.log_w, log_w])

    def keep_only(self, rows: Tensor) -> None:
        """Drops the others: a proposal fits them."""
        kept = torch.nonzero(torch.isin(self.rows, rows))[:, 0]
        self.rows, self.examples, self.fit = (
            rows,
            self.examples.select(kept),
            self.fit and self.fit.select(kept),
        )
        self.z, self.log_w = self.z[:, kept], self.log_w[:, kept]


@dataclass(frozen=True)
class Weighed:
    """Weights that come without a density: log-weights (K, N) with E w = p(x), and the rows decoded an example."""

    log_w: Tensor
    n_decoded: int


class Selectable(Protocol):
    """What draws can be made from for some of the examples: every `Proposal` is."""

    def select(self, rows: Tensor) -> Proposal:
        """The proposal of some of the examples."""
        ...


# A proposal, or weights without one, or why there is neither for these examples.
Offer = Selectable | Weighed | Reason


@dataclass(frozen=True)
class Rung:
    """One rung.

    Attributes:
        stage: its name in the scores' column `proposal`.
        title: what the draws came from, within a sentence.
        propose: makes the offer for a group; random numbers that it takes itself come from the source.
        pilots: draws of each round that decide whether the offer fits; it is made anew for each. 0: the encoder's draws
            decide, which are there anyway.
        is_last_resort: whether the last round may have a heavier tail and as many draws as the cap allows, as what
            comes after it costs a hundred times as much.
        counts: what K is a number of.
        needs_fit: whether it is a proposal that is fitted to the example.
        stream: of the draws that are reported.
        part: of the streams, the first of one a round; far from all others unless given.
    """

    stage: str
    title: str
    propose: Callable[[Group, Source], Offer]
    pilots: tuple[int, ...] = (N_PILOT,)
    is_last_resort: bool = False
    counts: str = "draws"
    needs_fit: bool = True
    stream: Stream = Stream.RUNG
    part: int | None = None

    def pilot_source(self, seed: int, i_round: int) -> Source:
        """Of the draws that decide in a round."""
        return Source(seed, Stream.PILOT, self._first_part + i_round)

    def source(self, seed: int, i_round: int) -> Source:
        """Of the draws that are reported after a round."""
        return Source(seed, self.stream, self._first_part + i_round)

    @property
    def _first_part(self) -> int:
        # By the name, not by the place: a new rung must not move the random numbers of another.
        return _PARTS_EACH * (1 + zlib.crc32(self.stage.encode())) if self.part is None else self.part


@dataclass(frozen=True)
class _Encoder:
    """The encoder's q, encoded anew for those that it is wanted for: a flow has no rows to select."""

    group: Group

    def select(self, rows: Tensor) -> Proposal:
        return encoder(self.group.model, self.group.examples.x[rows])


def _encoder(group: Group, source: Source) -> Offer:
    """Where there is one mode, q may serve."""
    return _Encoder(group) if group.fit is None or group.fit.is_single else Reason.MODES


def _laplace(group: Group, source: Source) -> Offer:
    return group.fitted.around()


def _adapted(group: Group, source: Source) -> Offer:
    group.fit = group.fitted.moved_to(group.z, group.log_w)
    return group.fit.defended()


def _annealed(group: Group, source: Source) -> Offer:
    run = annealed.forward(group.model, group.examples, group.fitted.gaussian, source)
    return Weighed(run.log_w, run.n_decoded)


ENCODER = Rung(
    "encoder", "the encoder's q", _encoder, pilots=(0,), needs_fit=False, stream=Stream.REPORTED, part=0
)
LAPLACE = Rung("laplace", "a Laplace fit", _laplace, stream=Stream.LAPLACE, part=0)
ADAPTED = Rung(
    "adapted",
    "an adapted Gaussian",
    _adapted,
    pilots=fitted.ROUNDS,
    is_last_resort=True,
    stream=Stream.ADAPTED,
    part=1,
)
ANNEALED = Rung(
    "annealed",
    "annealed importance sampling",
    _annealed,
    pilots=(0,),
    counts="runs",
    stream=Stream.ANNEALED,
    part=0,
)
# In the order in which they are tried.
LADDER: tuple[Rung, ...] = (ENCODER, LAPLACE, ADAPTED, ANNEALED)


def allowed(settings: LadderSettings, has_fits: bool) -> tuple[Rung, ...]:
    """The rungs that may be tried on a model."""
    return tuple(
        rung
        for rung in LADDER
        if (settings.annealing or rung is not ANNEALED) and (has_fits or not rung.needs_fit)
    )


def rung_of(stage: str) -> Rung | None:
    """The rung of a stage; None of one that this version does not have."""
    return next((rung for rung in LADDER if rung.stage == stage), None)


def title(stage: str) -> str:
    """What draws of a stage came from; the stage's own name where its rung is not known."""
    rung = rung_of(stage)
    return stage if rung is None else rung.title


def in_order(stages: Iterable[str]) -> list[str]:
    """Stages as the ladder has them, and after them, by name, those that it does not have."""
    places = {rung.stage: i for i, rung in enumerate(LADDER)}
    return sorted(stages, key=lambda stage: (places.get(stage, len(places)), stage))
