"""The path through two or more handles: its frames, its profiles, its length beside others'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from explorer.latent import level
from explorer.show import pictures
from explorer.show.numbers import Units, number
from explorer.show.pictures import Picture
from explorer.ui.jobs import session_jobs
from explorer.ui.path import computation, figures
from explorer.ui.path.computation import N_FRAMES, KnownPath, PathFrames
from explorer.ui.path.figures import Profile
from explorer.ui.path.film import film
from explorer.ui.path.search import known_path, wait_for_path
from explorer.ui.state import session
from explorer.ui.state.view import PATH_KINDS, View, without_path
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

FRAME_PIXELS = 84
MEANING: Mapping[str, str] = {
    "linear": "the straight line between codes",
    "spherical": "an arc about the origin, whose codes stay as typical of the prior as its ends",
    "graph": "the shortest path on the graph of nearest neighbours, from code to code",
    "geodesic": "the path along which the decoded distribution changes least, by its Fisher-Rao length, near the data",
}
_HELP = "\n".join(f"- **{kind}**: {meaning}" for kind, meaning in MEANING.items())
_KIND = Widget[str]("path_kind")


def strip(entry: Entry, view: View) -> None:
    """The decoded frames below the map; nothing with fewer than two handles."""
    if len(view.handles) < 2:
        return
    anchors = computation.anchors(entry, view)
    n_frames = max(N_FRAMES, len(anchors))
    at = _header(view, n_frames)
    place = st.container()
    path = known_path(entry, view.path_kind, anchors)
    is_whole = path.kind == view.path_kind and path.is_found
    found = computation.path_frames(entry, path, n_frames)
    shown = pictures.pictures_of(found.frames, FRAME_PIXELS, entry.dataset.features)
    st.html(_frames_html(shown, at, is_whole))
    film(entry, path, found, waits_for="" if is_whole else view.path_kind)
    _profiles(found, at, Units(int(np.prod(entry.dataset.shape)), view.in_bits))
    st.html(lengths_html(_lengths(entry, path), path.kind))
    if not is_whole:
        # Last: the work would take the processor from the frames.
        with place:
            wait_for_path(entry, view.path_kind, path)


def _header(view: View, n_frames: int) -> int:
    """Kind of path, the slider along it, and the way out; returns the frame that the slider is on."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.segmented_control(
        "Path",
        PATH_KINDS,
        key=_KIND.showing(view.path_kind),
        required=True,
        on_change=_kind_picked,
        help=_HELP,
    )
    at = row.slider("t, along the path", 0.0, 1.0, key="path_t", step=1 / (n_frames - 1), format="%.2f")
    row.button("Clear", key="clear_path", icon=":material/close:", on_click=_clear)
    return round(at * (n_frames - 1))


def _kind_picked() -> None:
    session.change(replace(session.view(), path_kind=_KIND.value))


def _clear() -> None:
    session.change(without_path(session.view()))


def _frames_html(frames: Sequence[Picture], at: int, is_whole: bool) -> str:
    cells = []
    for i, frame in enumerate(frames):
        mark = " class='lx-now'" if i == at else ""
        shown = pictures.tag(frame, f"frame {i + 1} of {len(frames)}")
        cells.append(f"<figure{mark}>{shown}</figure>")
    paled = "" if is_whole else " style='opacity: 0.5'"
    return f"<div class='lx-strip' data-testid='path-strip'{paled}>{''.join(cells)}</div>"


def _profiles(found: PathFrames, at: int, units: Units) -> None:
    t = np.linspace(0, 1, len(found.frames))
    elbo = np.array([units.convert(v) for v in found.elbo_nats])
    shown = (
        ("Fisher-Rao length of a step", 0.5 * (t[1:] + t[:-1]), found.steps, 2, ()),
        ("log p(z), nats", t, found.log_prior_nats, 2, ()),
        ("distance to the data, local scales", t, found.support, 2, (1.0, 2.0)),
        (f"ELBO of the decoded frame, {units.name}", t, elbo, 4 if units.in_bits else 2, ()),
    )
    profiles = [
        Profile(f"{title}: {number(float(values[min(at, len(values) - 1)]), digits)}", places, values, levels)
        for title, places, values, digits, levels in shown
    ]
    st.plotly_chart(
        figures.profiles(profiles, float(t[at])),
        key="profiles",
        config={"displayModeBar": False},
        alt="; ".join(profile.title for profile in profiles),
    )


def _lengths(entry: Entry, path: KnownPath) -> Mapping[str, computation.PathLengths]:
    """How long the path is, and every other one through its anchors that is known."""
    has_graph = computation.graph_if_made(entry) is not None
    kinds = ("linear", "spherical", *(["graph"] if has_graph else []))
    known = {kind: KnownPath(path.anchors, kind) for kind in kinds}
    finding = session_jobs.newest(session_jobs.of_model("geodesic", entry, repr(path.anchors)))
    if finding is not None:
        known["geodesic"] = KnownPath(path.anchors, "geodesic", finding)
    return {kind: computation.path_lengths(entry, each) for kind, each in known.items()}


def lengths_html(lengths: Mapping[str, computation.PathLengths], chosen: str) -> str:
    """A table of paths, the chosen one marked."""
    rows = []
    for kind, found in lengths.items():
        mark = " class='lx-strong' aria-current='true'" if kind == chosen else ""
        worst = f"{number(found.worst_support)}, {level(found.worst_support)}"
        cells = (number(found.latent), number(found.fisher_rao), worst)
        rows.append(
            f"<tr{mark} data-testid='length-{kind}'><th scope='row' title='{escape(MEANING[kind])}'>{kind}</th>"
            f"{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        )
    head = "".join(f"<td>{name}</td>" for name in ("latent length", "Fisher-Rao length", "worst support"))
    first = f"<tr class='lx-minor'><th scope='col' style='padding-left: 0'>path</th>{head}</tr>"
    return f"<table class='lx-figures' data-testid='path-lengths'>{first}{''.join(rows)}</table>"
