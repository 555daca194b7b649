"""An interval for log p(x) whose coverage is what it claims, and the error that goes with it.

With v = w/wbar for K draws, the delta method says L_K +- 1.96 sd(v)/sqrt(K). It fails twice, both times on the side of
too much confidence:

1. The largest weights carry the variance and most of them have not been drawn. The tail is therefore taken from its
   fitted generalised Pareto distribution (shape k, scale s over the threshold u), whose second moment replaces that of
   the M largest weights; the error is the larger of the two.
2. The mean of skewed weights is itself skewed: it is low more often than high. Hall's cubic transformation removes the
   skewness g of v to first order and stays monotone:
       T = t + a t^2/3 + a^2 t^3/27 + a/6,  a = g/sqrt(K),  t = (1 - m)/se,
   solved for the m at T = -+1.96; the interval for log p(x) is L_K + log m.

References: Hall 1992, eq. 2.7 (the transformation); Vehtari et al. 2024, section 3 (the tail); Owen 2013, ch. 9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds.pareto import Tail
from explorer.bounds.weights import WeightSums

LEVEL = 0.95
_QUANTILE = math.sqrt(2) * float(torch.erfinv(torch.tensor(LEVEL, dtype=torch.float64)))
# Above k = 1/2 the fitted tail has no second moment; what is reported there is marked as not trusted.
_MAX_SHAPE = 0.49
# The smallest share of its own estimate that a mean is taken to be: the interval's upper end must stay finite.
_LEAST = 1e-9


@dataclass(frozen=True)
class Interval:
    """Beside L_K, in nats (N,): one standard error, and the ends of the 95% interval relative to L_K."""

    se: Tensor
    low: Tensor
    high: Tensor


def interval(sums: WeightSums, tail: Tail) -> Interval:
    """Error and interval of each example; NaN for a single draw."""
    n = sums.n
    variance = (sums.w2 / n / (sums.w / n) ** 2 - 1).clamp(min=0)
    se = torch.sqrt(torch.maximum(variance, _variance_of_tail(sums, tail)) / (n - 1).clamp(min=1))
    a = _skewness(sums, variance) / n.sqrt()
    low = torch.log((1 - se * _inverse(_QUANTILE, a)).clamp(min=_LEAST))
    high = torch.log((1 - se * _inverse(-_QUANTILE, a)).clamp(min=_LEAST))
    known = n > 1
    return Interval(*(torch.where(known, v, torch.nan) for v in (se, low, high)))


def lower_bound(log_px_nats: Tensor | float, probability: float) -> Tensor | float:
    """L_K - log(1/delta): below log p(x) with probability 1 - delta, for any proposal and any K (Markov)."""
    return log_px_nats + math.log(1 - probability)


def _variance_of_tail(sums: WeightSums, tail: Tail) -> Tensor:
    """Variance of w / E w with the largest weights replaced by their fitted distribution; 0 where there is no fit."""
    n, n_tail = sums.n, len(sums.largest) - 1
    drawn = torch.exp(sums.largest[:-1] - sums.largest[0])
    k = tail.k.clamp(max=_MAX_SHAPE)
    mean = tail.threshold + tail.sigma / (1 - k)
    square = mean**2 + tail.sigma**2 / ((1 - k) ** 2 * (1 - 2 * k))
    total = sums.w - drawn.sum(0) + n_tail * mean
    total2 = sums.w2 - (drawn**2).sum(0) + n_tail * square
    variance = total2 / n / (total / n) ** 2 - 1
    return torch.where(torch.isfinite(variance) & torch.isfinite(tail.k), variance, 0.0)


def _skewness(sums: WeightSums, variance: Tensor) -> Tensor:
    """Third standardised moment of the weights, at least 0: importance weights lean right."""
    n, mean = sums.n, sums.w / sums.n
    second, third = sums.w2 / n / mean**2, sums.w3 / n / mean**3
    spread = variance.clamp(min=1e-24) ** 1.5
    return torch.where(variance > 1e-16, ((third - 3 * second + 2) / spread).clamp(min=0), 0.0)


def _inverse(quantile: float, a: Tensor) -> Tensor:
    """The t at which Hall's T is `quantile`."""
    safe = torch.where(a > 1e-6, a, 1.0)
    inner = 1 + safe * (quantile - safe / 6)
    root = torch.sign(inner) * inner.abs() ** (1 / 3)
    return torch.where(a > 1e-6, 3 * (root - 1) / safe, quantile - a / 6)
