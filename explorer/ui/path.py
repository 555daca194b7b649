"""The path through two or more handles: its course on the map, its frames, its profile, its export."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from explorer.latent import paths
from explorer.ui import decoding, figures, pictures, session
from explorer.ui.decoding import N_FRAMES, PathFrames
from explorer.ui.numbers import Units, number
from explorer.ui.view import PATH_KINDS, View, without_path
from explorer.workspace import Entry

N_COURSE_POINTS = 48
N_GIF_FRAMES = 30
FRAME_PIXELS = 84


def course(entry: Entry, view: View) -> tuple[tuple[float, float], ...]:
    """Where the path runs on the map; empty where straight lines between the handles say the same."""
    if len(view.handles) < 2 or not entry.chart(view.map_id).exact or view.path_kind == "linear":
        return ()
    codes = paths.through(decoding.handle_codes(entry, view), N_COURSE_POINTS, view.path_kind)
    return tuple((float(x), float(y)) for x, y in entry.chart(view.map_id).place(codes))


def strip(entry: Entry, view: View) -> None:
    """The decoded frames below the map; nothing with fewer than two handles."""
    if len(view.handles) < 2:
        return
    found = _frames(entry, view, max(N_FRAMES, len(view.handles)))
    at = _header(view, len(found.frames))
    st.html(_frames_html(found.frames, at))
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    _profiles(found, at, units)
    _exports(entry, view, found)


def _frames(entry: Entry, view: View, n_frames: int) -> PathFrames:
    return decoding.path_frames(entry, decoding.handle_codes(entry, view), view.path_kind, n_frames)


def _header(view: View, n_frames: int) -> int:
    """Kind of path, the slider along it, and the way out; returns the frame that the slider is on."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    st.session_state.path_kind = view.path_kind
    row.segmented_control("Path", PATH_KINDS, key="path_kind", required=True, on_change=_kind_picked)
    at = row.slider("t, along the path", 0.0, 1.0, key="path_t", step=1 / (n_frames - 1), format="%.2f")
    row.button("Clear", key="clear_path", icon=":material/close:", on_click=_clear)
    return round(at * (n_frames - 1))


def _kind_picked() -> None:
    session.change(replace(st.session_state.view, path_kind=st.session_state.path_kind))


def _clear() -> None:
    session.change(without_path(st.session_state.view))


def _frames_html(frames: np.ndarray, at: int) -> str:
    cells = []
    for i, frame in enumerate(frames):
        mark = " class='lx-now'" if i == at else ""
        label = escape(f"frame {i + 1} of {len(frames)}")
        cells.append(
            f"<figure{mark}><img src='{pictures.data_uri(frame, FRAME_PIXELS)}' alt='{label}'></figure>"
        )
    return f"<div class='lx-strip' data-testid='path-strip'>{''.join(cells)}</div>"


def _profiles(found: PathFrames, at: int, units: Units) -> None:
    t = np.linspace(0, 1, len(found.frames))
    elbo = np.array([units.convert(v) for v in found.elbo_nats])
    shown = [
        (found.log_prior_nats, "log p(z), nats", "prior", found.log_prior_nats[at]),
        (elbo, f"ELBO of the decoded frame, {units.name}", "elbo", elbo[at]),
    ]
    for place, (values, title, key, now) in zip(st.columns(2), shown, strict=True):
        text = f"{title}: {number(float(now), 4 if units.in_bits and key == 'elbo' else 2)} here"
        place.html(f"<p class='lx-caption'>{escape(text)}</p>")
        chart = figures.profile(t, values, float(t[at]))
        place.plotly_chart(chart, key=f"profile_{key}", config={"displayModeBar": False}, alt=title)


def _exports(entry: Entry, view: View, found: PathFrames) -> None:
    row = st.container(horizontal=True)
    row.download_button(
        "PNG",
        lambda: pictures.strip_png(found.frames, 112),
        "path.png",
        "image/png",
        key="path_png",
        icon=":material/download:",
        on_click="ignore",
    )
    row.download_button(
        "GIF",
        lambda: pictures.gif(_frames(entry, view, N_GIF_FRAMES).frames, 224),
        "path.gif",
        "image/gif",
        key="path_gif",
        icon=":material/download:",
        on_click="ignore",
    )
