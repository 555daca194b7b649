"""The exact difference, with nothing on one side taken from the other.

    log p(x) - KL[q(z|x) || p(z|x)]  =  E_q log p(x|z) - KL[q(z|x) || p(z)]

    left    log p(x) is the atlas's. The KL is E_q [log q(z|x) - log p(z|x)] over every second draw of q, where
            p(z|x) = p(x, z)/p(x) is normalised by an estimate of p(x) of our own, from other draws of another density.
    right   the reconstruction over the other draws of q, and the KL of q to the prior in closed form.

All four are independent, so that the two sides need not agree, and do within their errors only if the equation holds.

    1   log p(x)
    2   E_q log p(x, z)  -  E_q log p(z|x)                                  Bayes
    3   E_q log [p(x, z)/q(z|x)]  +  E_q log [q(z|x)/p(z|x)]                times q/q
    4   E_q log p(x|z)  -  KL[q || p(z)]  +  KL[q || p(z|x)]                both forms of the ELBO
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.explain.terms.draws import Draws
from explorer.explain.terms.elbo import Rate
from explorer.explain.terms.estimate import Estimate, mean_of
from explorer.explain.terms.term import Term

# Two draws in each half.
FEWEST = 4


@dataclass(frozen=True)
class Identity:
    """The terms of the equation and of its derivation.

    Attributes:
        log_px: line 1, the atlas's estimate, or our own where the atlas has none (`is_stored` tells).
        log_joint: E_q log p(x, z), first half.
        log_posterior: E_q log p(z|x), first half; line 2 is the difference of these two, `line_2`.
        kl: KL[q || p(z|x)], first half.
        elbo: E_q log w, second half; line 3 is `elbo + kl`.
        reconstruction, rate: of line 4, second half.
        left, right: the two sides; `difference` is left - right.
    """

    log_px: Term
    is_stored: bool
    log_joint: Term
    log_posterior: Term
    line_2: Term
    kl: Term
    elbo: Term
    line_3: Term
    reconstruction: Term
    rate: Term
    line_4: Term
    left: Term
    right: Term

    @property
    def difference(self) -> Term:
        return self.left - self.right


def identity(stored: Term, own: Estimate, draws: Draws, rate: Rate) -> Identity | None:
    """The equation from draws of q(z|x).

    Args:
        stored: the atlas's log p(x); unknown where it has none.
        own: an estimate of log p(x) from draws of another density.
        draws: of q, at least `FEWEST`.
        rate: of q.

    Returns:
        None where a log-weight is not finite, or log p(x) is not known, or there are too few draws.
    """
    if len(draws) < FEWEST or not own.log_mean.is_known:
        return None
    one, other = draws.every_other(0), draws.every_other(1)
    log_px = stored if stored.is_known else own.log_mean
    first, second = mean_of(one.log_w), mean_of(other.log_w)
    kl = own.log_mean - first
    log_joint = mean_of(one.log_px_z + one.log_pz)
    reconstruction = mean_of(other.log_px_z)
    kl_prior = rate.total if rate.total.is_known else mean_of(other.log_q - other.log_pz)
    right = reconstruction - kl_prior if rate.total.is_known else second
    if not (kl.is_known and right.is_known):
        return None
    return Identity(
        log_px=log_px,
        is_stored=stored.is_known,
        log_joint=log_joint,
        # log p(z|x) = log p(x, z) - log p(x) at every draw.
        log_posterior=log_joint - own.log_mean,
        line_2=own.log_mean,
        kl=kl,
        elbo=second,
        line_3=second + kl,
        reconstruction=reconstruction,
        rate=kl_prior,
        line_4=right + kl,
        left=log_px - kl,
        right=right,
    )
