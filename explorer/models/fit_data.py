"""Does this data set fit this model? The examples as the model sees them, or an error that says why not; and whether
they are what it was trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from explorer import datasets
from explorer.datasets import Dataset, DatasetError, counts
from explorer.likelihoods import Likelihood
from explorer.models.conventions import any_likelihood
from explorer.models.latent_model import LatentModel
from explorer.models.program_vae import Provenance


def fitted(dataset: Dataset, model: LatentModel, seed: int = 0) -> Dataset:
    """The data set in the convention of the model's likelihood.

    A model of binarised pixels gets x ~ Bernoulli(grey value), fixed for each example by the seed; a model of counts
    gets levels as the whole numbers that they were read from.

    Raises:
        DatasetError: the shape, the features' names, the number of levels or the range is not the model's, or a value
            is not finite or, for a model of counts, no whole number.
    """
    spec = model.data_spec
    if not len(dataset):
        advice = "This split is empty: choose another with --split."
        raise DatasetError(dataset.name, "examples", "at least one", "none", advice)
    if dataset.shape != spec.shape:
        advice = "Choose the data that the model was trained on, or train a model on this data."
        raise DatasetError(dataset.name, "shape of an example", str(spec.shape), str(dataset.shape), advice)
    _check_features(dataset, model)
    if spec.binarise and dataset.n_levels != 2:
        return datasets.binarise(dataset, seed)
    likelihood = any_likelihood(model)
    if likelihood.takes_counts:
        return datasets.as_counts(dataset)
    if dataset.n_levels != spec.n_levels:
        raise DatasetError(
            dataset.name, "levels", _levels(spec.n_levels), _levels(dataset.n_levels), _advice(spec.n_levels)
        )
    if dataset.n_levels is None:
        _check_range(dataset, likelihood)
    return dataset


def _check_features(dataset: Dataset, model: LatentModel) -> None:
    """Whether the places of a vector are the model's own, in its order, where both have names for them."""
    provenance = getattr(model, "provenance", None)
    expected = provenance.features if isinstance(provenance, Provenance) else ()
    found = dataset.features.names if dataset.features else ()
    if not (expected and found) or expected == found:
        return
    place = next(i for i, names in enumerate(zip(expected, found, strict=True)) if names[0] != names[1])
    raise DatasetError(
        dataset.name,
        f"feature {place + 1}",
        expected[place],
        found[place],
        "Give the features that the model was trained on, in the same order: config.json lists them under "
        "provenance.features.",
    )


def is_trained_on(name: str, training: Mapping[str, Any]) -> bool | None:
    """Whether a model was trained on data of this name, whichever split; None where nobody says.

    Args:
        name: as the data set has it, binarised or not.
        training: what the model's checkpoint records of its origin.
    """
    origin = training.get("data")
    return are_same(origin, name) if isinstance(origin, str) else None


def are_same(*names: str) -> bool:
    """Whether these are names of one data set, binarised or not: a file has as many as there are paths to it."""
    files = [datasets.file_of(name) for name in names]
    return (
        len({file.resolve() if file else _without_noise(n) for file, n in zip(files, names, strict=True)})
        == 1
    )


def other_data(name: str, model_name: str, training: Mapping[str, Any]) -> str:
    """A sentence that says that these are other data than a model was trained on; empty where they are not, or nobody
    knows."""
    if is_trained_on(name, training) is not False:
        return ""
    return f"{model_name} was trained on {training['data']}, and these are {name}: its figures here are of other data"


def _without_noise(name: str) -> str:
    return name.partition(":binarised-")[0].removesuffix(f":{counts.OPTION}")


def _levels(n_levels: int | None) -> str:
    return "real values" if n_levels is None else f"{n_levels} levels"


def _advice(n_levels: int | None) -> str:
    if n_levels == 2:
        return "A Bernoulli likelihood is a density of 0/1 pixels only: binarise the data first."
    return "A likelihood of levels and one of real values are in different units; train on this data."


def _check_range(dataset: Dataset, likelihood: Likelihood) -> None:
    low, high = likelihood.value_range
    values = np.asarray(dataset.values, np.float32).reshape(len(dataset), -1)
    # NaN is on neither side of a limit, so it fails too.
    fine = ((values >= low) & (values <= high) & np.isfinite(values)).all(1)
    if not fine.all():
        worst = values[~fine][0]
        found = f"{worst.min():g} to {worst.max():g} in example {dataset.example_ids[fine.argmin()]}"
        expected = "finite numbers" if math.isinf(high) else f"finite numbers in [{low:g}, {high:g}]"
        raise DatasetError(
            dataset.name, "values", expected, found, "Rescale, remove or replace these values."
        )
