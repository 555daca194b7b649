"""Likelihoods p(x|z): what a decoder's output means as a density over data.

Symbols: x data with shape (N, *event); parameters with shape (*K, N, *event), one set a latent draw;
log p(x|z) sums over the event and has shape (*K, N). x is broadcast against the draws, never repeated.

| kind                   | x                          | parameters a pixel            | units of log p           |
|------------------------|----------------------------|-------------------------------|--------------------------|
| `bernoulli`            | {0, 1}                     | logits                        | nats, probability        |
| `discretised_logistic` | {0, 1, ..., L-1} / (L - 1) | location, log-scale           | nats, probability        |
| `gaussian`             | R                          | mean (and log-scale)          | nats, density            |
| `continuous_bernoulli` | [0, 1]                     | logits                        | nats, density            |

How far apart two likelihoods of one kind are is measured by the Fisher-Rao metric: with parameters t and their Fisher
information G(t) = E[(d log p/dt)(d log p/dt)'], a small step d has

    squared length = d' G d ~ 2 KL(p_t || p_(t+d)), in nats,

and the elements' squared lengths add up.

References: Rao 1945; Amari & Nagaoka 2000, chapter 2.
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

N_MERGED = 32
"""Bins that stand for the inner levels where a discretised logistic's scale changes along a path."""


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

    @abstractmethod
    def squared_steps_per_element(self) -> Tensor:
        """Squared Fisher-Rao length of each element's step to the next of N, shape (*K, N - 1, *event)."""

    def squared_steps(self) -> Tensor:
        """Squared Fisher-Rao length of each step along N likelihoods in order, shape (*K, N - 1).

        Differentiable in the parameters. Where the length has no closed form, G is taken midway: the error of a step
        is then of third order in it.
        """
        return _sum_event(self.squared_steps_per_element(), self.n_event_dims)


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

    def squared_steps_per_element(self) -> Tensor:
        """(u - u')^2 with u = 2 asin sqrt(p), exact; u = pi/2 + 2 atan tanh(l/4) never divides by 0."""
        change, _ = _steps(2 * torch.atan(torch.tanh(self.logits / 4)), self.n_event_dims)
        return change**2


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

    def squared_steps_per_element(self) -> Tensor:
        """G_mm dmu^2 + 2 G_ml dmu dlog s + G_ll (dlog s)^2, midway.

        G_mm = (1 - sum P_k^3) / (3 s^2): a bin (a, b) in F = sig((x - mu)/s) contributes (f_b - f_a)^2 / (b - a) / s^2
        with f = F (1 - F), so f_b - f_a = (b - a)(1 - a - b), and
        (b - a)(1 - a - b)^2 = int_a^b (1 - 2u)^2 du - (b - a)^3 / 3.
        """
        move, location = _steps(self.location, self.n_event_dims)
        if self.log_scale.ndim == 0:
            unrounded, rounding = self._information(location, self.log_scale)
            return move**2 * (unrounded - rounding) * torch.exp(-2 * self.log_scale) / 3
        widening, log_scale = _steps(self.log_scale.expand_as(self.location), self.n_event_dims)
        unrounded, rounding = self._information(location, log_scale)
        # What rounding to levels takes of the location's information is taken of all.
        kept = 1 - rounding / unrounded.clamp(min=1e-6)
        return kept * self._merged_bins(location, log_scale, move * torch.exp(-log_scale), widening)

    def _information(self, location: Tensor, log_scale: Tensor) -> tuple[Tensor, Tensor]:
        """3 s^2 G_mm, were the inner levels infinitely fine, and what the width D of a level takes of it.

        The outer bins are exact. The inner ones' sum of P_k^3 is its mean over mu's place within a level, which it
        leaves only where s < D/2; a logistic that is cut off by the range makes an error below 1% where s > D.
        """
        half_bin, inverse_scale = 0.5 / (self.n_levels - 1), torch.exp(-log_scale)
        first = torch.sigmoid((half_bin - location) * inverse_scale)
        last = torch.sigmoid((location - 1 + half_bin) * inverse_scale)
        return 1 - first**3 - last**3, (1 - first - last) * _mean_cubed_bin(half_bin * inverse_scale)

    def _merged_bins(self, location: Tensor, log_scale: Tensor, move: Tensor, widening: Tensor) -> Tensor:
        """sum (dP_k)^2 / P_k over the outer bins and `N_MERGED` between them; moves in units of s and of log s.

        Merging loses less than 1% of the information, and leaves a quadratic form that is never negative.
        """
        half_bin, inverse_scale = 0.5 / (self.n_levels - 1), torch.exp(-log_scale)
        low, high = (((edge - location) * inverse_scale).clamp(-8, 8) for edge in (half_bin, 1 - half_bin))
        share = torch.linspace(0, 1, N_MERGED + 1, dtype=low.dtype).reshape(-1, *[1] * low.ndim)
        edges = low + share * (high - low)
        below = torch.sigmoid(edges)
        flow = below * (1 - below) * (move + edges * widening)
        nothing = torch.zeros_like(low)[None]
        mass = torch.cat([nothing, below, nothing + 1]).diff(dim=0)
        change = torch.cat([nothing, flow, nothing]).diff(dim=0)
        return (change**2 / mass.clamp(min=1e-12)).sum(0)


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

    def squared_steps_per_element(self) -> Tensor:
        """dmu^2 / sigma^2 + 2 (dlog sigma)^2, midway; exact where sigma does not change.

        References: Costa, Santos & Strapasson 2015, eq. 3.
        """
        move, _ = _steps(self.location, self.n_event_dims)
        widening, log_scale = _steps(self.log_scale.expand_as(self.location), self.n_event_dims)
        return move**2 * torch.exp(-2 * log_scale) + 2 * widening**2


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

    def squared_steps_per_element(self) -> Tensor:
        """Var(x) dl^2, as in every exponential family, midway in u = asinh(l / sqrt(12)).

        Var(x) dl^2 = Var(x) (12 + l^2) du^2, and that factor stays between 1 and 1.25: long steps are measured well.
        """
        change, midway = _steps(torch.asinh(self.logits / math.sqrt(12)), self.n_event_dims)
        logits = math.sqrt(12) * torch.sinh(midway)
        return _continuous_bernoulli_variance(logits) * (12 + logits**2) * change**2


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


