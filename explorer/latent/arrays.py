"""What enters this room is checked once, here, and has float64 inside.

An array from a file or a hand-made URL may hold anything; past this border every array is finite, has the
expected width, and is float64. The examples themselves, which may be a million, stay in the float32 and in the
memory that they came in (`stored`); what is computed from a few of their rows is float64. Results go back in the
floating dtype that came in: float32 codes give float32 codes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
"""Real numbers: float64 inside this room, or as stored."""
Rows = npt.NDArray[np.signedinteger]
"""Indices of rows."""

_STORED = (np.dtype(np.float32), np.dtype(np.float64))

LARGEST = 1e15
"""No code and no place on a map is larger; the squares of much larger numbers leave float32, then float64."""


class MapError(ValueError):
    """A map, a place on it or a code that cannot be used: what it was, what was expected, what was found."""

    def __init__(self, subject: str, expected: str, found: str) -> None:
        super().__init__(f"{subject}: expected {expected}, found {found}.")
        self.subject, self.expected, self.found = subject, expected, found


def vectors(values: npt.ArrayLike, subject: str, width: int | None = None) -> Floats:
    """Checks that every row of `values` is a finite vector of `width` numbers.

    Args:
        values: real numbers with shape (..., width).
        subject: what the error calls them, in words.
        width: the expected size of the last axis; None takes any from 1.

    Returns:
        The same numbers in float64, with shape (..., width).

    Raises:
        MapError: not numbers, another width, or a number that is NaN, infinite or larger than 1e15.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise MapError(subject, "real numbers", f"values of type {array.dtype}")
    if array.ndim == 0 or array.shape[-1] != (width or max(array.shape[-1], 1)):
        raise MapError(subject, f"vectors of {width or 'one or more'} numbers", f"shape {array.shape}")
    array = array.astype(np.float64)
    fine = (np.abs(array) <= LARGEST).all(axis=-1)
    if not fine.all():
        first = np.argwhere(~fine)[0].tolist()
        raise MapError(
            subject,
            f"finite numbers no larger than {LARGEST:g} (leave out or recompute the rows that are not)",
            f"{int((~fine).sum())} of {fine.size} rows that are not, the first at index {first}",
        )
    return array


def rows(values: npt.ArrayLike, subject: str, width: int | None = None) -> Floats:
    """Checks that `values` is a table of finite rows, shape (n, width), n >= 0, and returns it in float64."""
    array = vectors(values, subject, width)
    if array.ndim != 2:
        raise MapError(subject, f"shape (n, {width or 'd'})", f"shape {array.shape}")
    return array


def table(values: npt.ArrayLike, subject: str, width: int | None = None) -> Floats:
    """Checks what `rows` checks, and that there is a row at all."""
    array = rows(values, subject, width)
    if len(array) == 0:
        raise MapError(subject, "one row or more", "none")
    return array


def stored(values: npt.ArrayLike, subject: str, width: int | None = None) -> Floats:
    """Checks what `table` checks, and returns the very same array where it is float32 or float64 already.

    Whoever gives it keeps it as it is from then on.
    """
    array = np.asarray(values)
    is_kept = (
        array.dtype in _STORED
        and array.ndim == 2
        and array.size > 0
        and array.shape[1] == (width or array.shape[1])
    )
    # A NaN makes both comparisons false.
    if is_kept and array.max() <= LARGEST and array.min() >= -LARGEST:
        return array
    return table(array, subject, width)


def float_dtype(*values: npt.ArrayLike) -> np.dtype[np.floating]:
    """The floating dtype that results computed from `values` go back in: integers count as float32."""
    kinds = [np.asarray(value).dtype for value in values]
    return np.result_type(np.float32, *(kind for kind in kinds if kind.kind == "f"))
