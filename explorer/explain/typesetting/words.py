"""Numbers in words: in nats with their errors, never a NaN, and a true minus sign."""

from __future__ import annotations

import math

from explorer.explain.error import Missing
from explorer.explain.terms.estimate import Carriers, Estimate
from explorer.explain.terms.term import Term
from explorer.show.numbers import UNKNOWN_ERROR, number

NO_NUMBER = "no number"
# An error is shown with two digits, as far as these many decimals allow.
_FEWEST_DECIMALS, _MOST_DECIMALS = 2, 4


def nats(term: Term, unknown: str = NO_NUMBER) -> str:
    """`-239.81 +- 0.05 nats`; an exact value has no error behind it."""
    if term.nats is None:
        return unknown
    digits = decimals(term.se)
    value = number(term.nats, digits)
    if term.se and round(term.se, digits) == 0:
        return f"{value} nats, exact to these decimals"
    if term.se is None:
        return f"{value} nats, {UNKNOWN_ERROR}"
    return f"{value} nats" if term.se == 0 else f"{value} ± {number(term.se, digits)} nats"


def decimals(se: float | None) -> int:
    """How many an error of this size deserves."""
    if not se or se >= 1:
        return _FEWEST_DECIMALS
    return min(max(1 - math.floor(math.log10(se)), _FEWEST_DECIMALS), _MOST_DECIMALS)


def estimated(found: Estimate) -> str:
    """L_N with its error, where the weights allow one."""
    return nats(honest(found), nothing(found))


def honest(found: Estimate) -> Term:
    """L_N, without an error where the weights' tail says that what is computed as one is too small."""
    return found.log_mean if found.is_trusted else Term(found.log_mean.nats, None)


def nothing(found: Estimate) -> str:
    """Why there is no number."""
    if found.n_bad:
        return f"no number: {count(found.n_bad, 'weight')} of {found.n:,} could not be computed"
    return f"no number: {'the draw has' if found.n == 1 else f'all {found.n:,} draws have'} weight zero"


def count(n: int, noun: str) -> str:
    """`1 draw`, `2,000 draws`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def carried(found: Carriers | None, n: int) -> str:
    """`of 10,000 draws, 1 carries 100% of the sum`."""
    if found is None:
        return f"of {count(n, 'draw')}, none carries anything: every weight is zero"
    verb = "carries" if found.n == 1 else "carry"
    return f"of {count(n, 'draw')}, {found.n:,} {verb} {share(found.share)} of the sum"


def share(value: float) -> str:
    """A share as a percentage."""
    return f"{number(100 * value, 0)}%"


def power(log_value: float) -> str:
    """e to the power of so many nats as a LaTeX power of ten."""
    return f"10^{{{math.floor(log_value / math.log(10) + 0.5):,}}}".replace(",", "{,}")


def sentence(missing: Missing) -> str:
    """The reason as it stands in the text."""
    return missing.reason
