"""One vector feature by feature: what it is, what the model decodes at its posterior mean, and what is left."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from explorer.show.vector_axis import axis_of
from explorer.ui.example import inference
from explorer.workspace import Entry


def by_feature(entry: Entry, example_id: int) -> pa.Table:
    """A row a feature: its whole name, x, E[x|z] at the posterior mean, and the residual x - E[x|z]."""
    one = entry.dataset.x(entry.atlas.row(example_id))
    decoded = inference.decode(entry, inference.encode(entry, example_id).mean.numpy(), one)[0].ravel()
    x = one[0].ravel()
    axis = axis_of(entry.dataset.features, len(x))
    names = list(axis.names) or [str(i + 1) for i in range(len(x))]
    columns = {"x": x, "reconstruction": decoded, "residual": x - decoded}
    values = {name: pa.array(column.astype(np.float32)) for name, column in columns.items()}
    return pa.table({"feature": pa.array(names, pa.string()), **values})
