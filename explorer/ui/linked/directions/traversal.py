"""A traversal: what the model decodes around the handle's code when two latent dimensions go through their values.

One goes from left to right, the other from bottom to top; all others stay as they are in the handle's code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from explorer.latent import dimensions
from explorer.show import pictures
from explorer.show.numbers import latent_name, number
from explorer.show.pictures import Picture
from explorer.ui.example import inference
from explorer.ui.example.kept import of_codes
from explorer.ui.linked.directions import top_features
from explorer.ui.linked.directions.dimension_usage import Usage, usage
from explorer.ui.linked.directions.scratch import Axes, DirectionsScratch
from explorer.ui.state import active_handle
from explorer.ui.state.gesture import Handle
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

N = 9
REACH = 2.5
QUANTILES = (0.01, 0.99)
CELL_PIXELS = 56

_PICKERS = (("left to right", Widget[int]("traversal_x")), ("bottom to top", Widget[int]("traversal_y")))


def part(entry: Entry, view: View, handle: Handle, found: Usage) -> None:
    """The two dimensions, the grid, and what its axes are."""
    if entry.atlas.latent_dim < 2:
        return
    axes = _pickers(entry, found)
    code = active_handle.code(entry, view.map_id, handle)
    grid = grid_picture(entry, code.tobytes(), axes)
    values = [axis_values(entry.atlas.means[:, i], found.are_kl) for i in axes]
    words = caption(axes, values, code, found.are_kl)
    st.html(
        f"<figure class='lx-traversal' data-testid='traversal'>{pictures.tag(grid, words)}"
        f"<figcaption class='lx-caption'>{escape(words)}</figcaption></figure>"
    )
    name = f"traversal-z{axes[0]}-z{axes[1]}.png"
    if len(entry.dataset.shape) == 1:
        _top_features(entry, code, axes[0], values[0])
    st.download_button(
        "PNG",
        pictures.png(grid),
        name,
        "image/png",
        key="traversal_png",
        icon=":material/download:",
        on_click="ignore",
    )


def _top_features(entry: Entry, code: np.ndarray, axis: int, values: np.ndarray) -> None:
    """What of a vector changes from one end of the grid to the other, through the handle's code."""
    start = dimensions.with_value(code, axis, float(values[0]))
    v = dimensions.with_value(np.zeros_like(code), axis, float(values[-1] - values[0]))
    name, low, high = latent_name(axis), *(number(float(values[k]), 1) for k in (0, -1))
    changed = top_features.change(entry, start, v)
    st.html(top_features.html(changed, entry.dataset.features, f"along {name} from {low} to {high}"))


def _pickers(entry: Entry, found: Usage) -> Axes:
    axes = scratch(DirectionsScratch).axes.get(entry.name, (found.order[0], found.order[1]))
    row = st.container(horizontal=True)
    for (title, picker), axis in zip(_PICKERS, axes, strict=True):
        row.selectbox(
            title,
            found.order,
            key=picker.given(axis),
            format_func=latent_name,
            on_change=_picked,
            args=(entry.name, axes),
        )
    return axes


def _picked(model: str, before: Axes) -> None:
    """The two dimensions picked; the other one gives way when both name the same."""
    across, up = (picker.value for _, picker in _PICKERS)
    after = (across, up) if across != up else (before[1], before[0])
    kept = scratch(DirectionsScratch)
    keep(replace(kept, axes={**kept.axes, model: after}))


def axis_values(means: np.ndarray, is_normal: bool) -> np.ndarray:
    """Values (N,) of a dimension, rising: standard deviations of a prior N(0, I), else quantiles of its means (n,)."""
    if is_normal:
        return np.linspace(-REACH, REACH, N)
    return np.quantile(means, np.linspace(*QUANTILES, N))


@of_codes(maxsize=8)
def grid_picture(entry: Entry, code: bytes, axes: Axes) -> Picture:
    """The picture of the grid around a code, float32 (d,) as bytes; the largest value of the second axis on top."""
    across, up = (axis_values(entry.atlas.means[:, i], usage(entry).are_kl) for i in axes)
    codes = dimensions.grid(np.frombuffer(code, np.float32), *axes, across, up[::-1])
    decoded = inference.decode(entry, codes.reshape(N * N, -1))
    cells = pictures.pictures_of(decoded, CELL_PIXELS, entry.dataset.features)
    return pictures.sheet([cells[k : k + N] for k in range(0, N * N, N)])


def caption(axes: Axes, values: Sequence[np.ndarray], code: np.ndarray, is_normal: bool) -> str:
    """The axes in words, and where the handle is on them."""
    (i, j), (across, up) = axes, ([number(float(v[k]), 1) for k in (0, -1)] for v in values)
    scale = (
        "standard deviations of the prior"
        if is_normal
        else f"evenly spaced quantiles of the data's codes, {QUANTILES[0]:.0%} to {QUANTILES[1]:.0%}"
    )
    return (
        f"Left to right {latent_name(i)} from {across[0]} to {across[1]}, bottom to top {latent_name(j)} from {up[0]} "
        f"to {up[1]}, in {scale}. The handle is at {number(float(code[i]))} and {number(float(code[j]))}; "
        "the other dimensions are as in its code."
    )
