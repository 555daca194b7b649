"""Which data sets there are, and the one way to load any of them.

A name is a registered one ("digits", "fashion-mnist", "mnist"), or the path of a person's own data in one of the forms
of `READERS`; behind it stand options (`options.py`): "flowers:resized-32x32:binarised-1". Loading a data set by its
own `name` and `split` gives it again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from explorer.datasets import (
    anndata_file,
    csv_file,
    digits,
    fashion_mnist,
    hub,
    idx_file,
    image_folder,
    mnist,
    options,
    parquet,
    user_file,
    web_dataset,
)
from explorer.datasets.binarised import binarise
from explorer.datasets.counts import as_counts
from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import framed
from explorer.datasets.options import Options
from explorer.datasets.rescaled import rescaled
from explorer.datasets.shards import files_of
from explorer.datasets.splits import split_off

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
        takes: whether it reads what a name without its options stands for.
        load: reads all of it, given that name and the options; raises DatasetError.
        decodes: whether it brings images to their size and to grey itself, as it decodes them.
        has_columns: whether the option of a column of labels is its own.
        has_splits: whether its source has splits of its own; it gives the one that the options ask for.
    """

    takes: Callable[[str], bool]
    load: Callable[[str, Options], Dataset]
    decodes: bool = False
    has_columns: bool = False
    has_splits: bool = False


def _ends_in(*suffixes: str) -> Callable[[str], bool]:
    return lambda name: name.lower().endswith(suffixes)


def _is_of_hub(name: str) -> bool:
    return name.startswith(hub.PREFIX)


# In words, as errors name them; the first that takes a name reads it. To add one: a file with its `load`, and a row.
READERS: dict[str, Reader] = {
    "a .npz or .npy file": Reader(_ends_in(*user_file.SUFFIXES), user_file.load),
    "a .csv or .tsv file": Reader(_ends_in(*csv_file.SUFFIXES), csv_file.load, has_columns=True),
    "a .tar file or a folder of them": Reader(
        lambda name: bool(files_of(name, web_dataset.SUFFIX)),
        web_dataset.load,
        decodes=True,
        has_columns=True,
    ),
    "an IDX file": Reader(idx_file.is_idx, idx_file.load),
    "a .h5ad file": Reader(_ends_in(anndata_file.SUFFIX), anndata_file.load, has_columns=True),
    "hub:owner/name": Reader(_is_of_hub, hub.load, decodes=True, has_columns=True, has_splits=True),
    "a .parquet file or a folder of them": Reader(
        lambda name: bool(files_of(name, parquet.SUFFIX)), parquet.load, decodes=True, has_columns=True
    ),
    "a folder of images": Reader(
        lambda name: Path(name).is_dir(), image_folder.load, decodes=True, has_columns=True
    ),
}


def names() -> tuple[str, ...]:
    """The registered names, the always-there one first."""
    return tuple(LOADERS)


def file_of(name: str | Path) -> Path | None:
    """The person's file or folder that a name stands for; None for one that has its own place and splits."""
    source = options.source_of(name)
    return None if source in LOADERS or _is_of_hub(source) else Path(source)


def load(name: str | Path, split: str = "test", root: Path | None = None) -> Dataset:
    """A data set by name, or a user's file by path.

    Args:
        name: one of `names()`, or the path of a file or folder that one of `READERS` takes; with options behind it
        split: "train" or "test"; also "all" for the digits and for files, which have no split of their own
        root: a local folder with <name>/*.gz IDX files; what is not there is downloaded and kept

    Returns:
        The split, in the order of its source; example ids are rows of the source.

    Raises:
        DatasetError: unknown name, option or split, bad content, no local copy and no network
    """
    source, wanted = options.parse(name)
    reader = _reader(source)
    if wanted.label is not None and not (reader and reader.has_columns):
        raise DatasetError(name, "label", "data with columns", "none", "Leave ':label=' out.")
    if loader := LOADERS.get(source):
        return _changed(loader(split, root), name, wanted)
    if reader is None:
        raise _nothing_of(name, source)
    found = _read(reader, source, replace(wanted, split=split if reader.has_splits else "all"))
    # A file of a million images stays where it is, and taking all of them would copy it.
    part = found if split == found.split else split_off(found, split)
    is_framed = reader.decodes and part.kind != "vector"
    return _changed(part, name, replace(wanted, frames=(), is_grey=False) if is_framed else wanted)


def _read(reader: Reader, source: str, wanted: Options) -> Dataset:
    try:
        return reader.load(source, wanted)
    # A folder that may not be looked into.
    except OSError as error:
        raise DatasetError(source, "file", "what can be read", error, "Look at its permissions.") from error


def _reader(source: str) -> Reader | None:
    return None if source in LOADERS else next((r for r in READERS.values() if r.takes(source)), None)


def _changed(data: Dataset, name: str | Path, wanted: Options) -> Dataset:
    """A data set after its options, under its whole name."""
    if wanted.frames or wanted.is_grey:
        data = framed(data, wanted.frames, wanted.is_grey)
    if wanted.range is not None:
        data = rescaled(data, *wanted.range)
    if wanted.is_count:
        data = as_counts(data)
    if wanted.seed is not None:
        data = binarise(data, wanted.seed)
    return replace(data, name=str(name))


def _nothing_of(name: str | Path, source: str) -> DatasetError:
    before = options.source_of(source.rpartition(":")[0])
    if before in LOADERS or (before and _reader(before)):
        return options.unknown(source)
    return DatasetError(name, "name", f"one of {', '.join((*names(), *READERS))}", repr(str(name)))
