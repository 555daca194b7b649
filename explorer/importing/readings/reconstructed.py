"""A handful of examples as each reading has them back: one that is wrong is seen at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.bounds.stand_ins import completed
from explorer.datasets import Dataset
from explorer.importing.draft import Draft
from explorer.importing.readings.candidates import model_of
from explorer.importing.readings.trial import Tried, examples_of, mean_codes, spread_out

N_SHOWN = 8


@torch.no_grad()
def reconstructions(draft: Draft, tried: Sequence[Tried], dataset: Dataset) -> NDArray[np.float32]:
    """The examples themselves, and under each reading the decoded means of their codes.

    Returns:
        (1 + readings, N_SHOWN, *shape), at most half the data's span outside it.
    """
    few = spread_out(dataset, N_SHOWN)
    x = few.x(slice(None))
    rows = [x, *(_decoded(draft, one, few) for one in tried)]
    low, high = float(x.min()), float(x.max())
    half = (high - low) / 2
    return np.clip(np.nan_to_num(np.stack(rows)), low - half, high + half).astype(np.float32)


def _decoded(draft: Draft, one: Tried, few: Dataset) -> NDArray[np.float32]:
    model = completed(model_of(draft, one.candidate))
    examples = examples_of(few, model)
    return model.likelihood(mean_codes(model, examples)).mean.numpy()
