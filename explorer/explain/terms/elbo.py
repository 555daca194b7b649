"""The ELBO in both its forms, from one set of draws of q(z|x).

    E_q log [p(x|z) p(z) / q(z|x)]  =  E_q log p(x|z) - KL[q(z|x) || p(z)]

On the same draws the two differ by mean [log p(z) - log q(z|x)] + KL, whose own error is therefore the error of the
difference.

References: Kingma & Welling 2014, eq. 3 and 10; Alemi et al. 2018 (rate and distortion).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.distributions import kl_divergence

from explorer.bounds.elbo import posterior
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import mean_of
from explorer.explain.terms.proposing import CANNOT
from explorer.explain.terms.subject import Subject
from explorer.explain.terms.term import Term


@dataclass(frozen=True, eq=False)
class Rate:
    """KL[q || p].

    Attributes:
        total: exact where it has a closed form, else unknown.
        by_dim: its parts (d,), where q and p are diagonal Gaussians; else None.
    """

    total: Term
    by_dim: np.ndarray | None


@dataclass(frozen=True)
class Elbo:
    """Both forms.

    Attributes:
        n: draws.
        first: mean of log w.
        reconstruction: mean of log p(x|z).
        rate: KL[q || p], exact where `is_closed`, else from the draws.
        second: reconstruction - rate.
        difference: first - second, which is zero up to its error.
        is_closed: whether the KL is exact; else both forms are the same average.
    """

    n: int
    first: Term
    reconstruction: Term
    rate: Term
    second: Term
    difference: Term
    is_closed: bool


@torch.inference_mode()
def rate_of(subject: Subject) -> Rate:
    """The rate of the subject's x, as far as it has a closed form."""
    try:
        parts = posterior(subject.model, subject.one.x).kl_by_dim_nats
        if parts is not None:
            by_dim = parts[0].double().numpy()
            return Rate(Term.of(float(by_dim.sum())), by_dim)
    except CANNOT:
        pass
    try:
        closed = kl_divergence(subject.model.posterior(subject.one.x), subject.model.prior())
        return Rate(Term.of(float(closed.double()[0])), None)
    except CANNOT:
        return Rate(Term(), None)


def elbo(draws: Draws, rate: Rate) -> Elbo:
    """Of draws of q(z|x) and its rate."""
    first, reconstruction = mean_of(draws.log_w), mean_of(draws.log_px_z)
    sampled = mean_of(draws.log_q - draws.log_pz)
    is_closed = rate.total.is_known
    if not is_closed:
        return Elbo(len(draws), first, reconstruction, sampled, first, Term.of(0.0), False)
    # The closed KL is exact, so that the error of the difference is that of the sampled one.
    return Elbo(
        len(draws),
        first,
        reconstruction,
        rate.total,
        reconstruction - rate.total,
        rate.total - sampled if first.is_known else Term(),
        True,
    )
