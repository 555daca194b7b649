"""What N log-weights say of log p(x): the two averages, their errors, and how many draws the sum hangs on.

    L_N = log (1/N) sum w_n        E L_N <= log p(x), rising to it with N
    mean log w                     unbiased for E log w, the ELBO of the proposal
    gap = L_N - mean log w >= 0    Jensen's inequality on one set of weights

Errors and the 95% interval are those of `explorer.bounds.intervals`, which allow for the tail that has not been drawn.

References: Burda et al. 2016, eq. 8; Vehtari et al. 2024.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from explorer.bounds import Reliability, reliability, weights
from explorer.bounds.estimates import estimate as estimated
from explorer.explain.terms.term import Term

# What "most of the sum" is.
MOST = 0.9


@dataclass(frozen=True)
class Estimate:
    """Of one set of weights; a number that cannot be had is None.

    Attributes:
        n: draws, N.
        n_zero: draws of weight zero, log w = -inf.
        n_bad: draws whose weight is not a number.
        log_mean: L_N with its error, which is not known where the tail is too heavy.
        low, high: ends of its 95% interval, nats.
        mean_log: mean log w with its error.
        gap: L_N - mean log w with its error, as that of L_N.
        ess: effective sample size.
        pareto_k: shape of the weights' right tail; -inf is given as None with `is_flat`.
        is_flat: the weights are all but equal.
    """

    n: int
    n_zero: int
    n_bad: int
    log_mean: Term
    low: float | None
    high: float | None
    mean_log: Term
    gap: Term
    ess: float | None
    pareto_k: float | None
    is_flat: bool

    @property
    def reliability(self) -> Reliability:
        """How far L_N and its error can be trusted, by the tail of the weights."""
        if self.is_flat:
            return Reliability.GOOD
        return reliability(math.nan if self.pareto_k is None else self.pareto_k, self.n)

    @property
    def is_trusted(self) -> bool:
        return self.log_mean.is_known and self.reliability is not Reliability.UNRELIABLE


def estimate(log_w: np.ndarray) -> Estimate:
    """Of log-weights (N,), N at least 1, float64."""
    n = len(log_w)
    sums = weights.of(torch.from_numpy(np.ascontiguousarray(log_w))[:, None], weights.tail_length(n) + 1)
    whole = estimated(sums)
    found, known = (
        {name: float(value[0]) for name, value in vars(e).items()} for e in (whole, whole.vouched())
    )
    k = found["pareto_k"]
    return Estimate(
        n=n,
        n_zero=int(np.isneginf(log_w).sum()),
        n_bad=int(sums.n_bad[0]),
        log_mean=Term.of(found["log_px_nats"], known["log_px_se"]),
        low=_finite(found["log_px_low_nats"]),
        high=_finite(found["log_px_high_nats"]),
        mean_log=Term.of(found["elbo_nats"], found["elbo_se"]),
        gap=Term.of(found["gap_nats"], known["gap_se"]),
        ess=_finite(found["ess"]),
        pareto_k=_finite(k),
        is_flat=k == -math.inf,
    )


def normalised(log_w: np.ndarray) -> np.ndarray:
    """Each draw's share of the sum (N,); all zero where no weight is positive. NaN and +inf count as zero."""
    log_w = np.where(np.isnan(log_w) | np.isposinf(log_w), -np.inf, log_w)
    peak = log_w.max()
    if not np.isfinite(peak):
        return np.zeros(len(log_w))
    w = np.exp(log_w - peak)
    return w / w.sum()


@dataclass(frozen=True)
class Carriers:
    """The fewest draws that carry at least `MOST` of the sum: `n` of them carry `share`."""

    n: int
    share: float


def carriers(log_w: np.ndarray) -> Carriers | None:
    """None where no weight is positive."""
    shares = np.sort(normalised(log_w))[::-1]
    if not shares[0] > 0:
        return None
    total = np.cumsum(shares)
    n = min(int(np.searchsorted(total, MOST)) + 1, len(total))
    return Carriers(n, min(float(total[n - 1]), 1.0))


def mean_of(values: np.ndarray) -> Term:
    """A mean of draws with its standard error; no number where one of them is not finite."""
    n = len(values)
    if not n or not np.isfinite(values).all():
        return Term()
    return Term.of(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
