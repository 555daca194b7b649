"""KL[q(z|x) || p(z)] of one example by latent dimension, as bars that the browser draws without a chart library."""

from __future__ import annotations

from html import escape

import numpy as np

from explorer.show.numbers import Units, latent_name

# A dimension below this is not in use for an example.
ACTIVE_KL_NATS = 0.01
# As many names as fit below their bars; every bar tells its own when pointed at.
MOST_NAMES = 24
# As many bars as can be told apart in the width of the card.
MOST_BARS = 64


def html(kl_by_dim_nats: np.ndarray, units: Units) -> str:
    """A sentence, and a bar for each of d dimensions (d,), the largest first and those that there is room for."""
    order = np.argsort(-kl_by_dim_nats)[:MOST_BARS]
    n_active = int((kl_by_dim_nats > ACTIVE_KL_NATS).sum())
    highest = max(float(kl_by_dim_nats.max()), ACTIVE_KL_NATS)
    named = len(order) <= MOST_NAMES
    bars = "".join(_bar(int(i), float(kl_by_dim_nats[i]), highest, units, named) for i in order)
    said = ", ".join(f"{latent_name(int(i))} {units.text(float(kl_by_dim_nats[i]))}" for i in order)
    return (
        f"<p class='lx-caption'>KL by latent dimension, {units.name}: {n_active} of {len(kl_by_dim_nats)} in use here"
        f"{_left_out(kl_by_dim_nats, order, units)}</p>"
        f"<div class='lx-kl' role='img' aria-label='{escape(f'KL by latent dimension, largest first: {said}')}'>"
        f"<small>{units.text(highest)}</small>{bars}</div>"
    )


def _left_out(kl_by_dim_nats: np.ndarray, order: np.ndarray, units: Units) -> str:
    if len(order) == len(kl_by_dim_nats):
        return ""
    shown, whole = (units.text(float(part.sum())) for part in (kl_by_dim_nats[order], kl_by_dim_nats))
    return f"; the {len(order)} largest carry {shown} of {whole}"


def _bar(dimension: int, nats: float, highest: float, units: Units, named: bool) -> str:
    name = latent_name(dimension)
    below = name if named else ""
    share = 100 * max(nats, 0.0) / highest
    return f"<i title='{name}: {units.text(nats)} {units.name}'><b style='height:{share:.3g}%'></b><u>{below}</u></i>"
