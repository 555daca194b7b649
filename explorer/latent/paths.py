"""Paths between codes.

    linear:     z(t) = (1 - t) a + t b
    spherical:  z(t) = ((1 - t) |a| + t |b|) (cos(t w) e + sin(t w) o)

with e = a / |a|, w the angle from a to b, and o the unit vector across e in the plane of a and b. For
|a| = |b| = 1 this is slerp, sin((1 - t) w) / sin(w) a + sin(t w) / sin(w) b, without its division by 0. The
norm goes straight from |a| to |b|, so that a path between codes typical of N(0, I) stays among typical norms;
a linear one cuts inside.

Where an angle means nothing:
- a or b is zero, or d = 1: the path is the straight line.
- b is opposite to a (within 1e-6): every half circle is as short; o is the coordinate axis most across e,
  made orthogonal to it, so that the same ends always give the same path.

References:
    Shoemake 1985, Animating rotation with quaternion curves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from explorer.latent.arrays import Floats, MapError, Rows, float_dtype, table, vectors

_OPPOSITE = 1e-6


def linear(a: npt.ArrayLike, b: npt.ArrayLike, n: int) -> Floats:
    """n codes on the straight line from a (d,) to b (d,), both exactly among them; shape (n, d), n >= 2."""
    return _between(a, b, n, _line)


def spherical(a: npt.ArrayLike, b: npt.ArrayLike, n: int) -> Floats:
    """n codes on the arc from a (d,) to b (d,), both exactly among them; shape (n, d), n >= 2."""
    return _between(a, b, n, _arc)


KINDS: dict[str, Callable[[npt.ArrayLike, npt.ArrayLike, int], Floats]] = {
    "linear": linear,
    "spherical": spherical,
}


def through(points: npt.ArrayLike, n: int, kind: str = "linear") -> Floats:
    """A path of n codes through the anchors, in order, every anchor exactly among them.

    Args:
        points: anchors with shape (m, d), m >= 2.
        n: codes of the path, n >= m.
        kind: "linear" or "spherical".

    Returns:
        Codes with shape (n, d); anchor i is row `np.concatenate([[0], np.cumsum(steps(points, n))])[i]`.

    Raises:
        MapError: fewer than two anchors, fewer codes than anchors, or an unknown kind.
    """
    if kind not in KINDS:
        raise MapError("the kind of a path", f"one of {', '.join(KINDS)}", repr(kind))
    rows, segments = np.asarray(points), steps(points, n)
    parts = [KINDS[kind](rows[i], rows[i + 1], int(count) + 1)[1:] for i, count in enumerate(segments)]
    return np.concatenate([rows[:1].astype(parts[0].dtype), *parts])


def steps(points: npt.ArrayLike, n: int) -> Rows:
    """The steps of a path of n codes between each two of its anchors (m, d): shape (m - 1,), sum n - 1.

    Each segment takes one step, and the rest are shared out by length: the path moves at an even pace.
    """
    return _shared(step_lengths(table(points, "the anchors of a path")), n)


def step_lengths(codes: npt.ArrayLike) -> Floats:
    """The Euclidean length of each step of a path (m, d): shape (m - 1,)."""
    return np.linalg.norm(np.diff(table(codes, "a path"), axis=0), axis=1)


def joined(parts: Sequence[Floats], n: int, lengths: Sequence[Floats] | None = None) -> Floats:
    """A path of n codes along polylines that follow one another, at an even pace.

    Args:
        parts: one polyline between each two anchors, each with shape (m_i, d), m_i >= 2; a part begins where the
            one before it ends.
        n: codes of the path, more than there are parts.
        lengths: what each step of each part counts, (m_i - 1,), >= 0; its Euclidean length where there are none.

    Returns:
        Codes with shape (n, d), every end of a part exactly among them.

    Raises:
        MapError: no part, or too few codes.
    """
    lengths = [step_lengths(part) for part in parts] if lengths is None else lengths
    counts = _shared(np.array([each.sum() for each in lengths]), n)
    walked = [_evenly(*each) for each in zip(parts, counts, lengths, strict=True)]
    return np.concatenate([parts[0][:1], *(part[1:] for part in walked)])


def _evenly(corners: Floats, n_steps: int, lengths: Floats) -> Floats:
    """n_steps + 1 codes along a polyline (m, d), equal lengths apart; shape (n_steps + 1, d), ends exact."""
    counted = lengths if lengths.sum() > 0 else np.ones(len(lengths))
    at = np.concatenate([[0], np.cumsum(counted)])
    wanted = np.linspace(0, at[-1], int(n_steps) + 1)
    path = np.stack([np.interp(wanted, at, column) for column in corners.T], axis=1).astype(corners.dtype)
    path[0], path[-1] = corners[0], corners[-1]
    return path


def _shared(lengths: Floats, n: int) -> Rows:
    n_segments = len(lengths)
    if n_segments < 1 or n <= n_segments:
        expected = "two anchors or more, and at least as many codes"
        raise MapError("a path", expected, f"{n_segments + 1} and {n}")
    share = lengths / lengths.sum() if lengths.sum() > 0 else np.full(n_segments, 1 / n_segments)
    # The running total is rounded, not each share: no anchor is off by more than half a step.
    spare = np.rint(np.cumsum(share) * (n - 1 - n_segments)).astype(int)
    return 1 + np.diff(spare, prepend=0)


def _between(
    a: npt.ArrayLike, b: npt.ArrayLike, n: int, curve: Callable[[Floats, Floats, Floats], Floats]
) -> Floats:
    start, end = vectors(a, "the start of a path"), vectors(b, "the end of a path")
    if start.ndim != 1 or start.shape != end.shape or n < 2:
        found = f"shapes {start.shape} and {end.shape}, n = {n}"
        raise MapError("a path", "two codes (d,) of one size, and n >= 2", found)
    path = curve(start, end, np.linspace(0, 1, n)[:, None]).astype(float_dtype(a, b))
    # Set, not computed: the ends are the codes that were asked for, bit for bit.
    path[0], path[-1] = a, b
    return path


def _line(a: Floats, b: Floats, t: Floats) -> Floats:
    return (1 - t) * a + t * b


def _arc(a: Floats, b: Floats, t: Floats) -> Floats:
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    if norm_a == 0 or norm_b == 0 or len(a) == 1:
        return _line(a, b, t)
    e, across = a / norm_a, b / norm_b
    along = e @ across
    across = across - along * e
    angle = np.arctan2(np.linalg.norm(across), along)
    if np.pi - angle < _OPPOSITE:
        angle, across = np.pi, _most_across(e)
    o = across / (np.linalg.norm(across) or 1)
    direction: Floats = np.cos(t * angle) * e + np.sin(t * angle) * o
    return ((1 - t) * norm_a + t * norm_b) * direction


def _most_across(e: Floats) -> Floats:
    axis = np.zeros_like(e)
    axis[np.abs(e).argmin()] = 1
    return axis - (axis @ e) * e
