"""Likelihoods p(x|z): what a decoder's output means as a density over data.

Symbols: x data with shape (N, *event); parameters with shape (*K, N, *event), one set a latent draw;
log p(x|z) sums over the event and has shape (*K, N). x is broadcast against the draws, never repeated.

| kind                   | x                          | parameters a pixel            | units of log p           |
|------------------------|----------------------------|-------------------------------|--------------------------|
| `bernoulli`            | {0, 1}                     | logits                        | nats, probability        |
| `discretised_logistic` | {0, 1, ..., L-1} / (L - 1) | location, log-scale           | nats, probability        |
| `gaussian`             | R                          | mean (and log-scale)          | nats, density            |
| `continuous_bernoulli` | [0, 1]                     | logits                        | nats, density            |
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# A scale of 1e-3 is a quarter of one of 256 levels: below it the mass of a bin no longer changes.
MIN_LOG_SCALE = -7.0
MAX_LOG_SCALE = 5.0


class Likelihood(ABC):
    """p(x|z) for a batch of latent draws; parameters have shape (*K, N, *event).

    Attributes:
        value_range: outside it log p means nothing.
    """

    n_event_dims: int
    value_range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    @abstractmethod
    def log_prob_per_element(self, x: Tensor) -> Tensor:
        """log p of each element of x (N, *event), shape (*K, N, *event), nats."""

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """E[x|z], shape (*K, N, *event)."""

    @abstractmethod
    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One draw x ~ p(x|z) for each z, shape (*K, N, *event)."""

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) in nats, shape (*K, N); summed in float64."""
        return _sum_event(self.log_prob_per_element(x), self.n_event_dims)


@dataclass(frozen=True)
class Bernoulli(Likelihood):
    """log p(x|z) = sum x l - softplus(l) with logits l; x is 0 or 1."""

    logits: Tensor
    n_event_dims: int
    value_range = (0.0, 1.0)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        return x * self.logits - F.softplus(self.logits)

    @property
    def mean(self) -> Tensor:
        return torch.sigmoid(self.logits)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return (_uniform_like(self.logits, generator) < self.mean).to(self.logits.dtype)


@dataclass(frozen=True)
class DiscretisedLogistic(Likelihood):
    """A logistic density of location mu and scale s, integrated over the bin of each level.

    With a, b = (x -+ D/2 - mu)/s and D the width of a level,
    P(x) = sig(b) - sig(a) = sig(b) sig(-a) (1 - exp(-D/s)); the outer bins reach to infinity.

    References: Kingma et al. 2016, section 5; Salimans et al. 2017, eq. 2.
    """

    location: Tensor
    log_scale: Tensor
    n_levels: int
    n_event_dims: int
    value_range = (0.0, 1.0)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        half_bin = 0.5 / (self.n_levels - 1)
        inverse_scale = torch.exp(-self.log_scale)
        centred, half = (x - self.location) * inverse_scale, half_bin * inverse_scale
        is_first, is_last = x <= half_bin, x >= 1 - half_bin
        to_lower, to_upper = torch.where(is_first, torch.inf, half), torch.where(is_last, torch.inf, half)
        width = torch.where(is_first | is_last, 0.0, torch.log(-torch.expm1(-2 * half)))
        # log sig(t) = -softplus(-t), whose vectorised form is four times as fast as logsigmoid's.
        return width - F.softplus(-centred - to_upper) - F.softplus(centred - to_lower)

    @property
    def mean(self) -> Tensor:
        """E[clip(y, 0, 1)] of the logistic y: s (softplus(mu/s) - softplus((mu-1)/s)).

        Differs from the mean over levels by less than D/2, from s = D/2 on by less than D/40.
        """
        scale = torch.exp(self.log_scale)
        rise = F.softplus(self.location / scale) - F.softplus((self.location - 1) / scale)
        return (scale * rise).clamp(0, 1)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.logit(_uniform_like(self.location, generator), eps=1e-7)
        y = self.location + torch.exp(self.log_scale) * noise
        return torch.round(y.clamp(0, 1) * (self.n_levels - 1)) / (self.n_levels - 1)


@dataclass(frozen=True)
class Gaussian(Likelihood):
    """Independent normal elements with mean mu and standard deviation exp(log_scale)."""

    location: Tensor
    log_scale: Tensor
    n_event_dims: int

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        standardised = (x - self.location) * torch.exp(-self.log_scale)
        return -0.5 * standardised**2 - self.log_scale - 0.5 * math.log(2 * math.pi)

    @property
    def mean(self) -> Tensor:
        return self.location

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        noise = torch.empty_like(self.location).normal_(generator=generator)
        return self.location + torch.exp(self.log_scale) * noise


@dataclass(frozen=True)
class ContinuousBernoulli(Likelihood):
    """p(x) = l exp(l x) / (exp(l) - 1) on [0, 1], with logits l.

    References: Loaiza-Ganem & Cunningham 2019, eq. 5.
    """

    logits: Tensor
    n_event_dims: int
    value_range = (0.0, 1.0)

    def log_prob_per_element(self, x: Tensor) -> Tensor:
        return x * self.logits - _log_mean_exp_line(self.logits)

    @property
    def mean(self) -> Tensor:
        small, safe = _near_zero(self.logits)
        # Mirrored for negative l, so that exp never overflows: its gradient would be 0 times infinity.
        magnitude = safe.abs()
        exact = 0.5 + torch.sign(safe) * (-1 / torch.expm1(-magnitude) - 1 / magnitude - 0.5)
        return torch.where(small, 0.5 + self.logits / 12, exact)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        u = _uniform_like(self.logits, generator)
        small, safe = _near_zero(self.logits)
        # Mirrored for positive l, so that exp never overflows.
        decay = torch.log1p(u * torch.expm1(-safe.abs())) / -safe.abs()
        return torch.where(small, u, torch.where(safe > 0, 1 - decay, decay))


class LikelihoodHead(nn.Module):
    """Turns a decoder's raw output (*K, N, P C, ...) into a likelihood with P parameters an element.

    Args:
        kind: one of `KINDS`.
        n_event_dims: number of trailing dimensions of one example.
        n_levels: number of levels of x, for `discretised_logistic`.
        scale: for `gaussian` and `discretised_logistic`: a number (fixed), "learned" (one for all elements) or
            "per_element" (the decoder's second output).
    """

    def __init__(
        self, kind: str, n_event_dims: int, n_levels: int | None = None, scale: float | str | None = None
    ):
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"likelihood kind {kind!r} is unknown; expected one of {', '.join(KINDS)}")
        _check_scale(kind, scale)
        _check_levels(kind, n_levels)
        self.kind, self.n_event_dims, self.n_levels, self.scale = kind, n_event_dims, n_levels, scale
        start = torch.tensor(math.log(0.1))
        self.log_scale = nn.Parameter(start) if scale == "learned" else None

    @property
    def value_range(self) -> tuple[float, float]:
        """Where x may lie."""
        return LIKELIHOODS[self.kind].value_range

    @property
    def n_parameters(self) -> int:
        """Number of raw outputs an element of x."""
        return 2 if self.scale == "per_element" else 1

    def forward(self, raw: Tensor) -> Likelihood:
        if self.kind == "bernoulli":
            return Bernoulli(raw, self.n_event_dims)
        if self.kind == "continuous_bernoulli":
            return ContinuousBernoulli(raw, self.n_event_dims)
        location, log_scale = self._location_and_scale(raw)
        if self.kind == "gaussian":
            return Gaussian(location, log_scale, self.n_event_dims)
        assert self.n_levels is not None, "checked at construction"
        return DiscretisedLogistic(location, log_scale, self.n_levels, self.n_event_dims)

    def _location_and_scale(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        if self.scale == "per_element":
            location, log_scale = raw.chunk(2, dim=-self.n_event_dims)
        elif self.log_scale is not None:
            location, log_scale = raw, self.log_scale.to(raw.dtype)
        else:
            assert isinstance(self.scale, int | float), "checked at construction"
            location, log_scale = raw, raw.new_tensor(math.log(self.scale))
        return location, log_scale.clamp(MIN_LOG_SCALE, MAX_LOG_SCALE)


LIKELIHOODS: Mapping[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "discretised_logistic": DiscretisedLogistic,
    "gaussian": Gaussian,
    "continuous_bernoulli": ContinuousBernoulli,
}
KINDS = tuple(LIKELIHOODS)


def _check_scale(kind: str, scale: object) -> None:
    if kind not in ("gaussian", "discretised_logistic"):
        if scale is not None:
            raise ValueError(f"likelihood {kind} has no scale, found {scale!r}")
        return
    is_named = scale in ("learned", "per_element")
    is_number = isinstance(scale, int | float) and not isinstance(scale, bool) and 0 < scale < math.inf
    if not (is_named or is_number):
        expected = "a positive number, learned or per_element"
        raise ValueError(f"likelihood {kind} needs scale: {expected}; found {scale!r}")


def _check_levels(kind: str, n_levels: object) -> None:
    if kind == "discretised_logistic" and not (isinstance(n_levels, int) and n_levels >= 2):
        raise ValueError(f"likelihood {kind} needs n_levels of at least 2, found {n_levels!r}")
    if kind != "discretised_logistic" and n_levels is not None:
        raise ValueError(f"likelihood {kind} has no levels, found n_levels {n_levels!r}")


def _sum_event(elements: Tensor, n_event_dims: int) -> Tensor:
    # A float32 sum of 10^4 nats loses up to hundredths of a nat.
    return elements.flatten(-n_event_dims).sum(-1, dtype=torch.float64)


def _uniform_like(parameter: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.empty_like(parameter).uniform_(generator=generator)


def _near_zero(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Where a series replaces 0/0, and logits that are safe to divide by."""
    small = logits.abs() < 1e-2
    return small, torch.where(small, torch.ones_like(logits), logits)


def _log_mean_exp_line(logits: Tensor) -> Tensor:
    """log of the integral of exp(l x) over [0, 1], i.e. log((exp(l) - 1)/l)."""
    small, safe = _near_zero(logits)
    magnitude = safe.abs()
    exact = F.relu(safe) + torch.log(-torch.expm1(-magnitude) / magnitude)
    return torch.where(small, logits / 2 + logits**2 / 24, exact)
