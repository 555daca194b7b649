"""Dynamic binarisation, frozen: b ~ Bernoulli(x), one draw an example, decided by (seed, example_id).

A Bernoulli likelihood is a density of 0/1 pixels only. Each example has its own counter-based
generator, Philox keyed by (seed, example_id), so that its pixels do not depend on the order, the
subset or the other examples.

References:
    R. Salakhutdinov and I. Murray (2008), On the quantitative analysis of deep belief networks.
    J. Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.dataset import Dataset
from explorer.datasets.error import DatasetError

MAX_SEED = 2**64 - 1


def binarise(dataset: Dataset, seed: int) -> Dataset:
    """The same examples with every pixel 0 or 1, P(1) = grey value.

    Args:
        dataset: with levels, or real values in [0, 1]
        seed: 0..2^64 - 1; the same seed gives every example the same pixels for ever

    Returns:
        A data set with n_levels = 2, named "<name>:binarised-<seed>", with other values and digest.

    Raises:
        DatasetError: real values outside [0, 1], or a seed out of range
    """
    if not 0 <= seed <= MAX_SEED:
        raise DatasetError(dataset.name, "seed", f"0..{MAX_SEED}", seed)
    _check_range(dataset)
    bits = np.empty(dataset.values.shape, dtype=np.uint8)
    for position, example_id in enumerate(dataset.example_ids):
        bits[position] = _uniforms(seed, int(example_id), dataset.shape) < dataset.x(position)[0]
    return replace(dataset, name=f"{dataset.name}:binarised-{seed}", values=bits, n_levels=2)


def _uniforms(seed: int, example_id: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """u in [0, 1) of this example, so that u < 1 always and u < 0 never."""
    key = np.array([seed, example_id], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key)).random(shape)


def _check_range(dataset: Dataset) -> None:
    if dataset.n_levels is not None:
        return
    values = np.asarray(dataset.values, np.float32)
    outside = (values < 0) | (values > 1)
    rows = np.flatnonzero(outside.reshape(len(dataset), -1).any(axis=1))
    if rows.size:
        found = f"{rows.size} examples outside it, the first has id {dataset.example_ids[rows[0]]}"
        advice = "Rescale the values to [0, 1], or choose a likelihood for real values."
        raise DatasetError(dataset.name, "values", "grey values in [0, 1]", found, advice)
