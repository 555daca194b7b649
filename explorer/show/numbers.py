"""Numbers as a person reads them: a true minus sign, two decimals in nats, plus or minus one standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass

MINUS = "\N{MINUS SIGN}"
UNKNOWN_ERROR = "error not known"


@dataclass(frozen=True)
class Units:
    """Nats, or bits a dimension: v / (D ln 2) for D elements of x.

    Attributes:
        n_dims: D.
        in_bits: show bits/dim.
    """

    n_dims: int
    in_bits: bool

    @property
    def name(self) -> str:
        return "bits/dim" if self.in_bits else "nats"

    def convert(self, nats: float) -> float:
        """A quantity or an error in these units; the sign stays that of a log-probability."""
        return nats / (self.n_dims * math.log(2)) if self.in_bits else nats

    def text(self, nats: float, se: float | None = None) -> str:
        """`-239.81 +- 0.05`, with as many decimals as the unit deserves; an error that is not finite is not known."""
        digits = 4 if self.in_bits else 2
        value = number(self.convert(nats), digits)
        if se is None or math.isnan(nats):
            return value
        if not math.isfinite(se):
            return f"{value}, {UNKNOWN_ERROR}"
        return f"{value} ± {number(self.convert(se), digits)}"


def number(value: float, digits: int = 2) -> str:
    """A number with thousands separators and a true minus; a dash where there is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}∞"
    text = f"{value:,.{digits}f}"
    return MINUS + text[1:] if text.startswith("-") else text


def significant(value: float) -> str:
    """A value of data, of any size, in three significant digits."""
    if not math.isfinite(value) or value == 0:
        return number(value, 0)
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size < 6:
        return f"{number(value / 10.0**size)}e{number(size, 0)}"
    return number(value, max(2 - size, 0))


def latent_name(index: int) -> str:
    """The name of a latent dimension: z with a subscript."""
    return "z" + "".join(chr(0x2080 + int(digit)) for digit in str(index))
