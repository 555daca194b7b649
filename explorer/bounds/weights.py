"""Running sums of importance log-weights, exact under any chunking.

For one example, log-weights l_k = log p(x, z_k) - log q(z_k|x), k = 1..n, and m = max l_k, d_k = l_k - m:

    n, m, S1 = sum e^{d}, S2 = sum e^{2d}, S3 = sum e^{3d}, D1 = sum d, D2 = sum d^2, C = sum d e^{d}, the largest l_k.

Everything that is reported is a function of these: L_K = m + log(S1/n), the ELBO m + D1/n, their difference, both
standard errors, the effective sample size S1^2/S2, the weights' skewness, and Pareto k of the right tail. Two states
merge by moving both to the larger m. A weight of zero (l = -inf) counts as a draw; NaN or +inf is counted in `n_bad`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

# Enough for the Pareto tail of 100,000 draws (3 sqrt(K) = 949); beyond that the tail stays this long.
MAX_TAIL = 1024


@dataclass(frozen=True)
class WeightSums:
    """Sums over the draws so far, one entry an example: float64 (N,); `largest` is (M, N), descending."""

    n: Tensor
    n_bad: Tensor
    peak: Tensor
    w: Tensor
    w2: Tensor
    w3: Tensor
    d: Tensor
    d2: Tensor
    dw: Tensor
    largest: Tensor

    def select(self, rows: Tensor | slice) -> WeightSums:
        """The sums of some of the examples."""
        fields = {k: v[..., rows] for k, v in vars(self).items()}
        return WeightSums(**fields)


def tail_length(n_draws: int) -> int:
    """Draws in the Pareto tail: min(n/5, 3 sqrt(n)) (Vehtari et al. 2024, section 3.2), and at most `MAX_TAIL` - 1."""
    return int(min(0.2 * n_draws, 3 * n_draws**0.5, MAX_TAIL - 1))


def of(log_w: Tensor, n_kept: int) -> WeightSums:
    """The sums of log-weights (K, N), keeping the `n_kept` largest of each example."""
    log_w = log_w.to(torch.float64)
    bad = torch.isnan(log_w) | (log_w == torch.inf)
    log_w = log_w.masked_fill(bad, -torch.inf)
    peak = log_w.amax(0)
    d = log_w - _finite(peak)
    w = torch.exp(d)
    return WeightSums(
        n=torch.full_like(peak, len(log_w)),
        n_bad=bad.sum(0, dtype=torch.float64),
        peak=peak,
        w=w.sum(0),
        w2=(w * w).sum(0),
        w3=(w * w * w).sum(0),
        d=d.sum(0),
        d2=(d * d).sum(0),
        dw=_times_weight(d, w).sum(0),
        largest=torch.topk(log_w, min(n_kept, len(log_w)), dim=0).values,
    )


def merge(a: WeightSums, b: WeightSums, n_kept: int) -> WeightSums:
    """The sums of both sets of draws."""
    peak = torch.maximum(a.peak, b.peak)
    a, b = _rebased(a, peak), _rebased(b, peak)
    largest = torch.cat([a.largest, b.largest])
    return WeightSums(
        n=a.n + b.n,
        n_bad=a.n_bad + b.n_bad,
        peak=peak,
        w=a.w + b.w,
        w2=a.w2 + b.w2,
        w3=a.w3 + b.w3,
        d=a.d + b.d,
        d2=a.d2 + b.d2,
        dw=a.dw + b.dw,
        largest=torch.topk(largest, min(n_kept, len(largest)), dim=0).values,
    )


def merge_all(states: list[WeightSums], n_kept: int) -> WeightSums:
    """The sums of several sets of draws."""
    return reduce(lambda a, b: merge(a, b, n_kept), states)


def concatenate(states: list[WeightSums]) -> WeightSums:
    """The states of several groups of examples, side by side."""
    return WeightSums(**{k: torch.cat([getattr(s, k) for s in states], dim=-1) for k in vars(states[0])})


def _rebased(state: WeightSums, peak: Tensor) -> WeightSums:
    """The same sums with d_k measured from a higher peak: d' = d - s, s = peak - m >= 0."""
    shift = _finite(peak) - _finite(state.peak)
    # A state whose weights are all zero has w = 0 whatever its peak; its d are -inf already.
    factor = torch.exp(-shift.clamp(min=0))
    return WeightSums(
        n=state.n,
        n_bad=state.n_bad,
        peak=peak,
        w=state.w * factor,
        w2=state.w2 * factor**2,
        w3=state.w3 * factor**3,
        d=state.d - state.n * shift,
        d2=state.d2 - 2 * shift * torch.where(shift == 0, 0.0, state.d) + state.n * shift**2,
        dw=factor * (state.dw - shift * state.w),
        largest=state.largest,
    )


def _finite(peak: Tensor) -> Tensor:
    """The peak, or 0 where every weight is zero."""
    return torch.where(torch.isfinite(peak), peak, 0.0)


def _times_weight(d: Tensor, w: Tensor) -> Tensor:
    """d e^d with its limit 0 at d = -inf."""
    return torch.where(w > 0, d * w, 0.0)
