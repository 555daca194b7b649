"""An example of a checkpoint that has no atlas: scored here, as its atlas would have it."""

from __future__ import annotations

import numpy as np
import torch

from explorer.bounds import Examples, ScoreSettings, score_all
from explorer.datasets import Dataset
from explorer.explain.terms.subject import NEEDED, Ground, Subject
from explorer.models.checkpoints import Checkpoint
from explorer.show.numbers import latent_name


def scored_subject(checkpoint: Checkpoint, data: Dataset, example_id: int, seed: int) -> Subject:
    """The subject of the argument; it has no population, as one example is all that was scored.

    Raises:
        DatasetError: there is no such example.
        ConventionError: log p(x) of these data would not be what it is called.
    """
    at = data.position(example_id)
    one = Examples(torch.from_numpy(data.x(at)), np.array([example_id]))
    columns = score_all(checkpoint.model, one, ScoreSettings(seed=seed))
    label = int(data.labels[at])
    return Subject(
        checkpoint.model,
        one,
        checkpoint.digest,
        checkpoint.name,
        data.label_names[label] if 0 <= label < len(data.label_names) else "",
        {name: columns[name][0].item() for name in NEEDED},
        first_axes(checkpoint.model.latent_dim),
    )


def first_axes(d: int) -> Ground | None:
    """The plane of the first two latent axes; None where there is one only."""
    if d < 2:
        return None
    name = "latent space" if d == 2 else "the first two latent axes"
    return Ground(np.zeros(d), np.eye(d)[:, :2], name, (latent_name(0), latent_name(1)), d == 2)
