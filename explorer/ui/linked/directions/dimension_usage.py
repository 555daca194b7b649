"""How much a model uses each latent dimension, over all examples of its atlas; read once a model.

By the average KL where the prior is N(0, I); else by the variance of the posterior means (Burda et al. 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.distributions import Distribution, Independent, Normal

from explorer.latent import dimensions
from explorer.show.numbers import Units, latent_name, number
from explorer.ui.example.kept import of_codes
from explorer.workspace import Entry

LEAST_KL_NATS = 0.01
LEAST_VARIANCE = 0.01


@dataclass(frozen=True, eq=False)
class Usage:
    """Latent dimensions, the most used first.

    Attributes:
        amounts: KL in nats, or variance, by dimension (d,).
        are_kl: whether they are KL: the prior is N(0, I).
        used, unused: dimensions above and below the least amount.
        ranges: how far to go in each, (d, 2).
    """

    amounts: np.ndarray
    are_kl: bool
    used: tuple[int, ...]
    unused: tuple[int, ...]
    ranges: np.ndarray

    @property
    def order(self) -> tuple[int, ...]:
        """All dimensions, the most used first."""
        return self.used + self.unused


@of_codes(maxsize=8)
def usage(entry: Entry) -> Usage:
    """The usage of each dimension."""
    means, log_variances = entry.atlas.means, entry.atlas.log_variances
    are_kl = is_standard_normal(entry.checkpoint.model.prior())
    amounts = (
        dimensions.kl_by_dimension(means, log_variances) if are_kl else means.var(axis=0, dtype=np.float64)
    )
    least = LEAST_KL_NATS if are_kl else LEAST_VARIANCE
    order = np.argsort(-amounts, kind="stable").tolist()
    used = tuple(i for i in order if amounts[i] >= least)
    unused = tuple(i for i in order if amounts[i] < least)
    return Usage(amounts, are_kl, used, unused, dimensions.ranges(means, log_variances))


def is_standard_normal(prior: Distribution) -> bool:
    """Whether a prior is N(0, I)."""
    base = prior.base_dist if isinstance(prior, Independent) else prior
    if not isinstance(base, Normal):
        return False
    return bool(torch.all(base.loc == 0) and torch.all(base.scale == 1))


def label(found: Usage, i: int, units: Units) -> str:
    """A dimension with how much it is used."""
    amount = float(found.amounts[i])
    said = f"KL {units.text(amount)} {units.name}" if found.are_kl else f"variance {number(amount)}"
    return f"{latent_name(i)} · {said}"
