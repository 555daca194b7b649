"""What the map draws of a view: places, colours and selection of the examples, and what lies over them."""

from __future__ import annotations

import numpy as np

from explorer.atlas.categories import categories
from explorer.latent import Plane
from explorer.latent.contours import lines
from explorer.show.numbers import Units
from explorer.show.palette import QUIET, SEQUENTIAL, label_colours, robust_limits
from explorer.ui.example import label_names, scored, trust
from explorer.ui.example.kept import of_codes, of_entry
from explorer.ui.map import Categorical, Continuous, MapProps, MapSpec
from explorer.ui.map.looks import thumbnails_of, vector_look_of
from explorer.ui.map.props import ROBUST_LIMITS, Contour, Ellipse
from explorer.ui.state import history, selection
from explorer.ui.state.selection import Selection
from explorer.ui.state.view import View, colours
from explorer.workspace import Entry

MOST_ELLIPSES = 300
# A kernel estimate does not change in sight beyond so many.
MOST_FOR_CONTOURS = 200_000
_TRUSTED_OR_NOT = ("log_px_nats", "gap_nats", "ess", "pareto_k")
_IN_NATS = ("elbo_nats", "log_px_nats", "gap_nats", "kl_nats")


def examples(entry: Entry, view: View, spec: MapSpec) -> MapProps:
    """The examples on a map or a chart."""
    return MapProps(
        model=entry.name,
        version=entry.atlas.digest,
        examples=entry.origin.digest,
        map=spec,
        n_examples=entry.atlas.n_examples,
        colour=_colour(view, entry),
        label_names=entry.atlas.label_names,
        thumbnails=thumbnails_of(entry),
        vectors=vector_look_of(entry),
        visible_labels=view.labels or None,
        selected=view.selected,
        selection=view.selection,
        can_undo=history.can_undo(),
        can_redo=history.can_redo(),
        revision=view.revision,
    )


def map_spec(entry: Entry, view: View) -> MapSpec:
    """The view's map, as the routes and a person name it."""
    kind = entry.map_kind(view.map_id)
    titles = kind.mean_titles or kind.axis_titles
    return MapSpec(view.map_id, *kind.columns, kind.title, kind.is_plane, titles)


def contours(entry: Entry, view: View) -> tuple[Contour, ...]:
    """Lines that hold given shares of the selected examples, or of all that are in full colour."""
    if "contours" not in view.layers:
        return ()
    return _contours(entry, view.map_id, view.labels, view.selection)


@of_codes(maxsize=64)
def _contours(entry: Entry, map_id: str, labels: tuple[int, ...], chosen: Selection) -> tuple[Contour, ...]:
    places = entry.coordinates(map_id)[full_rows(entry, labels, chosen)]
    places = places[:: max(1, len(places) // MOST_FOR_CONTOURS)]
    if not len(places):
        return ()
    return tuple((1 - line.share, _pairs(line.places)) for line in lines(places))


def _pairs(places: np.ndarray) -> tuple[tuple[float, float], ...]:
    return tuple((float(f"{x:.5g}"), float(f"{y:.5g}")) for x, y in places.tolist())


def full_rows(entry: Entry, labels: tuple[int, ...], chosen: Selection) -> np.ndarray:
    """The rows in full colour: selected where anything is, and of a label that is on."""
    rows = selection.rows(chosen) if chosen else np.arange(entry.atlas.n_examples)
    if not labels:
        return rows
    return rows[np.isin(entry.atlas.columns(["label"])["label"][rows], labels)]


def ellipses(entry: Entry, view: View) -> tuple[Ellipse, ...]:
    """The posteriors of the selected examples on a plane: q(z|x) = N(m, S) is N(B^T (m - o), B^T S B) there.

    Nothing on a map that is no plane. Of more than `MOST_ELLIPSES` every n-th is drawn.
    """
    # Asked for first, as the chart of a map that is no plane takes long to make.
    if "ellipses" not in view.layers or not isinstance(chart := entry.chart(view.map_id), Plane):
        return ()
    rows = selection.rows(view.selection)
    if not len(rows) and view.selected is not None:
        rows = np.array([entry.atlas.row(view.selected)])
    rows = rows[:: max(1, -(-len(rows) // MOST_ELLIPSES))]
    basis = np.asarray(chart.basis, np.float64)
    variance = np.exp(entry.atlas.log_variances[rows].astype(np.float64))
    covariance = np.einsum("di,nd,dj->nij", basis, variance, basis)
    places = entry.coordinates(view.map_id)[rows].astype(np.float64)
    parts = [*places.T, covariance[:, 0, 0], covariance[:, 0, 1], covariance[:, 1, 1]]
    return tuple(
        (float(x), float(y), float(a), float(b), float(c)) for x, y, a, b, c in zip(*parts, strict=True)
    )


def _colour(view: View, entry: Entry) -> Categorical | Continuous:
    names = entry.atlas.label_names
    if view.colour == "label":
        return Categorical("label", "Label", names, label_colours(len(names)))
    title = colours(entry.atlas)[view.colour]
    if view.colour in entry.atlas.texts:
        return _values(entry, view.colour, title)
    limits = _limits(entry, view.colour)
    unit = Units(1, False).name if view.colour in _IN_NATS else ""
    label = f"{title}, {unit}" if unit else title
    missing = scored.NO_VALUE_YET if scored.so_far(entry, view.colour) else ""
    digits = 0 if _is_whole(entry, view.colour) else 2
    return Continuous(view.colour, label, limits, SEQUENTIAL, _note(entry, view.colour), digits, missing)


@of_codes(maxsize=16)
def _values(entry: Entry, column: str, title: str) -> Categorical:
    """A colour a value of a column of texts."""
    found = categories(entry.atlas.columns([column])[column])
    shades = label_colours(len(found.names))
    if found.n_others:
        shades = (*shades[:-1], QUIET)
    return Categorical(column, title, tuple(map(label_names.short, found.names)), shades)


def _is_whole(entry: Entry, column: str) -> bool:
    return entry.atlas.columns([column])[column].dtype.kind == "i"


@of_entry(maxsize=64)
def _limits(entry: Entry, column: str) -> tuple[float, float]:
    return robust_limits(np.asarray(entry.atlas.columns([column])[column], np.float64))


@of_entry(maxsize=64)
def _note(entry: Entry, column: str) -> str:
    """How the limits were chosen, how many of the numbers are not trusted, and how many are still to come."""
    parts = [ROBUST_LIMITS]
    if column in _TRUSTED_OR_NOT and (n_doubted := trust.n_doubted(entry.atlas.columns(["trust"])["trust"])):
        parts.append(f"○ {n_doubted:,} not trusted")
    if (found := scored.of(entry, column)).words:
        parts.append(found.words)
    if found.n_without:
        parts.append(f"{found.n_without:,} in grey are still to come")
    return " · ".join(parts)
