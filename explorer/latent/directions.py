"""An attribute vector: the direction in latent space that leads from one group of examples to another.

With codes a_1 .. a_n of group A, b_1 .. b_m of group B, and their sample variances s_A^2, s_B^2 by dimension,

    v = mean b - mean a,     se_i^2 = s_Ai^2 / n + s_Bi^2 / m,     z(t) = z + t v.

How well v separates the groups is the AUC of the projection on it, P(b v > a v) + P(b v = a v) / 2. A vector that is
made from few codes in many dimensions separates those very codes too well; so the AUC is also taken on codes that v was
not made from: two halves, each judged by the other's vector.

References:
    Larsen et al. 2016, Autoencoding beyond pixels using a learned similarity metric (visual attribute vectors).
    White 2016, Sampling generative networks (the projection on one as a classifier).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, table

# What a handle's place and offset lose on their way through a link.
_ON_LINE = 2e-3


@dataclass(frozen=True, eq=False)
class Direction:
    """The vector from A to B.

    Attributes:
        v: (d,), float64.
        se: standard error of each component (d,); NaN where a group has one example only.
        auc: of the codes that v was made from.
        auc_held_out: of codes that v was not made from; NaN where a group has one example only.
    """

    v: Floats
    se: Floats
    auc: float
    auc_held_out: float

    @property
    def length(self) -> float:
        """|v|."""
        return float(np.linalg.norm(self.v))

    @property
    def length_by_chance(self) -> float:
        """The length that groups with the same mean would show: the root of E |v|^2 then, sum of se^2."""
        return float(np.sqrt((self.se**2).sum()))


def difference(codes_a: npt.ArrayLike, codes_b: npt.ArrayLike) -> Direction:
    """The direction from A to B.

    Args:
        codes_a, codes_b: shapes (n, d) and (m, d), one row or more in each.

    Raises:
        MapError: no code, one that is not finite, or two widths.
    """
    a, b = table(codes_a, "codes of A"), table(codes_b, "codes of B")
    if a.shape[1] != b.shape[1]:
        raise MapError("codes of B", f"{a.shape[1]} dimensions, as A has", str(b.shape[1]))
    v = b.mean(axis=0) - a.mean(axis=0)
    return Direction(v, _standard_error(a, b), auc(a @ v, b @ v), _held_out(a, b))


def auc(low: Floats, high: Floats) -> float:
    """P(high > low) + P(high = low) / 2 for one draw of each (n,), (m,): the area under the ROC curve."""
    ranked = np.sort(low)
    below = np.searchsorted(ranked, high, "left") + np.searchsorted(ranked, high, "right")
    return float(below.mean() / (2 * len(low)))


def along(start: Floats, v: Floats, t: npt.ArrayLike) -> Floats:
    """Codes start + t v for t (n,), shape (n, d), in the dtype of `start` (d,); the start itself where t = 0."""
    steps = np.asarray(t, dtype=np.float64)[:, None]
    moved = (start.astype(np.float64) + steps * v).astype(start.dtype)
    return np.where(steps == 0, start, moved)


def position(start: Floats, v: Floats, code: Floats) -> float | None:
    """t of a code on the line start + t v, or None where it does not lie on that line; all (d,)."""
    way = code.astype(np.float64) - start
    squared = float(v @ v)
    t = float(way @ v) / squared if squared > 0 else 0.0
    is_on_line = np.abs(way - t * v).max() <= _ON_LINE * max(1.0, float(np.abs(v).max()))
    return t if is_on_line else None


def _standard_error(a: Floats, b: Floats) -> Floats:
    if min(len(a), len(b)) < 2:
        return np.full(a.shape[1], np.nan)
    se: Floats = np.sqrt(a.var(axis=0, ddof=1) / len(a) + b.var(axis=0, ddof=1) / len(b))
    return se


def _held_out(a: Floats, b: Floats) -> float:
    if min(len(a), len(b)) < 2:
        return float("nan")
    return (_judged(a[::2], b[::2], a[1::2], b[1::2]) + _judged(a[1::2], b[1::2], a[::2], b[::2])) / 2


def _judged(a: Floats, b: Floats, other_a: Floats, other_b: Floats) -> float:
    v = b.mean(axis=0) - a.mean(axis=0)
    return auc(other_a @ v, other_b @ v)
