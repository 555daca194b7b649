"""Draws of the prior: the same for every x, so that they are decoded once for a model and kept, as far as allowed.

What another example then costs is log p(x|z_n) at parameters that are there, not a decoder pass a draw.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import noise
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import Proposal
from explorer.explain.terms.cache import Kept
from explorer.explain.terms.draws import PASS, Part
from explorer.explain.terms.subject import Subject
from explorer.likelihoods import Likelihood

# Parameters kept of one model: 10,000 draws of a 28 by 28 image take 32 MB.
MOST_BYTES = 64 * 2**20
MOST_KEPT = 10_240
PART = 20
# The prior's draws belong to no example.
_NO_EXAMPLE = np.zeros(1, np.int64)


@dataclass(frozen=True, eq=False)
class _Pass:
    """One pass of the decoder: z (PASS, 1, d), log p(z) (PASS, 1), p(x|z)."""

    z: Tensor
    log_pz: Tensor
    likelihood: Likelihood


@dataclass(eq=False)
class _Store:
    """The first passes of one model, in order of need; `n_bytes` of parameters."""

    passes: dict[int, _Pass] = field(default_factory=dict)
    n_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


_stores: Kept[_Store] = Kept(2)


def from_prior(subject: Subject, prior: Proposal, seed: int) -> Callable[[int, int], Part]:
    """How to draw from the prior; log q(z) = log p(z), so that the weights are p(x|z)."""
    store = _store(subject.key, seed)

    @torch.inference_mode()
    def part_of(start: int, stop: int) -> Part:
        assert stop - start == PASS, "whole passes"
        known = store.passes.get(start)
        if known is None:
            known = _decoded(subject, prior, seed, start, stop)
            _remember(store, start, known)
        return known.z, known.likelihood.log_prob(subject.one.x), known.log_pz, known.log_pz

    return part_of


def _store(key: str, seed: int) -> _Store:
    return _stores.get((key, seed)) or _stores.keep((key, seed), _Store())


def _decoded(subject: Subject, prior: Proposal, seed: int, start: int, stop: int) -> _Pass:
    e = noise.normals(Source(seed, Stream.PRIOR, PART), _NO_EXAMPLE, start, stop, prior.n_noise)
    z = prior.sample(e)[0].to(subject.model.prior().mean.dtype)
    return _Pass(z, subject.model.prior().log_prob(z).double(), subject.model.likelihood(z))


def _remember(store: _Store, start: int, made: _Pass) -> None:
    parameters = vars(made.likelihood).values()
    n_bytes = sum(p.numel() * p.element_size() for p in parameters if isinstance(p, Tensor))
    with store.lock:
        if start + PASS <= MOST_KEPT and store.n_bytes + n_bytes <= MOST_BYTES and start not in store.passes:
            store.passes[start] = made
            store.n_bytes += n_bytes
