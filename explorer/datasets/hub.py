"""Data sets of the Hugging Face Hub by name: "hub:ylecun/mnist", or with a configuration "hub:owner/name/subset".

They need the `datasets` library, which downloads and keeps them; its splits are theirs, not ours. A Parquet file of the
Hub that lies on the disk is read without it (`parquet.py`).
"""

from __future__ import annotations

import importlib
import re
from dataclasses import replace
from typing import Any

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import check_memory
from explorer.datasets.options import Options
from explorer.datasets.tables import dataset_of

PREFIX = "hub:"
INSTALL = "pip install 'latent-explorer[hub]'"
# Before it, a data set's own script was run.
_FIRST_VERSION = 3
_NAME = re.compile(r"hub:(?P<path>[\w.-]+/[\w.-]+)(/(?P<config>[\w.-]+))?", re.ASCII)


def load(name: str, options: Options) -> Dataset:
    """A split of a data set of the Hub.

    Args:
        name: "hub:owner/name", or "hub:owner/name/subset"
        options: `split` as the Hub calls it, and what is to be done to images and labels

    Raises:
        DatasetError: no such library, name or split, no network, or a table without data
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise DatasetError(name, "name", "hub:owner/name, or hub:owner/name/subset", repr(name))
    library = _library(name)
    try:
        found = library.load_dataset(match["path"], match["config"], split=options.split)
    except (OSError, ValueError, LookupError, RuntimeError, library.exceptions.DatasetsError) as error:
        advice = "Look at its name, its splits and the network, or download its Parquet files and name their folder."
        raise DatasetError(name, "download", f"the split {options.split!r} of it", error, advice) from error
    check_memory(name, (found.data.nbytes,), 1)
    table = found.with_format("arrow")[:].replace_schema_metadata(found.features.arrow_schema.metadata)
    return replace(dataset_of(name, table, options), split=options.split, n_in_file=None)


def _library(name: str) -> Any:
    """The `datasets` library.

    Raises:
        DatasetError: it is not there, or is an old one
    """
    try:
        found = importlib.import_module("datasets")
    except ImportError as error:
        raise DatasetError(name, "library", "datasets", error, f"Install it: {INSTALL}") from error
    if int(found.__version__.partition(".")[0]) < _FIRST_VERSION:
        raise DatasetError(
            name,
            "library",
            f"datasets {_FIRST_VERSION} or newer",
            found.__version__,
            f"Install it: {INSTALL}",
        )
    return found
