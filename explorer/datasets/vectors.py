"""A data set of vectors, out of numbers and the columns beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.datasets.dataset import Dataset
from explorer.datasets.features import Features
from explorer.datasets.labels import labels_and_metadata
from explorer.datasets.options import Options
from explorer.datasets.values import levels_or_reals


def vectors(
    name: str,
    keyed: tuple[str, NDArray[Any]],
    features: Features | None,
    others: Mapping[str, NDArray[Any]],
    notes: Sequence[str],
    options: Options,
) -> Dataset:
    """A whole data set of vectors.

    Args:
        name: of the data set, named in errors
        keyed: the numbers (N, D), after what they are called there
        features: what the D places are
        others: columns (N,) that give labels and metadata
        notes: on how they were read
        options: `label` names the column of labels

    Raises:
        DatasetError: NaN or infinite values, or the column of labels is not there or holds none
    """
    key, values = keyed
    found = levels_or_reals(name, key, values)
    labels = labels_and_metadata(name, others, len(values), options.label)
    return Dataset(
        name=name,
        split="all",
        values=found.values,
        n_levels=found.n_levels,
        labels=labels.of_examples,
        label_names=labels.names,
        example_ids=np.arange(len(values), dtype=np.int64),
        kind="vector",
        n_in_file=len(values),
        notes=(*(f"{name}: {note}" for note in notes), *found.notes, *labels.notes),
        metadata=labels.metadata,
        features=features,
    )
