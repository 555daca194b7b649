"""The integrand as a person who drags z meets it: log p(x|z) along one latent axis through the mean of q(z|x)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from explorer.bounds.proposals import DiagonalGaussian, Proposal, centre
from explorer.explain.terms.subject import Subject
from explorer.explain.terms.term import Term

# The axis is walked so far to both sides, in the prior's standard deviations; a tenth of one is a step of the picture.
REACH = 1.5
N_PLACES = 151


@dataclass(frozen=True, eq=False)
class Needle:
    """log p(x|z) at z = m + t s e_i, with s the prior's standard deviation.

    Attributes:
        axis: i.
        t: (P,), 0 in the middle.
        log_px_z: (P,), nats.
        at_mean: log p(x|z) at t = 0, the mean of q.
        at_origin: log p(x|z) at the mean of the prior.
    """

    axis: int
    t: np.ndarray
    log_px_z: np.ndarray
    at_mean: Term
    at_origin: Term

    def loss(self, distance: float) -> float | None:
        """How many nats the worse side loses, so many standard deviations of the prior away from the mean."""
        if self.at_mean.nats is None:
            return None
        there = np.interp([-distance, distance], self.t, self.log_px_z)
        return float(self.at_mean.nats - there.min()) if np.isfinite(there).all() else None


@torch.inference_mode()
def needle(subject: Subject, q: Proposal, rate_by_dim: np.ndarray | None) -> Needle:
    """Along the axis that q knows most about."""
    axis = 0 if rate_by_dim is None else int(np.argmax(rate_by_dim))
    prior = subject.model.prior()
    middle = centre(q)[0] if not isinstance(q, DiagonalGaussian) else q.mean[0]
    t = torch.linspace(-REACH, REACH, N_PLACES, dtype=torch.float64)
    z = middle.double().repeat(N_PLACES, 1)
    z[:, axis] += t * prior.stddev.double()[axis]
    z = torch.cat([z, prior.mean.double()[None]])[:, None].to(prior.mean.dtype)
    found = subject.model.likelihood(z).log_prob(subject.one.x)[:, 0].double().numpy()
    along = found[:-1]
    return Needle(axis, t.numpy(), along, Term.of(along[N_PLACES // 2]), Term.of(found[-1]))


@torch.inference_mode()
def log_densities_at(subject: Subject, z: np.ndarray) -> tuple[Term, Term]:
    """log p(x|z) and log p(z) at one code (d,), e.g. where the handle is."""
    prior = subject.model.prior()
    code = torch.as_tensor(z).to(prior.mean.dtype)[None, None]
    log_px_z = subject.model.likelihood(code).log_prob(subject.one.x)
    return Term.of(float(log_px_z[0, 0])), Term.of(float(prior.log_prob(code)[0, 0]))
