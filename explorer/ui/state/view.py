"""What a person is looking at: one frozen record, and the pure transitions between its values.

Everything that a reload or a copied link restores is here; pages read it and callbacks replace it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from explorer.atlas import Atlas
from explorer.explain.terms.question import FIRST_DRAWS, FIRST_K, ProposalChoice
from explorer.ui.state.gesture import Gesture, Handle
from explorer.ui.state.selection import NOTHING, Selection

COLOURS: Mapping[str, str] = {
    "label": "Label",
    "gap_nats": "Gap",
    "elbo_nats": "ELBO",
    "log_px_nats": "log p(x)",
    "kl_nats": "KL",
    "ess": "ESS",
    "pareto_k": "Pareto k̂",
}


def colours(atlas: Atlas) -> Mapping[str, str]:
    """What examples can be coloured by, and its name: labels and scores, and what came along with the data."""
    return {**COLOURS, **{name: name for name in atlas.metadata}}


LAYERS: Mapping[str, str] = {
    "names": "Names of clusters",
    "contours": "Density contours",
    "ellipses": "Posterior ellipses",
    "round trip": "Round trip",
}
PATH_KINDS = ("linear", "spherical", "graph", "geodesic")
Groups = tuple[Selection, Selection]
GROUP_NAMES = ("A", "B")


@dataclass(frozen=True)
class View:
    """Model, map, colour, what is selected, and handles.

    Attributes:
        model: name of the checkpoint.
        map_id: "umap", "pca" or "axes:i,j".
        colour: a key of `colours`.
        labels: labels that are shown in full colour; empty means all.
        selected: the example_id that is inspected, or None.
        selection: the examples that all linked views share.
        groups: two selections that were kept, "A" and "B"; a direction leads from A to B.
        linked_view: the one that is open below the map, a name in `LINKED_VIEWS`.
        layers: what is drawn over the points, of `LAYERS`.
        handles: in path order; two or more make a path.
        path_kind: one of `PATH_KINDS`.
        in_bits: bits/dim instead of nats.
        n_draws: N of the argument.
        k: K of the argument, draws within its bound.
        proposal: where its draws come from.
        revision: grows when Python, not the browser, moved selection or handles.
    """

    model: str
    map_id: str
    colour: str = "label"
    labels: tuple[int, ...] = ()
    selected: int | None = None
    selection: Selection = NOTHING
    groups: Groups = (NOTHING, NOTHING)
    linked_view: str = "gallery"
    layers: tuple[str, ...] = ("names", "round trip")
    handles: tuple[Handle, ...] = ()
    path_kind: str = "linear"
    in_bits: bool = False
    n_draws: int = FIRST_DRAWS
    k: int = FIRST_K
    proposal: ProposalChoice = field(default_factory=ProposalChoice)
    revision: int = 0


Place = Callable[[int], tuple[float, float]]
"""Where an example lies on the view's map."""


def inspecting(view: View, example_id: int, place: Place) -> View:
    """Selects an example, with one handle at its home."""
    home = Handle("a", example_id, *place(example_id))
    return replace(view, selected=example_id, handles=(home,), revision=view.revision + 1)


def on_map(view: View, map_id: str, handles: Sequence[Handle]) -> View:
    """Shows another map, with the handles as they are there."""
    return replace(view, map_id=map_id, handles=tuple(handles), revision=view.revision + 1)


def after_gesture(view: View, gesture: Gesture) -> View:
    """What the browser says after a click, a release, a lasso or a press on the legend."""
    return replace(
        view,
        selected=gesture.selected,
        handles=gesture.handles,
        selection=gesture.selection,
        labels=gesture.labels,
    )


def with_selection(view: View, selection: Selection) -> View:
    """Another selection, made by the page."""
    return replace(view, selection=selection, revision=view.revision + 1)


def with_handle(view: View, handle: Handle) -> View:
    """Puts a handle in the place of the one with its id; adds it where there is none."""
    others = tuple(handle if h.id == handle.id else h for h in view.handles)
    handles = others if handle in others else (*others, handle)
    return replace(view, handles=handles, revision=view.revision + 1)


def without_path(view: View) -> View:
    """Keeps only the first handle."""
    return replace(view, handles=view.handles[:1], revision=view.revision + 1)
