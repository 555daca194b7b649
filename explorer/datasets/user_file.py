"""A person's own data: `data.npz` with arrays x, optionally y and label_names; or `data.npy` with x alone.

x has shape (N, H, W), (N, C, H, W) with C = 1 or 3, or (N, D). Bytes (uint8) are 256 levels, booleans
are 2 levels, floats are real values. A file has no split of its own: see `splits`.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.array_file import Array, arrays
from explorer.datasets.dataset import UNKNOWN_LABEL, Dataset, blocks
from explorer.datasets.error import DatasetError
from explorer.datasets.splits import split_off
from explorer.datasets.stored_array import StoredArray

SUFFIXES = (".npz", ".npy")
MAX_LABELS = 10_000
RENUMBER = "Take label_names, y = numpy.unique(y, return_inverse=True) and save both."
SHAPES = "(N, H, W), (N, 1, H, W), (N, 3, H, W) or (N, D)"


def load(name: Path | str, split: str) -> Dataset:
    """The data set in a user's file.

    Args:
        name: the path of a .npz or .npy file
        split: "train", "test" or "all"

    Raises:
        DatasetError: missing or unreadable file, pickled objects, wrong shape or type, NaN or infinite
            values, no examples, labels that do not fit
    """
    path = Path(name)
    found = arrays(path, ("x", "y", "label_names"))
    values = _images_or_vectors(found["x"], path)
    labels, label_names = _labels(found, len(values), path)
    whole = Dataset(
        name=str(path),
        split="all",
        values=_stored(values, path),
        n_levels=_n_levels(values, path),
        labels=labels,
        label_names=label_names,
        example_ids=np.arange(len(values), dtype=np.int64),
        kind=_kind(values),
        n_in_file=len(values),
    )
    # A file of a million images stays where it is, and taking all of them would copy it.
    return whole if split == "all" else split_off(whole, split)


def _images_or_vectors(x: Array, path: Path) -> Array:
    """x with images as (N, C, H, W)."""
    fits = x.ndim in (2, 3) or (x.ndim == 4 and x.shape[1] in (1, 3))
    if not fits:
        channels_last = x.ndim == 4 and x.shape[3] in (1, 3)
        advice = "Put the channels first: x.transpose(0, 3, 1, 2)." if channels_last else "Reshape x."
        raise DatasetError(path, "x", f"shape {SHAPES}", f"shape {x.shape}", advice)
    if x.size == 0:
        raise DatasetError(path, "x", "at least one example with one value", f"shape {x.shape}")
    if x.ndim != 3:
        return x
    shape = (1, *x.shape[1:])
    return x.with_rows_of(shape) if isinstance(x, StoredArray) else x.reshape(len(x), *shape)


def _n_levels(x: Array, path: Path) -> int | None:
    if x.dtype == np.bool_:
        return 2
    if x.dtype == np.uint8:
        return 256
    if np.issubdtype(x.dtype, np.floating):
        return None
    advice = "Convert levels 0..255 with x.astype('uint8'), measurements with x.astype('float32')."
    raise DatasetError(path, "x", "uint8 levels, booleans or floats", x.dtype, advice)


def _stored(x: Array, path: Path) -> Array:
    """Levels as uint8, or finite float32; in the file where they are that already."""
    has_levels = _n_levels(x, path) is not None
    wanted = np.dtype(np.uint8 if has_levels else np.float32)
    if not (isinstance(x, StoredArray) and x.dtype == wanted):
        with np.errstate(over="ignore"):
            x = np.ascontiguousarray(x, dtype=wanted)
    if not has_levels and len(bad := _not_finite(x)):
        found = f"NaN or infinity in {len(bad)} of {len(x)} examples, the first is example {bad[0]}"
        raise DatasetError(path, "x", "finite float32 values", found, "Remove or repair these examples.")
    return x


def _not_finite(x: Array) -> NDArray[np.intp]:
    """The rows that hold a NaN or an infinity."""
    fine = [np.isfinite(block.reshape(len(block), -1)).all(axis=1) for block in blocks(x)]
    return np.flatnonzero(~np.concatenate(fine))


def _labels(
    found: dict[str, Array], n_examples: int, path: Path
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Integer labels (N,) and their names; without y every label is unknown."""
    if "y" not in found:
        return np.broadcast_to(np.int64(UNKNOWN_LABEL), n_examples), ()
    y = np.asarray(found["y"])
    if y.shape != (n_examples,):
        raise DatasetError(path, "y", f"shape ({n_examples},), one label an example of x", f"shape {y.shape}")
    if y.dtype.kind not in "iu":
        raise DatasetError(path, "y", "integers", y.dtype, RENUMBER)
    if y.min() < UNKNOWN_LABEL or y.max() >= MAX_LABELS:
        expected = f"labels 0..{MAX_LABELS - 1}, or {UNKNOWN_LABEL} for unknown"
        raise DatasetError(path, "y", expected, f"{y.min()}..{y.max()}", RENUMBER)
    return y.astype(np.int64), _label_names(found, int(y.max()) + 1, path)


def _label_names(found: dict[str, Array], n_labels: int, path: Path) -> tuple[str, ...]:
    if "label_names" not in found:
        return tuple(str(label) for label in range(n_labels))
    names = np.asarray(found["label_names"])
    if names.ndim != 1 or names.dtype.kind != "U":
        raise DatasetError(path, "label_names", "a list of strings", f"{names.dtype} of shape {names.shape}")
    if len(names) < n_labels:
        raise DatasetError(
            path, "label_names", f"at least {n_labels} names, as y goes up to {n_labels - 1}", len(names)
        )
    return tuple(_texts(names, path))


def _texts(names: NDArray[np.str_], path: Path) -> list[str]:
    try:
        texts: list[str] = names.tolist()
        "".join(texts).encode()
    # numpy believes every number in the file to be a character's; Python has fewer, and a page cannot be sent all.
    except (SystemError, ValueError) as error:
        advice = "Write the names anew."
        raise DatasetError(path, "label_names", "characters of Unicode", repr(error), advice) from error
    return texts


def _kind(x: Array) -> str:
    if x.ndim == 2:
        return "vector"
    return "colour image" if x.shape[1] == 3 else "grey image"
