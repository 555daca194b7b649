"""The stored figures of one example, read from its row of the atlas: nothing is drawn to show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from explorer.bounds import Reliability
from explorer.bounds.intervals import lower_bound
from explorer.ui.example import trust as verdicts
from explorer.ui.example.kept import of_entry
from explorer.workspace import Entry

SURE = 0.95


@dataclass(frozen=True)
class Score:
    """One example; attributes are the columns of the atlas, nats where the name says so."""

    elbo_nats: float
    elbo_se: float
    log_px_nats: float
    log_px_se: float
    log_px_low_nats: float
    log_px_high_nats: float
    gap_nats: float
    gap_se: float
    kl_nats: float
    distortion_nats: float
    distortion_se: float
    encoder_log_px_nats: float
    encoder_log_px_se: float
    encoder_ess: float
    encoder_pareto_k: float
    encoder_n_samples: int
    ess: float
    pareto_k: float
    n_samples: int
    proposal: str
    reason: str
    trust: str

    @property
    def is_pending(self) -> bool:
        """Whether its trusted numbers are still to come."""
        return self.trust == verdicts.PENDING

    @property
    def verdict(self) -> Reliability:
        """How far log p(x) and the gap can be trusted."""
        return verdicts.read(self.trust)

    @property
    def shortfall_nats(self) -> float:
        """How far the papers' protocol lies below log p(x)."""
        return self.log_px_nats - self.encoder_log_px_nats

    @property
    def shortfall_se(self) -> float:
        """Its standard error; the two estimates are from independent draws."""
        return float(np.hypot(self.log_px_se, self.encoder_log_px_se))

    @property
    def surely_above_nats(self) -> float:
        """What log p(x) exceeds with probability `SURE`, whatever the proposal (Markov's inequality)."""
        return float(lower_bound(self.log_px_nats, SURE))


COLUMNS = tuple(field.name for field in fields(Score))


@of_entry(maxsize=512)
def read(entry: Entry, example_id: int) -> Score:
    """The figures of an example.

    Raises:
        AtlasError: the atlas lacks one of them.
    """
    return Score(**entry.atlas.example(entry.atlas.row(example_id), COLUMNS))


def of_columns(columns: Mapping[str, np.ndarray]) -> Score:
    """The figures of an example that was scored alone, columns (1,)."""
    return Score(**{name: columns[name][0].item() for name in COLUMNS})
