"""E L_K against K: the bound rises with the draws that it is made of.

N draws are N/K groups of K; the mean of the groups' L_K estimates E L_K, and their spread its error:

    E L_1 = ELBO  <=  E L_2  <=  E L_4  <=  ...  <=  log p(x)

References: Burda et al. 2016, theorem 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from explorer.explain.terms.term import Term

# Groups below which the spread of a few says too little of the error.
FEWEST_GROUPS = 8


@dataclass(frozen=True, eq=False)
class Rising:
    """E L_K at doublings of K: `k`, `nats`, `se`, all (P,) and finite."""

    k: np.ndarray
    nats: np.ndarray
    se: np.ndarray


def rising(log_w: np.ndarray) -> Rising:
    """Of log-weights (N,); a K that leaves fewer than `FEWEST_GROUPS` groups is left out."""
    doublings = [1 << i for i in range(len(log_w).bit_length())]
    points = [(k, at.nats, at.se) for k in doublings if (at := bound(log_w, k)).is_known]
    found = np.array(points, dtype=float).reshape(-1, 3)
    return Rising(found[:, 0].astype(int), found[:, 1], found[:, 2])


def bound(log_w: np.ndarray, k: int) -> Term:
    """E L_K from log-weights (N,); unknown where there are too few groups, or one without a finite bound."""
    n_groups = len(log_w) // k
    if n_groups < FEWEST_GROUPS:
        return Term()
    each = scipy.special.logsumexp(log_w[: n_groups * k].reshape(n_groups, k), axis=1) - np.log(k)
    if not np.isfinite(each).all():
        return Term()
    return Term.of(float(each.mean()), float(each.std(ddof=1)) / n_groups**0.5)
