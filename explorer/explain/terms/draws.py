"""Draws of a proposal and what each of them says of one x: ever more of them, and never another first N.

    log w_n = log p(x|z_n) + log p(z_n) - log q(z_n),      z_n ~ q

The decoder is run for `PASS` draws at a time, always, and what is not asked for is cut off at the end: a matrix product
of another shape rounds otherwise, and the first N draws would not be the same for every larger N.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import noise
from explorer.bounds.engine import ROWS_PER_PASS
from explorer.bounds.noise import Source
from explorer.bounds.proposals import Proposal
from explorer.explain.terms.estimate import Estimate, estimate
from explorer.explain.terms.running_estimate import Running, running
from explorer.explain.terms.subject import Subject

PASS = ROWS_PER_PASS
# Draws between two reports: a tenth of a second on a decoder of garments, less on others.
PER_REPORT = 4 * PASS

# z (n, 1, d), and log p(x|z) and log p(z) and log q(z), float64 (n,), of the draws from one number to another.
Part = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Draws:
    """N draws: z (N, d); the rest float64 (N,), nats. A log-density may be -inf, or NaN where the model fails."""

    z: np.ndarray
    log_px_z: np.ndarray
    log_pz: np.ndarray
    log_q: np.ndarray

    def __len__(self) -> int:
        return len(self.log_q)

    @cached_property
    def log_w(self) -> np.ndarray:
        """Log-weights."""
        return self.log_px_z + self.log_pz - self.log_q

    @cached_property
    def estimate(self) -> Estimate:
        """What all of them say of log p(x)."""
        return estimate(self.log_w)

    @cached_property
    def running(self) -> Running:
        """The estimate while they came in."""
        return running(self.log_w)

    def first(self, n: int) -> Draws:
        """The first n."""
        return self if n == len(self) else Draws(*(column[:n] for column in self._columns))

    def every_other(self, start: int) -> Draws:
        """Those with even numbers (start = 0) or odd ones (1): two independent halves."""
        return Draws(*(column[start::2] for column in self._columns))

    @property
    def _columns(self) -> tuple[np.ndarray, ...]:
        return self.z, self.log_px_z, self.log_pz, self.log_q


def more(have: Draws | None, n: int, part_of: Callable[[int, int], Part]) -> Iterator[Draws]:
    """Ever more draws until there are at least n, beginning with those that are there.

    Args:
        have: draws so far, whole passes.
        n: how many are wanted.
        part_of: the draws from one multiple of `PASS` to the next.
    """
    start = 0 if have is None else len(have)
    if have is not None and start >= n:
        yield have
        return
    n_whole = -(-n // PASS) * PASS
    columns: list[np.ndarray] = []
    for at in range(start, n_whole, PASS):
        part = _arrays(part_of(at, at + PASS))
        if not columns:
            columns = [np.empty((n_whole, *p.shape[1:]), p.dtype) for p in part]
            if have is not None:
                for column, known in zip(columns, have._columns, strict=True):
                    column[:start] = known
        for column, new in zip(columns, part, strict=True):
            column[at : at + PASS] = new
        done = at + PASS
        # What is reported is never written to again: only what lies behind it is.
        if done == n_whole or (done - start) % PER_REPORT == 0:
            yield Draws(*(column[:done] for column in columns))


def from_proposal(subject: Subject, proposal: Proposal, source: Source) -> Callable[[int, int], Part]:
    """How to draw from a proposal that was made for this x."""

    @torch.inference_mode()
    def part_of(start: int, stop: int) -> Part:
        e = noise.normals(source, subject.one.ids, start, stop, proposal.n_noise)
        z, log_q = proposal.sample(e)
        z = z.to(subject.model.prior().mean.dtype)
        log_px_z = subject.model.likelihood(z).log_prob(subject.one.x)
        return z, log_px_z, subject.model.prior().log_prob(z).double(), log_q

    return part_of


def _arrays(part: Part) -> tuple[np.ndarray, ...]:
    """Of the only example, without the dimension that counts examples."""
    z, *logs = part
    return (z[:, 0].numpy(), *(log.double()[:, 0].numpy() for log in logs))
