"""What the running sums say about one example: bounds, gap, errors, diagnostics.

With w = e^l, wbar their mean and v = w/wbar:

    L_K  = log wbar             E L_K <= log p(x); bias -cv^2/(2K) + O(K^-2); SE = sd(v)/sqrt(K)
    ELBO = mean l               E ELBO <= log p(x), unbiased for the ELBO;    SE = sd(l)/sqrt(K)
    gap  = L_K - ELBO >= 0      (Jensen, on the same draws);                  SE = sd(v - 1 - (l - mean l))/sqrt(K)
    ESS  = (sum w)^2 / sum w^2

All in nats. The error of L_K and its 95% interval are those of `intervals`: the delta method's alone are too small,
as the largest weights have not been drawn yet. Where the weights' tail is too heavy for any such statement, `vouched`
leaves the errors out: a few draws that carry the whole sum say nothing of how far it is off.

References: Burda et al. 2016, eq. 8; Kong 1992; Vehtari et al. 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.bounds.intervals import interval
from explorer.bounds.pareto import fit_tail, trust_limit
from explorer.bounds.weights import WeightSums, tail_length


@dataclass(frozen=True)
class Estimates:
    """Per example, float64 (N,), nats: NaN where an error needs more draws than there are."""

    elbo_nats: Tensor
    elbo_se: Tensor
    log_px_nats: Tensor
    log_px_se: Tensor
    log_px_low_nats: Tensor
    log_px_high_nats: Tensor
    gap_nats: Tensor
    gap_se: Tensor
    ess: Tensor
    pareto_k: Tensor
    n_samples: Tensor

    def select(self, rows: Tensor | slice) -> Estimates:
        """The estimates of some of the examples."""
        return Estimates(**{k: v[rows] for k, v in vars(self).items()})

    def vouched(self) -> Estimates:
        """The same, with the errors and the interval of L_K and of the gap NaN where k is beyond `trust_limit`."""
        limits = torch.tensor([trust_limit(int(n)) for n in self.n_samples.tolist()], dtype=torch.float64)
        is_known = self.pareto_k < limits
        names = ("log_px_se", "log_px_low_nats", "log_px_high_nats", "gap_se")
        return replace(
            self, **{name: torch.where(is_known, getattr(self, name), torch.nan) for name in names}
        )

    @staticmethod
    def concatenate(parts: Sequence[Estimates]) -> Estimates:
        """Several groups of examples, side by side."""
        return Estimates(**{k: torch.cat([getattr(p, k) for p in parts]) for k in vars(parts[0])})


def estimate(sums: WeightSums) -> Estimates:
    """Bounds, gap, errors and diagnostics from the sums; NaN for an example with a NaN or +inf weight."""
    n, mean_w, mean_d = sums.n, sums.w / sums.n, sums.d / sums.n
    log_mean_w = torch.log(mean_w)
    var_v = (sums.w2 / n / mean_w**2 - 1).clamp(min=0)
    # var(l) is infinite when a weight is zero; nan_to_num would hide that, so it stays infinite.
    var_l = torch.where(torch.isfinite(mean_d), sums.d2 / n - mean_d**2, torch.inf)
    cov = sums.dw / n / mean_w - mean_d
    se = torch.sqrt(torch.stack([var_l, var_v, var_v + var_l - 2 * cov]).clamp(min=0) / (n - 1))
    valid = (sums.n_bad == 0) & torch.isfinite(sums.peak)

    def kept(value: Tensor) -> Tensor:
        return torch.where(valid, value, torch.nan)

    se = torch.where(n > 1, se, torch.nan)
    sums = replace(sums, largest=sums.largest[: tail_length(int(n.max())) + 1])
    tail = fit_tail(sums.largest)
    around = interval(sums, tail)
    return Estimates(
        elbo_nats=kept(sums.peak + mean_d),
        elbo_se=kept(se[0]),
        log_px_nats=kept(sums.peak + log_mean_w),
        log_px_se=kept(around.se),
        log_px_low_nats=kept(sums.peak + log_mean_w + around.low),
        log_px_high_nats=kept(sums.peak + log_mean_w + around.high),
        gap_nats=kept((log_mean_w - mean_d).clamp(min=0)),
        gap_se=kept(se[2]),
        ess=kept(sums.w**2 / sums.w2),
        pareto_k=kept(tail.k),
        n_samples=n,
    )
