"""The selected examples as thumbnails, all of them where nothing is selected: a Streamlit component.

    page -> browser   model, selection, labels in full colour, columns to sort by
    browser -> page   inspect one example, or another selection; once an act

The browser has ids, labels and scores from the live routes, and images from the sprite pages that the map uses too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from explorer.live.limits import is_count
from explorer.show.numbers import Units
from explorer.ui.browser.bridge import Bridge, count_of
from explorer.ui.browser.component import stub, style
from explorer.ui.example import label_names, scored
from explorer.ui.map.looks import thumbnails_of
from explorer.ui.map.props import thumbnails_payload
from explorer.ui.state import selection, session
from explorer.ui.state.place import place_on
from explorer.ui.state.selection import Selection
from explorer.ui.state.view import View, inspecting, with_selection
from explorer.workspace import Entry

KEY = "gallery"
HEIGHT = 424
# What the browser can sort by, and its name there; those in nats follow the unit switch.
ORDERS: Mapping[str, str] = {
    "example_id": "id",
    "gap_nats": "gap",
    "elbo_nats": "ELBO",
    "log_px_nats": "log p(x)",
    "label": "label",
}


@dataclass(frozen=True)
class Inspect:
    """A press on a tile. `n` grows with every act."""

    n: int
    example_id: int


@dataclass(frozen=True)
class Choose:
    """Another selection. `n` grows with every act."""

    n: int
    selection: Selection


Act = Inspect | Choose


def section(entry: Entry, view: View) -> None:
    """The gallery of the view's selection."""
    COMPONENT.draw(KEY, payload(entry, view, COMPONENT.n_heard(KEY)), partial(acted, entry))


def payload(entry: Entry, view: View, acknowledged: int) -> dict[str, Any]:
    """The JSON for the browser.

    Args:
        acknowledged: `n` of the last act that the page has heard of: until the gallery's own last act is, what the page
            says of the selection is old.
    """
    atlas = entry.atlas
    return {
        "model": entry.name,
        "version": atlas.digest,
        "examples": entry.origin.digest,
        "n_examples": atlas.n_examples,
        "label_names": [label_names.short(name) for name in atlas.label_names],
        "visible_labels": view.labels or None,
        "thumbnails": thumbnails_payload(thumbnails_of(entry)),
        "selected": view.selected,
        "selection": selection.to_base64(view.selection),
        "orders": _orders(entry, Units(int(np.prod(entry.dataset.shape)), view.in_bits)),
        "acknowledged": acknowledged,
        "height": HEIGHT,
    }


def parse(raw: object) -> Act | None:
    """What the browser says was done, or None where it is not well formed."""
    n = count_of(raw)
    if not isinstance(raw, Mapping) or n == 0:
        return None
    if raw.get("kind") == "inspect" and is_count(raw.get("id")):
        return Inspect(n, raw["id"])
    if raw.get("kind") == "choose":
        found = selection.from_base64(raw.get("selection"))
        return None if found is None else Choose(n, found)
    return None


COMPONENT = Bridge(
    "latent_gallery",
    "act",
    parse,
    js=stub("ui/linked/gallery/mount.js"),
    css=style("ui/browser", "ui/linked/panel.css", "ui/linked/gallery"),
)


def after(view: View, act: Act, entry: Entry) -> View:
    """The view once an act is done; the same for one that is of no example here."""
    if isinstance(act, Inspect):
        if not entry.atlas.has(act.example_id):
            return view
        return inspecting(view, act.example_id, place_on(entry, view.map_id))
    if not selection.within(act.selection, entry.atlas.n_examples):
        return view
    return with_selection(view, act.selection)


def acted(entry: Entry, act: Act) -> None:
    """Does an act."""
    view = session.view()
    # The view may have turned to another model since the gallery was drawn.
    if view.model == entry.name and (changed := after(view, act, entry)) is not view:
        session.change(changed)


def _orders(entry: Entry, units: Units) -> list[dict[str, Any]]:
    """What there is to sort by; `note` says how far a column is that is still to come."""
    in_nats = {"unit": units.name, "scale": units.convert(1.0), "digits": 4 if units.in_bits else 2}
    bare = {"unit": "", "scale": 1.0, "digits": 0}
    return [
        {
            "column": column,
            "name": name,
            "note": scored.so_far(entry, column),
            **(in_nats if column.endswith("_nats") else bare),
        }
        for column, name in ORDERS.items()
    ]
