"""KL[q || p(z)] by latent dimension. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np

from explorer.explain.figures.style import Figure, figure
from explorer.show.numbers import latent_name
from explorer.show.palette import ACCENT


def by_dimension(kl_nats: np.ndarray) -> Figure:
    """Bars (d,), largest first."""
    order = np.argsort(-kl_nats)
    bars = {
        "type": "bar",
        "x": [latent_name(int(i)) for i in order],
        "y": kl_nats[order],
        "marker": {"color": ACCENT},
        "hovertemplate": "%{x}: %{y:.3f} nats<extra></extra>",
    }
    across = {"type": "category", "tickangle": 0}
    return figure([bars], ("", across), ("nats", {"nticks": 4}), height=200, bargap=0.25)
