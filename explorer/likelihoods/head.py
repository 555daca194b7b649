"""From a decoder's raw output to a likelihood, and the registry: a likelihood is a row of `LIKELIHOODS`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from explorer.likelihoods.bernoulli import Bernoulli
from explorer.likelihoods.categorical import CategoricalLevels
from explorer.likelihoods.continuous_bernoulli import ContinuousBernoulli
from explorer.likelihoods.discretised_logistic import DiscretisedLogistic
from explorer.likelihoods.gaussian import Gaussian
from explorer.likelihoods.laplace import Laplace
from explorer.likelihoods.likelihood import Likelihood
from explorer.likelihoods.negative_binomial import NegativeBinomial
from explorer.likelihoods.student_t import Student
from explorer.likelihoods.zero_inflated import ZeroInflatedNegativeBinomial

# A scale of 1e-3 is a quarter of one of 256 levels: below it the mass of a bin no longer changes.
MIN_LOG_SCALE = -7.0
MAX_LOG_SCALE = 5.0

LIKELIHOODS: Mapping[str, type[Likelihood]] = {
    "bernoulli": Bernoulli,
    "discretised_logistic": DiscretisedLogistic,
    "gaussian": Gaussian,
    "continuous_bernoulli": ContinuousBernoulli,
    "laplace": Laplace,
    "student_t": Student,
    "categorical": CategoricalLevels,
    "negative_binomial": NegativeBinomial,
    "zero_inflated_negative_binomial": ZeroInflatedNegativeBinomial,
}


class LikelihoodHead(nn.Module):
    """Turns a decoder's raw output (*K, N, P C, ...) into a likelihood with P parameters an element.

    Args:
        kind: a name in `LIKELIHOODS`.
        n_event_dims: number of trailing dimensions of one example.
        n_levels: number of levels of x, where the likelihood `has_levels`.
        scale: where it `has_scale`: a number (fixed), "learned" (one for all elements) or "per_element" (the decoder's
            last output).
        settings: numbers that are among its `settings`: `degrees_of_freedom` of a Student t, more than 1;
            `typical_library` of counts whose means are shares of a library, or None.
    """

    def __init__(
        self,
        kind: str,
        n_event_dims: int,
        n_levels: int | None = None,
        scale: float | str | None = None,
        **settings: float | None,
    ):
        super().__init__()
        if kind not in LIKELIHOODS:
            raise ValueError(f"likelihood kind {kind!r} is unknown; expected one of {', '.join(LIKELIHOODS)}")
        family = LIKELIHOODS[kind]
        _check_scale(kind, family.has_scale, scale)
        _check_levels(kind, family.has_levels, n_levels)
        self.kind, self.n_event_dims, self.n_levels, self.scale = kind, n_event_dims, n_levels, scale
        self.settings = _settings(kind, family.settings, settings)
        start = torch.tensor(math.log(0.1))
        self.log_scale = nn.Parameter(start) if scale == "learned" else None

    @property
    def value_range(self) -> tuple[float, float]:
        """Where x may lie."""
        return LIKELIHOODS[self.kind].value_range

    @property
    def data_levels(self) -> int | None:
        """How many levels data must have; None where any data will do."""
        return self.n_levels or LIKELIHOODS[self.kind].data_levels

    @property
    def n_parameters(self) -> int:
        """Number of raw outputs an element of x."""
        family = LIKELIHOODS[self.kind]
        own = self.n_levels if family.per_level and self.n_levels else family.n_own
        return own + self.n_scales

    @property
    def n_scales(self) -> int:
        """How many of them are the log-scale, the last of them."""
        return 1 if self.scale == "per_element" else 0

    @property
    def takes_logits(self) -> bool:
        """Whether they are logits, which a network may return as probabilities."""
        return LIKELIHOODS[self.kind].takes_logits

    @property
    def takes_counts(self) -> bool:
        """Whether x is whole numbers."""
        return LIKELIHOODS[self.kind].takes_counts

    def forward(self, raw: Tensor) -> Likelihood:
        family: Callable[..., Likelihood] = LIKELIHOODS[self.kind]
        levels = {} if self.n_levels is None else {"n_levels": self.n_levels}
        return family(*self._split(raw), **levels, **self.settings, n_event_dims=self.n_event_dims)

    def _split(self, raw: Tensor) -> tuple[Tensor, ...]:
        family = LIKELIHOODS[self.kind]
        if family.has_scale:
            return self._location_and_scale(raw)
        if family.per_level:
            assert self.n_levels is not None, "checked at construction"
            n_channels = raw.shape[-self.n_event_dims] // self.n_levels
            return (raw.unflatten(-self.n_event_dims, (self.n_levels, n_channels)),)
        return raw.chunk(family.n_own, dim=-self.n_event_dims) if family.n_own > 1 else (raw,)

    def _location_and_scale(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        if self.scale == "per_element":
            location, log_scale = raw.chunk(2, dim=-self.n_event_dims)
        elif self.log_scale is not None:
            location, log_scale = raw, self.log_scale.to(raw.dtype)
        else:
            assert isinstance(self.scale, int | float), "checked at construction"
            location, log_scale = raw, raw.new_tensor(math.log(self.scale))
        return location, log_scale.clamp(MIN_LOG_SCALE, MAX_LOG_SCALE)


# What a setting has to be more than, and whether it may be left out.
_SETTINGS: Mapping[str, tuple[float, bool]] = {
    "degrees_of_freedom": (1.0, False),
    "typical_library": (0.0, True),
}


def _settings(kind: str, known: tuple[str, ...], found: Mapping[str, object]) -> dict[str, float | None]:
    """The numbers of a likelihood, those that are left out as None."""
    for name, value in found.items():
        if name not in known and value is not None:
            raise ValueError(f"likelihood {kind} has no {name}, found {value!r}")
    return {name: _setting(kind, name, found.get(name)) for name in known}


def _setting(kind: str, name: str, value: object) -> float | None:
    least, may_lack = _SETTINGS[name]
    if value is None and may_lack:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and least < value < math.inf:
        return float(value)
    raise ValueError(f"likelihood {kind} needs {name}: a number above {least:g}; found {value!r}")


def _check_scale(kind: str, has_scale: bool, scale: object) -> None:
    if not has_scale:
        if scale is not None:
            raise ValueError(f"likelihood {kind} has no scale, found {scale!r}")
        return
    is_named = scale in ("learned", "per_element")
    is_number = isinstance(scale, int | float) and not isinstance(scale, bool) and 0 < scale < math.inf
    if not (is_named or is_number):
        expected = "a positive number, learned or per_element"
        raise ValueError(f"likelihood {kind} needs scale: {expected}; found {scale!r}")


def _check_levels(kind: str, has_levels: bool, n_levels: object) -> None:
    if has_levels and not (isinstance(n_levels, int) and n_levels >= 2):
        raise ValueError(f"likelihood {kind} needs n_levels of at least 2, found {n_levels!r}")
    if not has_levels and n_levels is not None:
        raise ValueError(f"likelihood {kind} has no levels, found n_levels {n_levels!r}")
