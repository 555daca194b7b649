"""Colours: one qualitative palette for labels, one perceptual sequential scale for numbers, the same on every page.

References: Petroff 2021, Accessible color sequences for data visualization (ten colours, colour-blind-safe);
Nunez, Anderton & Renslow 2018 (cividis).
"""

from __future__ import annotations

import numpy as np
import plotly.colors

LABEL_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
ACCENT = "#e0567a"
# The upper of two averages of the same weights, the log of their mean.
UPPER = "#3f90da"
# The estimate that is trusted, where it lies beside others.
TRUSTED = "#2f9e66"
# What is not trusted, not selected or only a reference.
QUIET = "#8d93a1"

SEQUENTIAL: tuple[tuple[float, str], ...] = tuple(
    (i / 9, str(colour)) for i, colour in enumerate(plotly.colors.sequential.Viridis)
)


def label_colours(n_labels: int) -> tuple[str, ...]:
    """A colour a label; from the eleventh on they repeat."""
    return tuple(LABEL_COLOURS[i % len(LABEL_COLOURS)] for i in range(n_labels))


def robust_limits(values: np.ndarray) -> tuple[float, float]:
    """The 2% and 98% quantiles of the finite values, widened where they coincide."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return 0.0, 1.0
    low, high = (float(q) for q in np.quantile(finite, [0.02, 0.98]))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
