"""Levels as the whole numbers that they were read from: a file of small counts looks like one of bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import check_memory

OPTION = "counts"


def as_counts(dataset: Dataset) -> Dataset:
    """The same examples with level v as the number v, named "<name>:counts"; real values that are counts as they are.

    Raises:
        DatasetError: a value that is no count, or more values than fit the memory.
    """
    check_memory(dataset.name, dataset.values.shape, np.dtype(np.float32).itemsize)
    values = np.asarray(dataset.values[:], np.float32)
    flat = values.reshape(len(dataset), -1)
    # NaN is no count either.
    fine = (flat >= 0) & (flat == np.round(flat)) & np.isfinite(flat)
    if not fine.all():
        first = int(np.argmin(fine.all(1)))
        found = f"{flat[first][~fine[first]][0]:g} in example {dataset.example_ids[first]}"
        raise DatasetError(dataset.name, "values", "counts: whole numbers from 0 on", found, _ADVICE)
    if dataset.n_levels is None:
        return dataset
    return replace(dataset, name=f"{dataset.name}:{OPTION}", values=values, n_levels=None)


_ADVICE = (
    "Give the counts as they were measured: once normalised or put on a log scale, values have no probability under a "
    'model of counts. A .h5ad file has them as layers["counts"], or as X before its normalisation.'
)
