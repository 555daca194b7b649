"""How far an estimate can be trusted, in signs and words that are the same on every page.

The verdict is the stored one. It is never worked out again from Pareto k: an estimate whose weights look perfect may
still have missed what other draws found.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.bounds import Reliability

WORDS: Mapping[Reliability, str] = {
    Reliability.GOOD: "trusted",
    Reliability.USABLE: "usable",
    Reliability.UNRELIABLE: "not trusted",
}
# Of a model whose errors nobody has held against known data: what the weights say is no more than that.
UNVOUCHED: Mapping[Reliability, str] = {
    Reliability.GOOD: "no warning",
    Reliability.USABLE: "no warning, few draws",
    Reliability.UNRELIABLE: "not trusted",
}
# As signs beside text: full, half, hollow, so that colour is not all that tells them apart.
SIGNS: Mapping[Reliability, str] = {
    Reliability.GOOD: "●",
    Reliability.USABLE: "◐",
    Reliability.UNRELIABLE: "○",
}


# What an example has in the place of a verdict until it is scored.
PENDING = ""
NOT_YET = "not scored yet"


def read(stored: str) -> Reliability:
    """A stored verdict; what is not known is not trusted."""
    return Reliability(stored) if stored in set(Reliability) else Reliability.UNRELIABLE


def sign_and_word(stored: str, words: Mapping[Reliability, str] = WORDS) -> str:
    """`● trusted`."""
    sign = "·" if stored == PENDING else SIGNS[read(stored)]
    return f"{sign} {word(stored, words)}"


def word(stored: str, words: Mapping[Reliability, str] = WORDS) -> str:
    """`trusted`, or that it is not scored yet.

    Args:
        stored: as the atlas has it.
        words: `WORDS`, or `UNVOUCHED` (`uncalibrated.words`).
    """
    return NOT_YET if stored == PENDING else words[read(stored)]


def is_trusted(stored: np.ndarray) -> np.ndarray:
    """Which of the stored verdicts (N,) are good or usable, bool (N,)."""
    return np.isin(np.asarray(stored, str), [str(Reliability.GOOD), str(Reliability.USABLE)])


def is_pending(stored: np.ndarray) -> np.ndarray:
    """Which of the stored verdicts (N,) are still to come, bool (N,)."""
    return np.asarray(stored, str) == PENDING


def n_doubted(stored: np.ndarray) -> int:
    """How many of the stored verdicts (N,) are not trusted; those that are still to come are not counted."""
    return int((~(is_trusted(stored) | is_pending(stored))).sum())


def dot(found: Reliability) -> str:
    """The coloured dot: filled where the estimate can be trusted, hollow where it cannot."""
    return f"<span class='lx-dot lx-{found}'></span>"
