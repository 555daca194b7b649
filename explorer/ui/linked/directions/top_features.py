"""What a direction changes in a vector: the features whose decoded mean changes most, with their signs.

change_i = E[x_i | z + v] - E[x_i | z],     i = 1 .. D
"""

from __future__ import annotations

from html import escape

import numpy as np

from explorer.datasets.features import Features
from explorer.show.numbers import significant
from explorer.show.vector_axis import axis_of, largest, place_name
from explorer.show.vector_plot import Series, list_html, plot_html
from explorer.ui.example import inference
from explorer.workspace import Entry

N_TOP = 10
N_NAMED = 3
HEIGHT = 96


def change(entry: Entry, start: np.ndarray, v: np.ndarray) -> np.ndarray:
    """By how much each element's decoded mean changes (*shape,) from the code z = `start` (d,) to z + v."""
    ends = np.stack([start, start + v]).astype(np.float32)
    before, after = inference.decode(entry, ends)
    found: np.ndarray = after - before
    return found


def html(changed: np.ndarray, features: Features | None, where: str) -> str:
    """The features (D,) that change most as bars with names; of a signal all of it as a line.

    Args:
        changed: of each feature.
        features: what is known of them.
        where: from where to where, in words.
    """
    axis = axis_of(features, len(changed))
    order = largest(changed, N_TOP)
    series = [Series("change", "change", changed[None])]
    if axis.is_ordered:
        words = f"Change of E[x|z] {where}{_named(changed, axis, order[:N_NAMED])}"
        shown = plot_html(series, axis, words, HEIGHT)
    else:
        words = f"Features that change most {where}" if order else f"No feature changes {where}"
        shown = list_html(series, order, axis, words) if order else ""
    return f"<p class='lx-caption'>{escape(words)}</p><div data-testid='top-features'>{shown}</div>"


def _named(changed: np.ndarray, axis: Features, order: list[int]) -> str:
    where = ", ".join(f"{place_name(axis, i)} ({significant(float(changed[i]))})" for i in order)
    return f"; most at {where}" if where else ""
