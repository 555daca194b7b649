"""The path as a film, and its frames to take home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from explorer.show import pictures
from explorer.ui.example import inference
from explorer.ui.example.kept import of_codes
from explorer.ui.path import computation
from explorer.ui.path.computation import KnownPath, PathFrames
from explorer.ui.state.scratch import keep, scratch
from explorer.workspace import Entry

N_GIF_FRAMES = 30
FILM_PIXELS = 168


@dataclass(frozen=True)
class PathScratch:
    """The path whose film plays, if one does."""

    playing: KnownPath | None = None


def film(entry: Entry, path: KnownPath, frames: PathFrames, waits_for: str = "") -> None:
    """Plays the path there and back while it is asked to; its frames as a picture and as a film.

    Args:
        entry: the model.
        path: whose film it is.
        frames: of the picture.
        waits_for: the kind of path that is still looked for, in whose place this one is shown: it has no film yet.
    """
    row = st.container(horizontal=True)
    is_on = scratch(PathScratch).playing == path and not waits_for
    waiting: dict[str, Any] = {"disabled": bool(waits_for), "help": _wait(waits_for) if waits_for else None}
    row.button(
        "Stop" if is_on else "Play",
        key="play_path",
        icon=":material/stop:" if is_on else ":material/play_arrow:",
        on_click=_play,
        args=(None if is_on else path,),
        **waiting,
    )
    files = {
        "PNG": lambda: pictures.strip_png(pictures.pictures_of(frames.frames, 112, entry.dataset.features)),
        "GIF": lambda: _gif(entry, path, 224),
    }
    for name, made in files.items():
        kind = name.lower()
        row.download_button(
            name,
            made,
            f"path-{path.kind}.{kind}",
            f"image/{kind}",
            key=f"path_{kind}",
            icon=":material/download:",
            on_click="ignore",
            **waiting,
        )
    if is_on:
        source = pictures.uri(_gif(entry, path, FILM_PIXELS), "gif")
        style = f"height: {FILM_PIXELS}px; image-rendering: pixelated; border-radius: 6px"
        st.html(
            f"<img src='{source}' alt='the path, there and back' data-testid='path-film' style='{style}'>"
        )


def _wait(kind: str) -> str:
    return f"The {kind} path is not found yet. It is played and saved once it is."


def _play(path: KnownPath | None) -> None:
    # Only ever from a press: nothing on the page begins to move by itself.
    keep(PathScratch(path))


@of_codes(maxsize=8)
def _gif(entry: Entry, path: KnownPath, size: int) -> bytes:
    n_frames = max(N_GIF_FRAMES, len(path.anchors))
    frames = inference.decode(entry, computation.path_codes(entry, path, n_frames))
    return pictures.gif(pictures.pictures_of(frames, size, entry.dataset.features))
