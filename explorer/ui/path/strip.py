"""The path through two or more handles: its course on the map, its frames, its profiles, its length beside others'.

The graph and the geodesic take work, which goes on in a job; until it is done a path that is known stands in for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from explorer.geodesics import Geodesic
from explorer.latent import level
from explorer.show import pictures
from explorer.show.numbers import Units, number
from explorer.steps import Step
from explorer.ui.example import inference
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.job import Job, each
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.path import computation, figures
from explorer.ui.path.computation import N_FRAMES, Anchors, PathFrames, Way
from explorer.ui.path.figures import Profile
from explorer.ui.state import session
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import PATH_KINDS, View, without_path
from explorer.ui.widgets.widget import Widget
from explorer.workspace import Entry

N_COURSE_POINTS = 48
N_GIF_FRAMES = 30
FRAME_PIXELS = 84
FILM_PIXELS = 168
MEANING: Mapping[str, str] = {
    "linear": "the straight line between codes",
    "spherical": "an arc about the origin, whose codes stay as typical of the prior as its ends",
    "graph": "the shortest path on the graph of nearest neighbours, from code to code",
    "geodesic": "the path along which the decoded distribution changes least, by its Fisher-Rao length, near the data",
}
_HELP = "\n".join(f"- **{kind}**: {meaning}" for kind, meaning in MEANING.items())
_KIND = Widget[str]("path_kind")


@dataclass(frozen=True)
class PathScratch:
    """The path whose film plays, if one does."""

    playing: Way | None = None


def course(entry: Entry, view: View) -> tuple[tuple[float, float], ...]:
    """Where the path runs on the map; empty where straight lines between the handles say the same."""
    if len(view.handles) < 2:
        return ()
    way = known(entry, view.path_kind, computation.anchors(entry, view))
    if way.kind == "linear" and entry.chart(view.map_id).exact:
        return ()
    _, places = course_of(entry, view.map_id, way, tuple((h.x, h.y) for h in view.handles))
    return tuple((float(x), float(y)) for x, y in places)


@lru_cache(maxsize=64)
def course_of(
    entry: Entry, map_id: str, way: Way, homes: tuple[tuple[float, float], ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n, d) along a path, and where they lie on the map (n, 2)."""
    codes = computation.path_codes(entry, way, max(N_COURSE_POINTS, 2 * len(homes)))
    places = entry.chart(map_id).place(codes.astype(np.float64))
    # A map without an inverse places a handle's code near the handle; the path begins and ends at it.
    for anchor, home in zip(way.anchors, homes, strict=True):
        places[(codes == np.array(anchor, codes.dtype)).all(axis=1)] = home
    return codes, places


def strip(entry: Entry, view: View) -> None:
    """The decoded frames below the map; nothing with fewer than two handles."""
    if len(view.handles) < 2:
        return
    anchors = computation.anchors(entry, view)
    n_frames = max(N_FRAMES, len(anchors))
    at = _header(view, n_frames)
    place = st.container()
    way = known(entry, view.path_kind, anchors)
    is_whole = way.kind == view.path_kind and way.is_found
    found = computation.path_frames(entry, way, n_frames)
    st.html(_frames_html(found.frames, at, is_whole))
    _film_and_exports(entry, way, found)
    _profiles(found, at, Units(int(np.prod(entry.dataset.shape)), view.in_bits))
    st.html(lengths_html(_lengths(entry, way), way.kind))
    if not is_whole:
        # Last: the work would take the processor from the frames.
        with place:
            _wait(entry, view.path_kind, way)


def known(entry: Entry, kind: str, anchors: Anchors) -> Way:
    """The path of a kind, or, until that is found, one that stands in for it."""
    job_key = _job_key(entry, kind, anchors)
    job = None if job_key is None or kind != "geodesic" else session_jobs.job_of(job_key)
    step: Step[Geodesic] | None = None if job is None else job.step
    if step is not None:
        return Way(anchors, kind, step.result, step.fraction == 1)
    if kind in ("graph", "geodesic"):
        return Way(anchors, "linear" if computation.graph_if_made(entry) is None else "graph")
    return Way(anchors, kind)


