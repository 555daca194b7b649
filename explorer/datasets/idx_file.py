"""IDX files by path, as MNIST and its relatives come: images, and labels beside them under the usual name.

train-images-idx3-ubyte.gz  train-labels-idx1-ubyte.gz
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.datasets import idx
from explorer.datasets.archive import unpacked
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.labels import no_labels
from explorer.datasets.options import Options
from explorer.files import read

_NAME = re.compile(r".*idx\d-ubyte(\.gz)?", re.DOTALL)


def is_idx(name: str) -> bool:
    """Whether a name is that of an IDX file."""
    return _NAME.fullmatch(name) is not None


def load(name: str, options: Options) -> Dataset:
    """The images in an IDX file of three axes, and their labels.

    Args:
        name: the path, with .gz or without

    Raises:
        DatasetError: unreadable, foreign or truncated content, or another number of labels than of images
    """
    path = Path(name)
    images = idx.parse(_content(path), 3, name)
    labels = _labels(path, len(images))
    n_labels = int(labels.max()) + 1
    return Dataset(
        name=name,
        split="all",
        values=images[:, None],
        n_levels=256,
        labels=labels,
        label_names=tuple(map(str, range(n_labels))),
        example_ids=np.arange(len(images), dtype=np.int64),
        kind="grey image",
        n_in_file=len(images),
    )


def _labels(images: Path, n: int) -> NDArray[np.int64]:
    """(N,) of the file beside the images; unknown where there is none."""
    stem = images.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    beside = [images.with_name(file) for file in (stem, f"{stem}.gz")]
    path = next((path for path in beside if path != images and path.exists()), None)
    if path is None:
        return no_labels(n)
    labels = idx.parse(_content(path), 1, str(path))
    if len(labels) != n:
        raise DatasetError(path, "labels", f"{n:,}, one an image of {images.name}", f"{len(labels):,}")
    return labels.astype(np.int64)


def _content(path: Path) -> bytes:
    """The whole file, unpacked."""
    most = min(idx.MAX_BYTES, read.available_memory() // 4)
    try:
        content = read.content(path, most)
        content = unpacked(content, most + 1) if path.suffix == ".gz" else content
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DatasetError(path, "file", "a readable IDX file", error, idx.ADVICE) from error
    if len(content) > most:
        raise DatasetError(path, "size", f"at most {most:,} bytes", "more", "Save its images as .npy.")
    return content
