"""One number of the argument with its standard error, in nats; what is not known is None, so that no NaN can be shown.

a +- s,  b +- t independent:   a - b +- sqrt(s^2 + t^2)
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A value and its standard error.

    Attributes:
        nats: None where there is no number.
        se: None where the error cannot be told; 0 where the value is exact.
    """

    nats: float | None = None
    se: float | None = None

    @classmethod
    def of(cls, nats: float, se: float = 0.0) -> Term:
        """A term of floats that may not be finite."""
        if not math.isfinite(nats):
            return cls()
        return cls(float(nats), float(se) if math.isfinite(se) else None)

    @property
    def is_known(self) -> bool:
        return self.nats is not None

    def __add__(self, other: Term) -> Term:
        """The sum of two independent terms."""
        if self.nats is None or other.nats is None:
            return Term()
        return Term(self.nats + other.nats, _both(self.se, other.se))

    def __neg__(self) -> Term:
        return Term(None if self.nats is None else -self.nats, self.se)

    def __sub__(self, other: Term) -> Term:
        """The difference of two independent terms."""
        return self + -other


def _both(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else math.hypot(a, b)
