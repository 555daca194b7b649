"""L_K against K for one example: how the bound tightens as draws are added, beside the naive prior estimate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from explorer.bounds import proposals
from explorer.bounds.engine import Accumulated, Examples, stream
from explorer.bounds.estimates import Estimates, estimate
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal
from explorer.models.latent_model import LatentModel

PROPOSALS: dict[str, tuple[Callable[[LatentModel, Tensor], Proposal], Stream]] = {
    "encoder": (proposals.encoder, Stream.ENCODER),
    "prior": (proposals.prior, Stream.PRIOR),
}


@dataclass(frozen=True)
class Curve:
    """Running estimates of one example at growing numbers of draws; arrays (P,), nats.

    Attributes:
        n_samples: K of each point.
        log_px_nats: L_K.
        log_px_se: its error, as `intervals` has it; NaN where the weights cannot vouch for it.
        last: everything known at the largest K.
    """

    n_samples: np.ndarray
    log_px_nats: np.ndarray
    log_px_se: np.ndarray
    last: Estimates
    total: Accumulated


def curve(
    model: LatentModel, example: Examples, proposal: str, n_samples: int, seed: int = 0
) -> Iterator[Curve]:
    """The curve so far, after each chunk of draws of one example; the last covers all `n_samples`."""
    density_of, draws = PROPOSALS[proposal]
    stops = doublings(n_samples)
    points: list[tuple[int, float, float]] = []
    for total in stream(model, example, density_of(model, example.x), n_samples, Source(seed, draws), stops):
        now = estimate(total.weights).vouched()
        n = int(now.n_samples)
        if n in stops or n == n_samples:
            points.append((n, float(now.log_px_nats), float(now.log_px_se)))
        k, value, error = (np.array(column) for column in zip(*points, strict=True))
        yield Curve(k, value, error, now, total)


def doublings(n_samples: int) -> list[int]:
    """1, 2, 4, ... up to n_samples."""
    return [1 << i for i in range(n_samples.bit_length())]
