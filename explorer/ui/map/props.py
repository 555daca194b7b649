"""What the page tells the map: records, and the one function that turns them into the browser's JSON.

No positions, values or images are in it, only the names under which the live routes have them: a new colour
is a few hundred bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from explorer.show.sparkline import ValueRange
from explorer.ui.state.gesture import Handle
from explorer.ui.state.selection import NOTHING, Selection, to_base64

ROBUST_LIMITS = "robust limits (2%–98%)"


@dataclass(frozen=True)
class MapSpec:
    """A map by its name in the live routes.

    Attributes:
        id: "umap", "pca" or "axes:0,3".
        x, y: the columns of its coordinates.
        label: its name for a person.
        exact: whether a place on it is a code exactly (planes), or only nearly (UMAP).
        axis_labels: titles of the axes; None where axes mean nothing, and then none are drawn.
    """

    id: str
    x: str
    y: str
    label: str
    exact: bool
    axis_labels: tuple[str, str] | None = None


@dataclass(frozen=True)
class Categorical:
    """Colours for a column of codes 0, 1, ...: a name and a "#rrggbb" each."""

    column: str
    label: str
    names: tuple[str, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Continuous:
    """Colours for a column of numbers.

    Attributes:
        column: its name in the live routes.
        label: what it is, with its unit.
        limits: the values at the two ends of the scale; beyond them the end's colour holds.
        stops: (position in [0, 1], "#rrggbb"), from 0 to 1, two at the least.
        note: how the limits were chosen, and of how many.
        digits: decimals to show.
        missing: what is said of a point without a number; "" for a dash.
    """

    column: str
    label: str
    limits: tuple[float, float]
    stops: tuple[tuple[float, str], ...]
    note: str = ROBUST_LIMITS
    digits: int = 2
    missing: str = ""


@dataclass(frozen=True)
class Thumbnails:
    """The sprite pages' layout: tiles of height x width pixels, `columns` x `rows` of them a page."""

    height: int
    width: int
    columns: int = 32
    rows: int = 32


Contour = tuple[float, tuple[tuple[float, float], ...]]
"""A level in (0, 1] and a line, (x, y) each."""
Ellipse = tuple[float, float, float, float, float]
"""Centre x, y and the covariance matrix's xx, xy, yy."""


@dataclass(frozen=True)
class MapProps:
    """Everything that the map shows.

    Attributes:
        model: its name in the live routes.
        version: the atlas's digest.
        examples: another one when rows or places are others; the same while an atlas grows.
        visible_labels: label codes in full colour, the rest in faint grey; None for all.
        thumbnails: None for data that have no pictures.
        vectors: what decoded vectors are drawn over; None for images.
        selected: the example_id that is selected.
        selection: the examples in full colour where there are any; the others turn grey and stay in sight.
        can_undo, can_redo: whether there is a step to take back, or one that was taken back.
        layers: what is drawn over the points: "names", "contours", "ellipses", "round trip".
        contours: lines of equal density, (x, y) each, with the level of each in (0, 1].
        ellipses: (x, y, variance of x, covariance, variance of y) each, in the map's units.
        has_handles: False on a chart that is no map of the latent space: points are chosen there and nothing decodes.
        diagonal: draws the line where both axes are equal.
        handles: in the map's units; two or more are the anchors of a path.
        path: the path's course on the map where it is not straight, (x, y) each.
        hint: whether this may be somebody's first minute.
        revision: grows whenever the page itself changed selection or handles; the map then takes them even
            while a gesture of its own is on the way.
        height: pixels, with legend and footer.
    """

    model: str
    version: str
    examples: str
    map: MapSpec
    n_examples: int
    colour: Categorical | Continuous
    label_names: tuple[str, ...]
    thumbnails: Thumbnails | None
    vectors: ValueRange | None = None
    visible_labels: tuple[int, ...] | None = None
    selected: int | None = None
    selection: Selection = NOTHING
    can_undo: bool = False
    can_redo: bool = False
    layers: tuple[str, ...] = ()
    contours: tuple[Contour, ...] = ()
    ellipses: tuple[Ellipse, ...] = ()
    has_handles: bool = True
    diagonal: bool = False
    handles: tuple[Handle, ...] = ()
    path: tuple[tuple[float, float], ...] = ()
    hint: bool = False
    revision: int = 0
    height: int = 720


def payload(props: MapProps, acknowledged: int) -> dict[str, Any]:
    """The JSON for the browser.

    Args:
        acknowledged: `n` of the last gesture that the page has heard of: until the map's own last gesture
            is, what the page says about handles is old.
    """
    _check_places([(handle.x, handle.y) for handle in props.handles] + list(props.path))
    return {
        "model": props.model,
        "version": props.version,
        "examples": props.examples,
        "map": {name: getattr(props.map, name) for name in ("id", "x", "y", "label", "exact")},
        "axis_labels": props.map.axis_labels,
        "n_examples": props.n_examples,
        "colour": _colour(props.colour),
        "visible_labels": props.visible_labels,
        "label_names": props.label_names,
        "thumbnails": thumbnails_payload(props.thumbnails),
        "vectors": props.vectors and asdict(props.vectors),
        "selected": props.selected,
        "selection": to_base64(props.selection),
        "can_undo": props.can_undo,
        "can_redo": props.can_redo,
        "layers": props.layers,
        "contours": props.contours,
        "ellipses": props.ellipses,
        "has_handles": props.has_handles,
        "diagonal": props.diagonal,
        "handles": [asdict(handle) for handle in props.handles],
        "path": props.path,
        "hint": props.hint,
        "revision": props.revision,
        "acknowledged": acknowledged,
        "height": props.height,
    }


def _colour(colour: Categorical | Continuous) -> dict[str, Any]:
    kind = "categorical" if isinstance(colour, Categorical) else "continuous"
    return {"kind": kind, **asdict(colour)}


def thumbnails_payload(thumbnails: Thumbnails | None) -> dict[str, Any] | None:
    """The layout as the browser reads it."""
    if thumbnails is None:
        return None
    tile = (thumbnails.height, thumbnails.width)
    return {"tile": tile, "columns": thumbnails.columns, "rows": thumbnails.rows}


def _check_places(places: Sequence[tuple[float, float]]) -> None:
    # JSON has no NaN: Python would write one, and the browser would drop all of the props.
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in places), "a place on the map is finite"
