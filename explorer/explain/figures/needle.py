"""The integrand along one latent axis. Pure: arrays in, figure out."""

from __future__ import annotations

import numpy as np

from explorer.explain.figures.style import Figure, Trace, faint, figure
from explorer.explain.terms.needle import Needle
from explorer.show.numbers import latent_name
from explorer.show.palette import ACCENT


def along_axis(found: Needle) -> Figure:
    """log p(x|z) above, and what the integral sees, p(x|z) as a share of its peak, below."""
    is_there = np.isfinite(found.log_px_z)
    t, value = found.t[is_there], found.log_px_z[is_there]
    peak = value.max(initial=-np.inf)
    share = np.exp(value - peak) if len(value) else value
    traces = [
        _line(t, value, "log p(x|z)", "%{y:.2f} nats", "dot"),
        {
            **_line(t, share, "p(x|z) over its peak", "%{y:.3g}", "solid"),
            "yaxis": "y2",
            "fill": "tozeroy",
            "fillcolor": faint(ACCENT, 0.5),
        },
    ]
    title = f"{latent_name(found.axis)} from the mean of q, in prior deviations"
    right = {
        "overlaying": "y",
        "side": "right",
        "range": [0, 1.05],
        "tickvals": [0.5, 1],
        "title": {"text": "share of the peak"},
        "showgrid": False,
    }
    return figure(traces, (title, {"nticks": 7}), ("nats", {"nticks": 5}), height=260, yaxis2=right)


def _line(t: np.ndarray, y: np.ndarray, name: str, hover: str, dash: str) -> Trace:
    return {
        "type": "scatter",
        "x": t,
        "y": y,
        "mode": "lines",
        "name": name,
        "line": {"color": ACCENT, "width": 2, "dash": dash},
        "hovertemplate": f"%{{x:.2f}}: {hover}<extra></extra>",
    }
