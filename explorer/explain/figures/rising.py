"""E L_K against K, between the ELBO and log p(x). Pure: arrays in, figure out."""

from __future__ import annotations

from explorer.explain.figures.style import DRAWS_AXIS, Figure, Trace, band, figure, level
from explorer.explain.terms.iwae_curve import Rising
from explorer.explain.terms.term import Term
from explorer.show.palette import ACCENT, QUIET, TRUSTED


def rising_bound(found: Rising, elbo: Term, trusted: Term) -> Figure:
    """The bound with a band of two standard errors, and the two levels that it lies between."""
    traces: list[Trace] = []
    if len(found.k) > 1:
        traces.append(band(found.k, found.nats - 2 * found.se, found.nats + 2 * found.se, ACCENT))
    traces.append(
        {
            "type": "scatter",
            "x": found.k,
            "y": found.nats,
            "mode": "lines+markers",
            "name": "mean of L<sub>K</sub>",
            "line": {"color": ACCENT, "width": 2},
            "marker": {"size": 5},
            "hovertemplate": "K = %{x:,}<br>%{y:.2f} nats<extra></extra>",
        }
    )
    ends = (1.0, float(max([2, *found.k.tolist()])))
    if trusted.nats is not None:
        traces.append(level(ends, trusted.nats, "log p(x), trusted", TRUSTED))
    if elbo.nats is not None:
        traces.append(level(ends, elbo.nats, "ELBO", QUIET, "dot"))
    return figure(traces, ("draws K within the bound", DRAWS_AXIS), ("nats", {"nticks": 6}))
