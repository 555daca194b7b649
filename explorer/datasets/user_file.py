"""A person's own data: `data.npz` with arrays x, optionally y and label_names; or `data.npy` with x alone.

x has shape (N, H, W), (N, C, H, W) or (N, H, W, C) with C = 1 or 3, or (N, D); what its numbers are says `values.py`.
y holds integers, or texts. Of vectors, feature_names may hold D texts, and axis and unit one each: what the D places
are ("wavelength [nm]") and the unit of the values. A file has no split of its own: see `splits.py`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.array_file import Array, arrays
from explorer.datasets.dataset import UNKNOWN_LABEL, Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features, are_rising
from explorer.datasets.frames import check_memory
from explorer.datasets.labels import MAX_LABELS, no_labels, numbered
from explorer.datasets.metadata import as_texts
from explorer.datasets.options import Options
from explorer.datasets.stored_array import StoredArray
from explorer.datasets.values import levels_or_reals

SUFFIXES = (".npz", ".npy")
RENUMBER = "Take label_names, y = numpy.unique(y, return_inverse=True) and save both."
SHAPES = "(N, H, W), (N, 1, H, W), (N, 3, H, W) or (N, D)"
NAMES = ("x", "y", "label_names", "feature_names", "axis", "unit")


def load(name: str, options: Options) -> Dataset:
    """The data set in a user's file.

    Args:
        name: the path of a .npz or .npy file

    Raises:
        DatasetError: missing or unreadable file, pickled objects, wrong shape or type, NaN or infinite
            values, no examples, labels or names that do not fit
    """
    path = Path(name)
    found = arrays(path, NAMES)
    x, notes = _images_or_vectors(found["x"], path)
    labels, label_names = _labels(found, len(x), path)
    values = levels_or_reals(path, "x", x)
    return Dataset(
        name=name,
        split="all",
        values=values.values,
        n_levels=values.n_levels,
        labels=labels,
        label_names=label_names,
        example_ids=np.arange(len(x), dtype=np.int64),
        kind=_kind(x),
        n_in_file=len(x),
        notes=(*notes, *values.notes),
        features=_features(found, x, path),
    )


def _images_or_vectors(x: Array, path: Path) -> tuple[Array, tuple[str, ...]]:
    """x with images as (N, C, H, W), and what was done for it."""
    has_channels = x.ndim == 4 and x.shape[1] in (1, 3)
    channels_last = x.ndim == 4 and not has_channels and x.shape[3] in (1, 3)
    if not (x.ndim in (2, 3) or has_channels or channels_last):
        raise DatasetError(path, "x", f"shape {SHAPES}", f"shape {x.shape}", "Reshape x.")
    if x.size == 0:
        raise DatasetError(path, "x", "at least one example with one value", f"shape {x.shape}")
    if channels_last:
        check_memory(path, x.shape, x.dtype.itemsize)
        note = f"{path}: x has shape {x.shape}, taken for images whose channels come last"
        return np.asarray(x).transpose(0, 3, 1, 2), (note,)
    if x.ndim != 3:
        return x, ()
    shape = (1, *x.shape[1:])
    return (x.with_rows_of(shape) if isinstance(x, StoredArray) else x.reshape(len(x), *shape)), ()


def _features(found: dict[str, Array], x: Array, path: Path) -> Features | None:
    """What the places of a vector are, where the file says anything of it."""
    if x.ndim != 2 or not found.keys() & {"feature_names", "axis", "unit"}:
        return None
    names = _texts_of(found, "feature_names", path) if "feature_names" in found else []
    if len(names) not in (0, x.shape[1]):
        raise DatasetError(path, "feature_names", f"{x.shape[1]} names, one a place of x", len(names))
    axis, unit = (" ".join(_texts_of(found, key, path)) if key in found else "" for key in ("axis", "unit"))
    is_ordered = are_rising(names) if names else bool(axis)
    return Features(tuple(names), axis or "feature", unit, is_ordered)


def _labels(
    found: dict[str, Array], n_examples: int, path: Path
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Integer labels (N,) and their names; without y every label is unknown."""
    if "y" not in found:
        return no_labels(n_examples), ()
    y = np.asarray(found["y"])
    if y.shape != (n_examples,):
        raise DatasetError(path, "y", f"shape ({n_examples},), one label an example of x", f"shape {y.shape}")
    if y.dtype.kind == "U":
        return _labels_of_texts(_texts(y, "y", path), path)
    if y.dtype.kind not in "iu":
        raise DatasetError(path, "y", "integers or texts", y.dtype, RENUMBER)
    if y.min() < UNKNOWN_LABEL or y.max() >= MAX_LABELS:
        expected = f"labels 0..{MAX_LABELS - 1}, or {UNKNOWN_LABEL} for unknown"
        raise DatasetError(path, "y", expected, f"{y.min()}..{y.max()}", RENUMBER)
    return y.astype(np.int64), _label_names(found, int(y.max()) + 1, path)


def _labels_of_texts(texts: list[str], path: Path) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    found = numbered(as_texts(texts))
    if isinstance(found, str):
        raise DatasetError(path, "y", f"at most {MAX_LABELS:,} labels", found)
    return found


def _label_names(found: dict[str, Array], n_labels: int, path: Path) -> tuple[str, ...]:
    if "label_names" not in found:
        return tuple(str(label) for label in range(n_labels))
    names = _texts_of(found, "label_names", path)
    if len(names) < n_labels:
        raise DatasetError(
            path, "label_names", f"at least {n_labels} names, as y goes up to {n_labels - 1}", len(names)
        )
    return tuple(names)


def _texts_of(found: dict[str, Array], key: str, path: Path) -> list[str]:
    """An array of texts; one alone is a list of one."""
    names = np.asarray(found[key])
    if names.ndim > 1 or names.dtype.kind != "U" or (names.ndim == 0 and key == "label_names"):
        raise DatasetError(path, key, "a list of strings", f"{names.dtype} of shape {names.shape}")
    return _texts(np.atleast_1d(names), key, path)


def _texts(names: NDArray[np.str_], key: str, path: Path) -> list[str]:
    try:
        texts: list[str] = names.tolist()
        "".join(texts).encode()
    # numpy believes every number in the file to be a character's; Python has fewer, and a page cannot be sent all.
    except (SystemError, ValueError) as error:
        advice = "Write the names anew."
        raise DatasetError(path, key, "characters of Unicode", repr(error), advice) from error
    return texts


def _kind(x: Array) -> str:
    if x.ndim == 2:
        return "vector"
    return "colour image" if x.shape[1] == 3 else "grey image"
