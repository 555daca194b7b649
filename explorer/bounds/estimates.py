"""What the running sums say about one example: bounds, gap, errors, diagnostics.

With w = e^l, wbar their mean and v = w/wbar:

    L_K  = log wbar             E L_K <= log p(x); bias -cv^2/(2K) + O(K^-2); SE = sd(v)/sqrt(K)
    ELBO = mean l               E ELBO <= log p(x), unbiased for the ELBO;    SE = sd(l)/sqrt(K)
    gap  = L_K - ELBO >= 0      (Jensen, on the same draws);                  SE = sd(v - 1 - (l - mean l))/sqrt(K)
    ESS  = (sum w)^2 / sum w^2

All in nats. The delta-method errors are too small where Pareto k is high: see `reliability`.

References: Burda et al. 2016, eq. 8; Kong 1992; Vehtari et al. 2024.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.bounds.pareto import pareto_k
from explorer.bounds.weights import WeightSums, tail_length


@dataclass(frozen=True)
class Estimates:
    """Per example, float64 (N,), nats: NaN where an error needs more draws than there are."""

    elbo_nats: Tensor
    elbo_se: Tensor
    log_px_nats: Tensor
    log_px_se: Tensor
    gap_nats: Tensor
    gap_se: Tensor
    ess: Tensor
    pareto_k: Tensor
    n_samples: Tensor


def estimate(sums: WeightSums) -> Estimates:
    """Bounds, gap, errors and diagnostics from the sums; NaN for an example with a NaN or +inf weight."""
    n, mean_w, mean_d = sums.n, sums.w / sums.n, sums.d / sums.n
    log_mean_w = torch.log(mean_w)
    var_v = sums.w2 / n / mean_w**2 - 1
    # var(l) is infinite when a weight is zero; nan_to_num would hide that, so it stays infinite.
    var_l = torch.where(torch.isfinite(mean_d), sums.d2 / n - mean_d**2, torch.inf)
    cov = sums.dw / n / mean_w - mean_d
    se = torch.sqrt(torch.stack([var_l, var_v, var_v + var_l - 2 * cov]).clamp(min=0) / (n - 1))
    valid = (sums.n_bad == 0) & torch.isfinite(sums.peak)

    def kept(value: Tensor) -> Tensor:
        return torch.where(valid, value, torch.nan)

    se = torch.where(n > 1, se, torch.nan)
    return Estimates(
        elbo_nats=kept(sums.peak + mean_d),
        elbo_se=kept(se[0]),
        log_px_nats=kept(sums.peak + log_mean_w),
        log_px_se=kept(se[1]),
        gap_nats=kept((log_mean_w - mean_d).clamp(min=0)),
        gap_se=kept(se[2]),
        ess=kept(sums.w**2 / sums.w2),
        pareto_k=kept(tail_shape(sums)),
        n_samples=n,
    )


def tail_shape(sums: WeightSums) -> Tensor:
    """Pareto k of each example's largest weights, (N,)."""
    n_tail = tail_length(int(sums.n.max()))
    return pareto_k(sums.largest[: n_tail + 1])
