"""The split of data that come without one.

Within each label, in file order, every fifth example is a test example. The split is stratified,
needs no random numbers, and an example never changes sides when others with other labels are added.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError

TEST_PERIOD = 5


def held_out(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which examples belong to the test split.

    Args:
        labels: (N,) integers; unlabelled examples share one label

    Returns:
        (N,) mask: true for the 5th, 10th, 15th ... example of each label
    """
    mask = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        mask[np.flatnonzero(labels == label)[TEST_PERIOD - 1 :: TEST_PERIOD]] = True
    return mask


def split_off(whole: Dataset, split: str) -> Dataset:
    """One split of a data set that was read whole; ids stay rows of the source.

    Raises:
        DatasetError: the split is not "train", "test" or "all"
    """
    masks: dict[str, Callable[[], NDArray[np.bool_]]] = {
        "all": lambda: np.ones(len(whole), dtype=bool),
        "test": lambda: held_out(whole.labels),
        "train": lambda: ~held_out(whole.labels),
    }
    if split not in masks:
        raise DatasetError(whole.name, "split", "train, test or all", repr(split))
    return replace(whole.take(masks[split]()), split=split)
