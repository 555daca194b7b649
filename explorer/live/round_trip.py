"""Round trips: a code is decoded, and the encoder is asked where it would put what came out.

    x = E[x|z], rounded to the levels that data can have,   z' = E[z|x],   distance = |z' - z|

On a map the trip is an arrow from the handle at u to

    u + place(z') - place(z),

which has length zero on every map where z' = z: UMAP places a code only near the handle that lifted to it, and
that difference is no doing of the model's.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.latent import Chart
from explorer.live.messages import RoundTrip
from explorer.models.latent_model import LatentModel

Doubles = NDArray[np.floating]
# Codes farther out are on no map: beyond, as for numbers that are not finite, there is no arrow.
_LARGEST_CODE = 1e12


def round_trips(
    model: LatentModel, chart: Chart, u: Doubles, z: Doubles, means: NDArray[np.float32]
) -> list[RoundTrip]:
    """The round trip of n codes, with one call of the encoder.

    Args:
        model: decodes and encodes.
        chart: the map that the handles are on.
        u: where they are, with shape (n, 2).
        z: their codes, with shape (n, d), finite.
        means: E[x|z] with shape (n, *shape), finite.

    Returns:
        One a code; its numbers are not finite where the encoder's are not.
    """
    start, end = z.astype(np.float64), encoded(model, means)
    ends = np.full(u.shape, np.nan)
    mapped = (np.abs(end) <= _LARGEST_CODE).all(axis=1)
    ends[mapped] = u[mapped] + chart.place(end[mapped]) - chart.place(start[mapped])
    distances = np.linalg.norm(end - start, axis=1)
    return [RoundTrip(x, y, d) for (x, y), d in zip(ends.tolist(), distances.tolist(), strict=True)]


def encoded(model: LatentModel, means: NDArray[np.float32]) -> Doubles:
    """Posterior means (n, d), float64, of decoded means (n, *shape) taken for data."""
    with torch.inference_mode():
        x = torch.from_numpy(model.data_spec.as_data(means)).to(device_of(model))
        return model.posterior(x).mean.double().cpu().numpy()


def device_of(model: LatentModel) -> torch.device:
    """Where a model computes; on the processor, where it does not say."""
    return getattr(model, "device", torch.device("cpu"))
