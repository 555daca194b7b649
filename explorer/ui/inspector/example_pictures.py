"""The example as it is, as the model decodes it, and where its handle is: images side by side, vectors in one plot."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import streamlit as st

from explorer.bounds import Posterior
from explorer.datasets.features import Features
from explorer.show import pictures
from explorer.show.numbers import significant
from explorer.show.vector_axis import axis_of, is_listed, largest, place_name
from explorer.show.vector_plot import Series, list_html, plot_html
from explorer.ui.example import inference
from explorer.ui.state import handle_codes
from explorer.ui.state.view import View
from explorer.workspace import Entry

N_DRAWS = 6
IMAGE_PIXELS = 168
# So many that the numbers below stay in sight.
N_TOP = 8
N_NAMED = 3
RESIDUAL_HEIGHT = 72
_NAMES = {"x": "original x", "reconstruction": "reconstruction", "handle": "at the handle"}

Shown = Mapping[str, np.ndarray]
"""Examples (*shape,) by what they are: "x", "reconstruction" and, where there is a handle, "handle"."""


def shown_of(entry: Entry, view: View, q: Posterior) -> Shown:
    """The selected example, E[x|z] at its posterior mean, and at the first handle."""
    assert view.selected is not None, "the caller checks"
    x = entry.dataset.x(entry.atlas.row(view.selected))
    shown = {"x": x[0], "reconstruction": inference.decode(entry, q.mean.numpy(), x)[0]}
    if view.handles:
        shown["handle"] = inference.decode(entry, handle_codes.handle_codes(entry, view)[:1], x)[0]
    return shown


def section(entry: Entry, view: View, q: Posterior) -> None:
    """All of them, and samples of p(x|z) at the posterior mean."""
    assert view.selected is not None, "the caller checks"
    shown = shown_of(entry, view, q)
    draws = inference.draw(entry, q.mean.numpy()[0], N_DRAWS, view.selected, shown["x"][None])
    if len(entry.dataset.shape) == 3:
        st.html(images_html(shown))
        st.html(_gallery({f"{i + 1}": d for i, d in enumerate(draws)}, "lx-images lx-draws", captions=False))
        st.html(
            "<p class='lx-caption'>Samples of p(x|z) at the posterior mean: the pixels' own noise included</p>"
        )
    else:
        st.html(vector_html(shown, entry.dataset.features, draws))
        st.html(residual_html(shown, entry.dataset.features))


def html(entry: Entry, shown: Shown) -> str:
    """Them alone."""
    is_image = len(entry.dataset.shape) == 3
    return images_html(shown) if is_image else vector_html(shown, entry.dataset.features)


def images_html(shown: Shown) -> str:
    """Images side by side."""
    return _gallery({_NAMES[kind]: x for kind, x in shown.items()}, "lx-images")


def _gallery(shown: Shown, classes: str, captions: bool = True) -> str:
    cells = []
    for (caption, _), picture in zip(
        shown.items(), pictures.pictures_of(np.stack(list(shown.values())), IMAGE_PIXELS), strict=True
    ):
        below = f"<figcaption>{escape(caption)}</figcaption>" if captions else ""
        cells.append(f"<figure>{pictures.tag(picture, caption)}{below}</figure>")
    return f"<div class='{classes}'>{''.join(cells)}</div>"


def vector_html(shown: Shown, features: Features | None, draws: np.ndarray | None = None) -> str:
    """Vectors over one axis, with samples (n, D) of p(x|z); the largest features of x where they are many.

    The handle is left out as long as it decodes to the reconstruction.
    """
    axis, n = axis_of(features, shown["x"].size), shown["x"].size
    series = [
        Series(kind, _NAMES[kind], x.reshape(1, -1)) for kind, x in shown.items() if _is_news(kind, shown)
    ]
    if is_listed(axis, n):
        order = largest(shown["x"].ravel(), N_TOP)
        label = f"the {len(order)} largest of {n:,} values of x, with the model's"
        return _captioned(f"Top {len(order)} of {n:,}, by value", list_html(series, order, axis, label))
    if draws is not None:
        series.append(Series("samples", f"{len(draws)} samples of p(x|z)", draws.reshape(len(draws), -1)))
    return plot_html(series, axis, f"{', '.join(each.name for each in series)} over {n:,} places")


def residual_html(shown: Shown, features: Features | None) -> str:
    """x - E[x|z] at the posterior mean, and where it is largest."""
    residual = (shown["x"] - shown["reconstruction"]).ravel()
    axis = axis_of(features, residual.size)
    order = largest(residual, N_TOP)
    words = _residual_words(residual, axis, order[:N_NAMED])
    series = [Series("change", "x − E[x|z]", residual[None])]
    if is_listed(axis, residual.size):
        return _captioned(words, list_html(series, order, axis, words))
    return _captioned(words, plot_html(series, axis, words, RESIDUAL_HEIGHT))


def _residual_words(residual: np.ndarray, axis: Features, order: list[int]) -> str:
    finite = residual[np.isfinite(residual)].astype(np.float64)
    size = significant(float(np.sqrt(np.mean(finite**2)))) if len(finite) else "–"
    unit = f" {axis.unit}" if axis.unit else ""
    where = ", ".join(f"{place_name(axis, i)} ({significant(float(residual[i]))})" for i in order)
    return f"Residual x − E[x|z]: root mean square {size}{unit}" + (f"; largest at {where}" if where else "")


def _captioned(words: str, html: str) -> str:
    return f"<p class='lx-caption'>{escape(words)}</p>{html}"


def _is_news(kind: str, shown: Shown) -> bool:
    return kind != "handle" or not np.array_equal(shown["handle"], shown["reconstruction"])
