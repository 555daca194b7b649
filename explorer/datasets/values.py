"""Numbers as a data set holds them: levels where they are some, else real values, by what is in them.

booleans, or 0 and 1 alone              2 levels
uint8, or other integers 0..255         256 levels
floats                                  real values, float32
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from explorer.datasets.array_file import Array
from explorer.datasets.dataset import blocks
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import check_memory
from explorer.datasets.stored_array import StoredArray


@dataclass(frozen=True)
class Values:
    """Levels as uint8, or finite float32 without levels; in the file where they are that already."""

    values: Array
    n_levels: int | None
    notes: tuple[str, ...] = ()


def levels_or_reals(path: object, key: str, x: Array) -> Values:
    """Numbers of any type as a data set holds them.

    Args:
        path: named in errors
        key: what they are called there
        x: (N, *shape)

    Raises:
        DatasetError: NaN or infinite values, no numbers, or more of them to be converted than the memory holds
    """
    if x.dtype == np.bool_:
        return Values(_as(path, x, np.uint8), 2)
    if x.dtype == np.uint8:
        return Values(_as(path, x, np.uint8), 256)
    if x.dtype.kind not in "iuf":
        advice = "Convert levels 0..255 with x.astype('uint8'), measurements with x.astype('float32')."
        raise DatasetError(path, key, "uint8 levels, booleans or floats", x.dtype, advice)
    if _all(x, lambda block: (block == 0) | (block == 1)):
        return Values(_as(path, x, np.uint8), 2, (f"{path}: {key} holds 0 and 1 alone: binary data",))
    if x.dtype.kind == "f":
        return Values(_reals(path, key, x), None)
    if _all(x, lambda block: (block >= 0) & (block <= 255)):
        note = f"{path}: {key} holds integers from 0 to 255, taken for 256 levels; floats are real values"
        return Values(_as(path, x, np.uint8), 256, (note,))
    note = f"{path}: {key} holds integers beyond 0 to 255, taken for real values"
    return Values(_reals(path, key, x), None, (note,))


def _reals(path: object, key: str, x: Array) -> Array:
    found = _as(path, x, np.float32)
    if len(bad := _not_finite(found)):
        told = f"NaN or infinity in {len(bad)} of {len(x)} examples, the first is example {bad[0]}"
        raise DatasetError(path, key, "finite float32 values", told, "Remove or repair these examples.")
    return found


def _as(path: object, x: Array, dtype: DTypeLike) -> Array:
    """In this type; what is in a file stays there where it is of it, and is held against the memory where not."""
    if isinstance(x, StoredArray):
        if x.dtype == dtype:
            return x
        check_memory(path, x.shape, x.dtype.itemsize + np.dtype(dtype).itemsize)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.ascontiguousarray(x, dtype=dtype)


def _all(x: Array, is_one: Callable[[NDArray[Any]], NDArray[np.bool_]]) -> bool:
    """Whether all numbers are of a kind; ends at the first block that holds another one."""
    return all(bool(is_one(block).all()) for block in blocks(x))


def _not_finite(x: Array) -> NDArray[np.intp]:
    """The rows that hold a NaN or an infinity."""
    fine = [np.isfinite(block.reshape(len(block), -1)).all(axis=1) for block in blocks(x)]
    return np.flatnonzero(~np.concatenate(fine))
