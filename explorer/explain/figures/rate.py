"""KL[q || p(z)] by latent dimension. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from explorer.explain.figures.style import laid_out
from explorer.numbers import latent_name
from explorer.palette import ACCENT


def by_dimension(kl_nats: np.ndarray) -> go.Figure:
    """Bars (d,), largest first."""
    order = np.argsort(-kl_nats)
    bar = go.Bar(
        x=[latent_name(int(i)) for i in order],
        y=kl_nats[order],
        marker={"color": ACCENT},
        hovertemplate="%{x}: %{y:.3f} nats<extra></extra>",
    )
    figure = go.Figure(bar).update_xaxes(type="category", tickangle=0)
    return laid_out(figure.update_yaxes(nticks=4, title_text="nats"), height=200, bargap=0.25)
