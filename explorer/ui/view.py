"""What a person is looking at: one frozen record, and the pure transitions between its values.

Everything that a reload or a copied link restores is here; pages read it and callbacks replace it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from explorer.ui.map.gesture import Gesture, Handle

COLOURS: Mapping[str, str] = {
    "label": "Label",
    "gap_nats": "Gap",
    "elbo_nats": "ELBO",
    "log_px_nats": "log p(x)",
    "kl_nats": "KL",
    "ess": "ESS",
    "pareto_k": "Pareto k̂",
}
PATH_KINDS = ("linear", "spherical")


@dataclass(frozen=True)
class View:
    """Model, map, colour, selection and handles.

    Attributes:
        model: name of the checkpoint.
        map_id: "umap", "pca" or "axes:i,j".
        colour: a key of `COLOURS`.
        labels: labels that are shown in full colour; empty means all.
        selected: example_id, or None.
        handles: in path order; two or more make a path.
        path_kind: one of `PATH_KINDS`.
        in_bits: bits/dim instead of nats.
        revision: grows when Python, not the browser, moved selection or handles.
    """

    model: str
    map_id: str
    colour: str = "label"
    labels: tuple[int, ...] = ()
    selected: int | None = None
    handles: tuple[Handle, ...] = ()
    path_kind: str = "linear"
    in_bits: bool = False
    revision: int = 0


Place = Callable[[int], tuple[float, float]]
"""Where an example lies on the view's map."""


def selecting(view: View, example_id: int, place: Place) -> View:
    """Selects an example, with one handle at its home."""
    home = Handle("a", example_id, *place(example_id))
    return replace(view, selected=example_id, handles=(home,), revision=view.revision + 1)


def on_map(view: View, map_id: str, places: Sequence[tuple[float, float]]) -> View:
    """Shows another map; `places` says where each handle goes there."""
    handles = tuple(replace(h, x=x, y=y) for h, (x, y) in zip(view.handles, places, strict=True))
    return replace(view, map_id=map_id, handles=handles, revision=view.revision + 1)


def after_gesture(view: View, gesture: Gesture) -> View:
    """What the browser says after a click or a release."""
    return replace(view, selected=gesture.selected, handles=gesture.handles)


def without_path(view: View) -> View:
    """Keeps only the first handle."""
    return replace(view, handles=view.handles[:1], revision=view.revision + 1)
