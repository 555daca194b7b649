"""Data sets: arrays with stable example ids. `load("fashion-mnist")` is where to begin."""

from explorer.datasets.binarised import binarise
from explorer.datasets.counts import as_counts
from explorer.datasets.dataset import UNKNOWN_LABEL, Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.features import Features
from explorer.datasets.registry import file_of, load, names

__all__ = [
    "UNKNOWN_LABEL",
    "Dataset",
    "DatasetError",
    "Features",
    "as_counts",
    "binarise",
    "file_of",
    "load",
    "names",
]
