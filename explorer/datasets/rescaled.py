"""Real values brought to [0, 1]: x' = (x - low) / (high - low), with a range that is said, not found in the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError
from explorer.datasets.frames import check_memory


def rescaled(dataset: Dataset, low: float, high: float) -> Dataset:
    """The same examples with low as 0 and high as 1.

    Raises:
        DatasetError: levels, which are in [0, 1] already, or values outside the range
    """
    if dataset.n_levels is not None:
        raise DatasetError(
            dataset.name, "range", "real values", f"{dataset.n_levels} levels, which are in [0, 1] already"
        )
    check_memory(dataset.name, dataset.values.shape, dataset.values.dtype.itemsize)
    values = np.asarray(dataset.values, np.float32)
    outside = ((values < np.float32(low)) | (values > np.float32(high))).reshape(len(dataset), -1).any(axis=1)
    if outside.any():
        found = (
            f"{outside.sum():,} examples outside it, the first has id {dataset.example_ids[outside.argmax()]}"
        )
        advice = f"They go from {values.min():g} to {values.max():g}."
        raise DatasetError(dataset.name, "range", f"values in [{low:g}, {high:g}]", found, advice)
    scaled = (values.astype(np.float64) - low) / (high - low)
    return replace(dataset, values=np.clip(scaled, 0, 1).astype(np.float32))
