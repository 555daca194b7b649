"""A folder of images: a folder a class, or the images themselves; what is known of them in a table beside.

    flowers/rose/0001.png, flowers/rose/0002.jpg, flowers/tulip/0001.png        labels rose, tulip
    faces/0001.png, faces/0002.png, faces/metadata.csv                          labels and metadata by file_name

They must have one size, or are brought to one by the name: "flowers:resized-32x32" (height x width, bicubic). What
cannot be read is left out and named; an example's id is its place in the sorted listing, so that others keep theirs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets import image_metadata
from explorer.datasets.dataset import UNKNOWN_LABEL, Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.images import SUFFIXES, Encoded, decode
from explorer.datasets.labels import Labels, labels_and_metadata
from explorer.datasets.options import Options
from explorer.files import read


def load(name: str, options: Options) -> Dataset:
    """The data set in a folder of images.

    Args:
        name: the folder
        options: what is to be done to its images, and which column of its table gives the labels

    Raises:
        DatasetError: no images, of several sizes, beside folders of images, or more than half of the free memory;
            a table that cannot be read
    """
    folder = Path(name)
    files, classes, class_names = _listing(folder)
    beside, notes = image_metadata.columns(folder, files)
    decoded = decode(folder, [Encoded(file, partial(_opened, folder, file)) for file in files], options)
    labels = _labels(
        folder,
        np.array(classes, np.int64)[decoded.places],
        class_names,
        {key: column[decoded.places] for key, column in beside.items()},
        options.label,
    )
    return decoded.as_dataset(name, labels, notes)


def _labels(
    folder: Path,
    classes: NDArray[np.int64],
    class_names: tuple[str, ...],
    columns: Mapping[str, NDArray[Any]],
    wanted: str | None,
) -> Labels:
    """Labels of the table where it has a column of them, else of the folders."""
    found = labels_and_metadata(folder, columns, len(classes), wanted)
    return found if found.names else replace(found, of_examples=classes, names=class_names)


def _opened(folder: Path, file: str) -> AbstractContextManager[IO[bytes]]:
    # There may be a million: a path each would be most of what is kept of them.
    return read.opened(folder / file)


def _listing(folder: Path) -> tuple[list[str], list[int], tuple[str, ...]]:
    """Images by their paths in the folder, in the order of their names, class by class, and their labels."""
    classes = sorted(e.name for e in os.scandir(folder) if e.is_dir() and not e.name.startswith("."))
    inside = {name: _images(folder / name) for name in classes}
    named = tuple(name for name in classes if inside[name])
    loose = _images(folder)
    if named and loose:
        found = f"{len(loose)} images beside {len(named)} folders of images"
        advice = "Move them into a folder of their own, or name one folder."
        raise DatasetError(folder, "folder", "images, or a folder of images for each class", found, advice)
    if not named and not loose:
        raise DatasetError(
            folder, "folder", f"images ({', '.join(SUFFIXES)})", "none", "Name another folder."
        )
    if loose:
        return loose, [UNKNOWN_LABEL] * len(loose), ()
    files = [f"{name}/{file}" for name in named for file in inside[name]]
    return files, [label for label, name in enumerate(named) for _ in inside[name]], named


def _images(folder: Path) -> list[str]:
    names = (e.name for e in os.scandir(folder) if not e.name.startswith(".") and e.is_file())
    return sorted(name for name in names if name.lower().endswith(SUFFIXES))
