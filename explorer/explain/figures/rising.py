"""E L_K against K, between the ELBO and log p(x). Pure: arrays in, figure out."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.explain.figures.style import DRAWS_AXIS, band, laid_out, level
from explorer.explain.rising import Rising
from explorer.explain.term import Term
from explorer.palette import ACCENT, QUIET, TRUSTED


def rising_bound(found: Rising, elbo: Term, trusted: Term) -> go.Figure:
    """The bound with a band of two standard errors, and the two levels that it lies between."""
    figure = go.Figure()
    if len(found.k) > 1:
        figure.add_trace(band(found.k, found.nats - 2 * found.se, found.nats + 2 * found.se, ACCENT))
    figure.add_trace(
        go.Scatter(
            x=found.k,
            y=found.nats,
            mode="lines+markers",
            name="mean of L<sub>K</sub>",
            line={"color": ACCENT, "width": 2},
            marker={"size": 5},
            hovertemplate="K = %{x:,}<br>%{y:.2f} nats<extra></extra>",
        )
    )
    ends = (1.0, float(max([2, *found.k.tolist()])))
    if trusted.nats is not None:
        figure.add_trace(level(ends, trusted.nats, "log p(x), trusted", TRUSTED))
    if elbo.nats is not None:
        figure.add_trace(level(ends, elbo.nats, "ELBO", QUIET, "dot"))
    figure.update_xaxes(**DRAWS_AXIS, title_text="draws K within the bound")
    figure.update_yaxes(nticks=6, title_text="nats")
    return laid_out(figure)
