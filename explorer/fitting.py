"""Does this data set fit this model? The examples as the model sees them, or an error that says why not."""

from __future__ import annotations

import numpy as np

from explorer import datasets
from explorer.datasets import Dataset, DatasetError
from explorer.model import LatentModel


def fitted(dataset: Dataset, model: LatentModel, seed: int = 0) -> Dataset:
    """The data set in the convention of the model's likelihood.

    A model of binarised pixels gets x ~ Bernoulli(grey value), fixed for each example by the seed.

    Raises:
        DatasetError: the shape, the number of levels or the range is not the model's, or a value is not finite.
    """
    spec = model.data_spec
    if dataset.shape != spec.shape:
        advice = "Choose the data that the model was trained on, or train a model on this data."
        raise DatasetError(dataset.name, "shape of an example", str(spec.shape), str(dataset.shape), advice)
    if spec.binarise and dataset.n_levels != 2:
        return datasets.binarise(dataset, seed)
    if dataset.n_levels != spec.n_levels:
        raise DatasetError(
            dataset.name, "levels", _levels(spec.n_levels), _levels(dataset.n_levels), _advice(spec.n_levels)
        )
    _check_finite(dataset)
    return dataset


def _levels(n_levels: int | None) -> str:
    return "real values" if n_levels is None else f"{n_levels} levels"


def _advice(n_levels: int | None) -> str:
    if n_levels == 2:
        return "A Bernoulli likelihood is a density of 0/1 pixels only: binarise the data first."
    return "A likelihood of levels and one of real values are in different units; train on this data."


def _check_finite(dataset: Dataset) -> None:
    if dataset.n_levels is not None:
        return
    bad = ~np.isfinite(dataset.values.reshape(len(dataset), -1)).all(1)
    if bad.any():
        first = dataset.example_ids[bad.argmax()]
        advice = "Remove or replace these values."
        raise DatasetError(
            dataset.name, "values", "finite numbers", f"NaN or infinity in example {first}", advice
        )