def _job_key(entry: Entry, kind: str, anchors: Anchors) -> JobKey | None:
    """The work that a kind of path needs; none where it is computed at once."""
    if kind == "geodesic":
        return session_jobs.of_model("geodesic", entry, repr(anchors))
    if kind == "graph" and computation.graph_if_made(entry) is None:
        return session_jobs.of_model("graph", entry)
    return None


def _job(job_key: JobKey, entry: Entry, anchors: Anchors) -> Job[Any]:
    if job_key.kind == "geodesic":
        return Job(each(computation.geodesics(entry, anchors)))
    return Job(lambda report: report(Step(1.0, computation.graph(entry))))


def _wait(entry: Entry, kind: str, way: Way) -> None:
    """Says what is shown in the place of a path that is not found yet, and how far the work for that is."""
    shown = "the best path so far" if way.kind == kind else f"the {way.kind} path in its place"
    st.html(f"<p class='lx-caption' data-testid='path-stands-in'>Shown is {shown}.</p>")
    job_key = _job_key(entry, kind, way.anchors)
    if job_key is None:
        st.rerun()
    session_jobs.once(job_key, lambda: _job(job_key, entry, way.anchors))
    if session_jobs.is_running(job_key, _sentence):
        return
    if known(entry, kind, way.anchors) != way:  # it was found while the page was drawn
        st.rerun()
    st.button(
        "Look again",
        key="path_again",
        icon=":material/play_arrow:",
        on_click=lambda: session_jobs.start(job_key, lambda: _job(job_key, entry, way.anchors)),
    )


def _sentence(found: object) -> str:
    if not isinstance(found, Geodesic):
        return "Joining nearest neighbours"
    share = sum(found.energy) / max(sum(found.start_energy), 1e-300)
    return f"Looking for the geodesic: {number(100 * share, 1)}% of the energy that it began with"


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


def _frames_html(frames: np.ndarray, at: int, is_whole: bool) -> str:
    cells = []
    for i, frame in enumerate(frames):
        mark = " class='lx-now'" if i == at else ""
        label = escape(f"frame {i + 1} of {len(frames)}")
        cells.append(
            f"<figure{mark}><img src='{pictures.data_uri(frame, FRAME_PIXELS)}' alt='{label}'></figure>"
        )
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


def _lengths(entry: Entry, way: Way) -> Mapping[str, computation.PathLengths]:
    """How long the path is, and every other one through its anchors that is known."""
    is_known = {
        "linear": True,
        "spherical": True,
        "graph": computation.graph_if_made(entry) is not None,
        "geodesic": False,
    }
    ways = {kind: Way(way.anchors, kind) for kind in PATH_KINDS if is_known[kind]}
    finding = session_jobs.newest(session_jobs.of_model("geodesic", entry, repr(way.anchors)))
    if finding is not None:
        ways["geodesic"] = Way(way.anchors, "geodesic", finding)
    return {kind: computation.path_lengths(entry, each_way) for kind, each_way in ways.items()}


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


def _film_and_exports(entry: Entry, way: Way, found: PathFrames) -> None:
    row = st.container(horizontal=True)
    is_on = scratch(PathScratch).playing == way
    row.button(
        "Stop" if is_on else "Play",
        key="play_path",
        icon=":material/stop:" if is_on else ":material/play_arrow:",
        on_click=_play,
        args=(None if is_on else way,),
    )
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
        lambda: _gif(entry, way, 224),
        "path.gif",
        "image/gif",
        key="path_gif",
        icon=":material/download:",
        on_click="ignore",
    )
    if is_on:
        source = pictures.uri(_gif(entry, way, FILM_PIXELS), "gif")
        style = f"height: {FILM_PIXELS}px; image-rendering: pixelated; border-radius: 6px"
        st.html(
            f"<img src='{source}' alt='the path, there and back' data-testid='path-film' style='{style}'>"
        )


def _play(way: Way | None) -> None:
    # Only ever from a press: nothing on the page begins to move by itself.
    keep(PathScratch(way))


@lru_cache(maxsize=8)
def _gif(entry: Entry, way: Way, size: int) -> bytes:
    n_frames = max(N_GIF_FRAMES, len(way.anchors))
    return pictures.gif(inference.decode(entry, computation.path_codes(entry, way, n_frames)), size)
