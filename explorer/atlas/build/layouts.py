"""The maps of a build: each is made once, and kept in two files until the atlas is whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from explorer.files import write
from explorer.latent.maps import MAPS, FitSettings, Layout
from explorer.latent.maps.kind import Progress


def layout(name: str, codes: np.ndarray, folder: Path, settings: FitSettings, progress: Progress) -> Layout:
    """A map, made or kept from an earlier start.

    Args:
        name: of the map.
        codes: (N, d).
        folder: where it is kept.
        settings: what fixes it, together with the codes.
        progress: told the share that is done.

    Raises:
        MapError: it cannot be made of these codes.
    """
    path, parameters = folder / f"map-{name}.npy", folder / f"map-{name}.json"
    if not (path.is_file() and parameters.is_file()):
        progress(0.0)
        made = MAPS[name].fit(codes, settings, progress)
        # The parameters first, so that coordinates are whole.
        write.text(parameters, json.dumps(dict(made.parameters)))
        with write.whole(path) as file:
            np.save(file, made.places.astype(np.float32), allow_pickle=False)
    progress(1.0)
    return Layout(np.load(path, allow_pickle=False), json.loads(parameters.read_text(encoding="utf-8")))


def in_order(names: tuple[str, ...]) -> list[str]:
    """Maps in the order in which they are made: a plane takes no time, and an atlas opens from the first one on."""
    return sorted(names, key=lambda name: not MAPS[name].is_plane)
