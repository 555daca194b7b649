"""The estimate while draws come in: L_n for n = 1 ... N, and its 95% interval at every doubling, trusted or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from explorer.explain.terms.estimate import estimate

# Places of the line, evenly spaced in log n: more than a screen tells apart.
N_PLACES = 240
# Below this many draws an interval says nothing.
FEWEST = 8


@dataclass(frozen=True, eq=False)
class Running:
    """An estimate against the number of draws, nats.

    Attributes:
        n: places of the line (P,), from 1 to N.
        log_mean: L_n there, -inf while no draw has a positive weight.
        at: places of the interval (Q,).
        low, high: its ends.
        is_trusted: whether the weights' tail allows one there.
    """

    n: np.ndarray
    log_mean: np.ndarray
    at: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_trusted: np.ndarray

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not np.isfinite(self.log_mean).any()


def line(log_w: np.ndarray) -> Running:
    """Of log-weights (N,) in the order in which they were drawn, without intervals."""
    usable = np.where(np.isnan(log_w) | np.isposinf(log_w), -np.inf, log_w)
    total = np.logaddexp.accumulate(usable)
    n = np.unique(np.geomspace(1, len(log_w), N_PLACES).round().astype(int))
    nowhere = np.array([])
    return Running(n, total[n - 1] - np.log(n), nowhere.astype(int), nowhere, nowhere, nowhere.astype(bool))


def running(log_w: np.ndarray) -> Running:
    """The same with an interval at every doubling."""
    n_draws = len(log_w)
    at = [k for k in (1 << i for i in range(n_draws.bit_length())) if FEWEST <= k < n_draws]
    at += [n_draws] if n_draws >= FEWEST else []
    ends = [(k, e.low, e.high, e.is_trusted) for k in at for e in (estimate(log_w[:k]),)]
    known = np.array([e for e in ends if e[1] is not None and e[2] is not None], dtype=float).reshape(-1, 4)
    k, low, high, is_trusted = known.T
    return replace(line(log_w), at=k.astype(int), low=low, high=high, is_trusted=is_trusted.astype(bool))
