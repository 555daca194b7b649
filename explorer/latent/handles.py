"""Several handles on one map at once: some dragged from an example, some put down on an empty place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.latent.arrays import Floats
from explorer.latent.chart import Chart


def lift_handles(
    chart: Chart, places: Floats, rows: Sequence[int | None], codes: Floats, homes: Floats
) -> Floats:
    """The codes that handles decode from.

    Args:
        chart: of the map that the handles are on.
        places: where they are, with shape (n, 2).
        rows: for each the row of the example that it was dragged from, None for a free handle.
        codes: every example's code with shape (N, d).
        homes: where every example is drawn with shape (N, 2). These, not the chart's own placing of the codes,
            are the bases: a handle that lies where its example lies has that example's code, bit for bit.

    Returns:
        Codes with shape (n, d), in the dtype of `codes`.
    """
    lifted = np.empty((len(places), codes.shape[1]), dtype=codes.dtype)
    held = np.array([row is not None for row in rows], dtype=bool)
    bases = [row for row in rows if row is not None]
    if held.any():
        lifted[held] = chart.lift(places[held], codes[bases], homes[bases])
    if not held.all():
        lifted[~held] = chart.lift(places[~held])
    return lifted
