"""Which data sets there are, and the one way to load any of them.

A name is a registered one ("digits", "fashion-mnist", "mnist"), the path of a .npz or .npy file, or a folder of images,
with ":resized-<height>x<width>" where they are to be brought to one size; ":binarised-<seed>" after it binarises.
Loading a data set by its own `name` and `split` gives it again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.datasets import digits, fashion_mnist, image_folder, mnist, user_file
from explorer.datasets.binarised import binarise
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError

Loader = Callable[[str, Path | None], Dataset]

# By name, the always-there one first. To add one: a file with its `load`, and a row.
LOADERS: dict[str, Loader] = {
    digits.NAME: digits.load,
    fashion_mnist.NAME: fashion_mnist.load,
    mnist.NAME: mnist.load,
}


@dataclass(frozen=True)
class Reader:
    """What reads a person's own data.

    Attributes:
        takes: whether it reads what a name stands for.
        load: reads it, given the name and a split; raises DatasetError.
    """

    takes: Callable[[str], bool]
    load: Callable[[Path | str, str], Dataset]


# In words, as errors name them; the first that takes a name reads it. To add one: a file with its `load`, and a row.
READERS: dict[str, Reader] = {
    "a .npz or .npy file": Reader(lambda name: Path(name).suffix in user_file.SUFFIXES, user_file.load),
    "a folder of images": Reader(lambda name: image_folder.folder_of(name) is not None, image_folder.load),
}
_BINARISED = re.compile(r"(?P<source>.+):binarised-(?P<seed>\d{1,20})", re.DOTALL)


def names() -> tuple[str, ...]:
    """The registered names, the always-there one first."""
    return tuple(LOADERS)


def file_of(name: str | Path) -> Path | None:
    """The person's file or folder that a name stands for; None for a registered one, which is always the same."""
    match = _BINARISED.fullmatch(str(name))
    source = match["source"] if match else str(name)
    return None if source in LOADERS else image_folder.folder_of(source) or Path(source)


def load(name: str | Path, split: str = "test", root: Path | None = None) -> Dataset:
    """A data set by name, or a user's file by path.

    Args:
        name: one of `names()`, the path of a .npz or .npy file, or a folder of images; with ":binarised-<seed>" its
            0/1 version
        split: "train" or "test"; also "all" for the digits and for files, which have no split of their own
        root: a local folder with <name>/*.gz IDX files; what is not there is downloaded and kept

    Returns:
        The split, in the order of its source; example ids are rows of the source.

    Raises:
        DatasetError: unknown name or split, bad content, no local copy and no network
    """
    if match := _BINARISED.fullmatch(str(name)):
        if _BINARISED.fullmatch(match["source"]):
            raise DatasetError(name, "name", "one ':binarised-<seed>'", "another before it")
        return binarise(load(match["source"], split, root), int(match["seed"]))
    if loader := LOADERS.get(str(name)):
        return loader(split, root)
    if reader := next((each for each in READERS.values() if each.takes(str(name))), None):
        return reader.load(name, split)
    raise DatasetError(name, "name", f"one of {', '.join((*names(), *READERS))}", repr(str(name)))
