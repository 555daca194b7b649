"""Which stored errors are known: what stands beside an estimate decides, whoever reads it.

An error is a statement that the weights make about themselves. It is worth nothing where their tail is too heavy, or
where other draws found what they missed: it is then not known, and NaN. Scores that are made now hold it so; older
atlases hold whatever the draws came to, and are read by the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from explorer.bounds import Reliability
from explorer.bounds.pareto import trust_limit


@dataclass(frozen=True)
class Judge:
    """Says which errors are known: where a column is below a limit, or has one of these words.

    Attributes:
        column: what stands beside the estimate.
        below: of numbers; NaN is below nothing.
        among: of words.
    """

    column: str
    below: float = np.nan
    among: tuple[str, ...] = ()

    def is_known(self, beside: np.ndarray) -> np.ndarray:
        """Of the column's values (N,), bool (N,)."""
        return np.isin(np.asarray(beside, str), self.among) if self.among else beside < self.below

    def sql(self) -> str:
        """The same as a condition; to DuckDB a NaN is above all numbers."""
        words = ", ".join(f"'{word}'" for word in self.among)
        return f'"{self.column}" IN ({words})' if self.among else f'"{self.column}" < {self.below!r}'


def judges(n_samples: int) -> Mapping[str, Judge]:
    """The judge of each column that holds an error, or an end of an interval.

    Args:
        n_samples: draws of the encoder's q that every example has.
    """
    verdict = Judge("trust", among=(str(Reliability.GOOD), str(Reliability.USABLE)))
    reported = ("log_px_se", "log_px_low_nats", "log_px_high_nats", "gap_se")
    encoder = Judge("encoder_pareto_k", below=trust_limit(n_samples))
    return dict.fromkeys(reported, verdict) | {"encoder_log_px_se": encoder}