def _steps(parameter: Tensor, n_event_dims: int) -> tuple[Tensor, Tensor]:
    """Each step along (*K, N, *event) and the value midway, both (*K, N - 1, *event)."""
    dim = -n_event_dims - 1
    n = parameter.shape[dim]
    start, end = parameter.narrow(dim, 0, n - 1), parameter.narrow(dim, 1, n - 1)
    return end - start, 0.5 * (start + end)


def _mean_cubed_bin(half: Tensor) -> Tensor:
    """The sum of cubed masses of a logistic's bins of width 2 h, in units of s, averaged over where they begin.

    With sig(t + h) - sig(t - h) = sinh h / (cosh t + cosh h), and int dt / (cosh t + w) = 2 h / sinh h for w = cosh h
    differentiated twice by w:  (3 coth^2 h - 1) / 2 - 3 coth h / (2 h) = 2 h^2 / 15 - 2 h^4 / 105 + ...
    """
    is_small = half < 0.3
    safe = torch.where(is_small, 1.0, half)
    coth = 1 / torch.tanh(safe)
    exact = 0.5 * (3 * coth**2 - 1) - 1.5 * coth / safe
    return torch.where(is_small, half**2 * (2 / 15 - half**2 * (2 / 105)), exact)


def _continuous_bernoulli_variance(logits: Tensor) -> Tensor:
    """1 / l^2 - 1 / (4 sinh^2(l/2)), the second derivative of log((exp(l) - 1)/l)."""
    is_small = logits.abs() < 0.5
    magnitude = torch.where(is_small, 1.0, logits.abs())
    exact = 1 / magnitude**2 - torch.exp(-magnitude) / torch.expm1(-magnitude) ** 2
    square = torch.where(is_small, logits, 0.0) ** 2
    return torch.where(is_small, 1 / 12 - square / 240 + square**2 / 6048, exact)


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
