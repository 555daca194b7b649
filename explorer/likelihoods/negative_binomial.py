"""Counts 0, 1, 2, ..., with a mean and an inverse dispersion each.

A decoder of cells gives the share of each gene rather than its mean: with `typical_library` the first parameters are
logits of shares rho = softmax over the event, and the mean is l rho_g. In p(x|z) the library size l is the sum of x
itself, so that what is called log p(x) is conditional on it, log p(x | l(x)); where there is no x, in means, draws and
lengths, l is the typical one. Without `typical_library` they are logs of the means.

References: Lopez et al. 2018 (scVI); Robinson & Smyth 2007.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.likelihoods.likelihood import Likelihood, steps

# Beyond them the gradient of a mean or of a length leaves float32.
MAX_LOG_MEAN = 30.0
MAX_LOG_DISPERSION = 20.0
_N_NODES = 48


@dataclass(frozen=True)
class NegativeBinomial(Likelihood):
    """log P(x) = log G(x + t) - log G(t) - log x! + t log(t / (t + m)) + x log(m / (t + m)), m the mean.

    The variance is m + m^2 / t, with t = exp(log_inverse_dispersion).

    Attributes:
        rates: logs of the means, or logits of shares of the library.
        log_inverse_dispersion: log t.
        typical_library: the library size where no x is given; None where rates are logs of the means.
    """

    rates: Tensor
    log_inverse_dispersion: Tensor
    # By name, so that another parameter can follow in a class of its own.
    typical_library: float | None = field(kw_only=True)
    n_event_dims: int = field(kw_only=True)
    value_range = (0.0, math.inf)
    takes_counts = True
    n_own = 2
    settings = ("typical_library",)

    def given(self, x: Tensor) -> Self:
        """With the library sizes of x (N, *event) for the typical one, but where they are NaN."""
        if self.typical_library is None:
            return self
        library = _library(x, self.n_event_dims).nan_to_num(self.typical_library)
        return replace(self, rates=self.log_mean(library), typical_library=None)

    def log_mean(self, library: Tensor | None = None) -> Tensor:
        """log m (*K, N, *event) at library sizes that it can be multiplied by; None for the typical one."""
        if self.typical_library is None:
            return self.rates.clamp(-MAX_LOG_MEAN, MAX_LOG_MEAN)
        flat = self.rates.flatten(-self.n_event_dims)
        shares = torch.log_softmax(flat, -1).reshape(self.rates.shape)
        return shares + (math.log(self.typical_library) if library is None else torch.log(library))

    @property
    def log_dispersion(self) -> Tensor:
        """log t, kept within what floats can hold."""
        return self.log_inverse_dispersion.clamp(-MAX_LOG_DISPERSION, MAX_LOG_DISPERSION)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        """In float64: of a large count or t the factorials are large, and cancel."""
        x = x.double()
        m = self.log_mean(_library(x, self.n_event_dims)).double()
        r = self.log_dispersion.double()
        t = torch.exp(r)
        factorials = torch.lgamma(x + t) - torch.lgamma(t) - torch.lgamma(x + 1)
        return factorials - t * F.softplus(m - r) - x * F.softplus(r - m)

    @property
    def mean(self) -> Tensor:
        return torch.exp(self.log_mean())

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """A Poisson of a gamma."""
        r = self.log_dispersion
        gamma = torch._standard_gamma(torch.exp(r.expand_as(self.rates)).contiguous(), generator=generator)
        return torch.poisson(gamma * torch.exp(self.log_mean() - r), generator=generator)

    def squared_steps_per_element(self) -> Tensor:
        """t (d 2 asinh sqrt(m / t))^2 + I (dlog t)^2, midway in t; exact where t does not change.

        m and t are orthogonal. I is an integral: `_dispersion_information`.
        """
        r_step, r = steps(self.log_dispersion.expand_as(self.rates), self.n_event_dims)
        n = r.shape[-self.n_event_dims - 1]
        log_mean = self.log_mean()
        start, end = (
            2 * torch.asinh(torch.exp(0.5 * (log_mean.narrow(-self.n_event_dims - 1, i, n) - r)))
            for i in (0, 1)
        )
        midway = steps(log_mean, self.n_event_dims)[1]
        return torch.exp(r) * (end - start) ** 2 + _dispersion_information(midway, r) * r_step**2


def _library(x: Tensor, n_event_dims: int) -> Tensor:
    """The sum of each of x (N, *event), (N, 1, ...); of an example of nothing but zeros the share of any gene is 0."""
    total = x.sum(tuple(range(-n_event_dims, 0)), keepdim=True)
    return total.clamp(min=1e-8)


def _dispersion_information(log_mean: Tensor, log_dispersion: Tensor) -> Tensor:
    """Fisher information of log t:  t^2 E[psi'(t) - psi'(t + x)] - t m / (t + m).

    With psi'(t) - psi'(t + x) = int_0^1 u^(t-1) (1 - u^x) (-log u) / (1 - u) du, E[u^x] = (1 + (1 - u) m / t)^-t and
    u = exp(-s/t) it is int_0^inf e^-s (s / (1 - u)) (1 - E[u^x]) ds, by `_N_NODES` nodes of Gauss and Laguerre: within
    2% where t > 0.2.
    """
    nodes, weights = _laguerre()
    m, r = log_mean.double(), log_dispersion.double()
    total = torch.zeros_like(m)
    for s, weight in zip(nodes, weights, strict=True):
        rest = -torch.expm1(-s * torch.exp(-r))
        shortfall = -torch.expm1(-torch.exp(r) * F.softplus(m - r + torch.log(rest)))
        total = total + weight * s / rest * shortfall
    found = total - torch.exp(m - F.softplus(m - r))
    return found.clamp(min=0).to(log_mean.dtype)


@cache
def _laguerre() -> tuple[list[float], list[float]]:
    nodes, weights = np.polynomial.laguerre.laggauss(_N_NODES)
    return nodes.tolist(), weights.tolist()
