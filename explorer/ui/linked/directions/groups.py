"""The two groups that were kept, A and B: their sizes, their mean examples, and the direction from one to the other.

What takes longer than a rerun may is computed once for a pair of groups and kept for the process.
"""

from __future__ import annotations

from html import escape

import numpy as np
import plotly.graph_objects as go

from explorer.latent.directions import Direction, difference
from explorer.show import pictures
from explorer.show.numbers import latent_name, number
from explorer.show.palette import ACCENT
from explorer.ui.example.kept import of_codes
from explorer.ui.example.mean_example import mean_example
from explorer.ui.linked.directions import top_features
from explorer.ui.state import selection
from explorer.ui.state.view import GROUP_NAMES, Groups
from explorer.ui.widgets.figure_style import MARGIN
from explorer.workspace import Entry

MEAN_PIXELS = 112
N_COMPONENTS = 24

LENGTH_HELP = (
    "|v|, the distance between the mean codes. Groups of these sizes with the same mean would be about as far apart "
    "as the second number says."
)
AUC_HELP = (
    "How often a code of B lies further along v than one of A; 0.5 is chance, 1 never fails. Of codes that v was not "
    "made from: each half of the groups is judged by the vector of the other half."
)
AUC_SEEN_HELP = "The same of the very codes that v was made from: too good where groups are small."


@of_codes(maxsize=16)
def direction(entry: Entry, groups: Groups) -> Direction:
    """The direction from A to B, neither of them empty."""
    a, b = (entry.atlas.means[selection.rows(group)] for group in groups)
    return difference(a, b)


@of_codes(maxsize=16)
def cards_html(entry: Entry, groups: Groups) -> str:
    """Both groups side by side; a missing one is a frame with a dash."""
    kept = [group for group in groups if group != selection.NOTHING]
    means = np.stack([mean_example(entry, group) for group in kept]) if kept else np.zeros((0, 1))
    shown = iter(pictures.pictures_of(means, MEAN_PIXELS, entry.dataset.features) if kept else [])
    cells = []
    for name, group in zip(GROUP_NAMES, groups, strict=True):
        if group == selection.NOTHING:
            cells.append(
                f"<figure><div>–</div><figcaption><b>{name}</b> nothing kept yet</figcaption></figure>"
            )
            continue
        n = selection.size(group)
        words = f"{n:,} example" + ("s" if n > 1 else "")
        picture = pictures.tag(next(shown), f"mean of {name}")
        cells.append(f"<figure>{picture}<figcaption><b>{name}</b> {words}</figcaption></figure>")
    return f"<div class='lx-groups' data-testid='groups'>{''.join(cells)}</div>"


def missing(groups: Groups) -> str:
    """One sentence on how to make the groups that are missing; "" where both are there."""
    lacking = [name for name, group in zip(GROUP_NAMES, groups, strict=True) if group == selection.NOTHING]
    if not lacking:
        return ""
    how = f"Select examples on the map with the lasso or a box and press “Keep as {lacking[0]}”"
    if len(lacking) == 2:
        how += f", then select others and press “Keep as {lacking[1]}”"
    return f"{how}: the direction leads from A to B."


def facts_html(found: Direction, groups: Groups) -> str:
    """Length and separation as a small table, with what they do not say."""
    rows = (
        (
            "Length of v",
            f"{number(found.length)} <small>by chance {number(found.length_by_chance)}</small>",
            LENGTH_HELP,
        ),
        ("AUC along v", number(found.auc_held_out, 3), AUC_HELP),
        ("… of the codes in v", number(found.auc, 3), AUC_SEEN_HELP),
    )
    cells = "".join(
        f"<tr class='{'lx-minor' if label.startswith('…') else ''}' title='{escape(tip)}'>"
        f"<th>{label}</th><td>{value}</td></tr>"
        for label, value, tip in rows
    )
    n_both = sum(map(selection.size, groups)) - selection.size(selection.combined(*groups, "add"))
    shared = f"<p class='lx-caption'>{n_both:,} of the examples are in both groups.</p>" if n_both else ""
    return f"<table class='lx-figures' data-testid='direction-facts'>{cells}</table>{shared}"


@of_codes(maxsize=16)
def top_features_html(entry: Entry, groups: Groups) -> str:
    """What of a vector changes from the mean code of A to that of B."""
    start = entry.atlas.means[selection.rows(groups[0])].mean(axis=0, dtype=np.float64)
    changed = top_features.change(entry, start, direction(entry, groups).v)
    return top_features.html(changed, entry.dataset.features, "from the mean code of A to that of B")


@of_codes(maxsize=16)
def components(entry: Entry, groups: Groups) -> go.Figure:
    """The largest components of v with one standard error, largest first."""
    found = direction(entry, groups)
    order = np.argsort(-np.abs(found.v))[:N_COMPONENTS]
    bar = go.Bar(
        x=[latent_name(int(i)) for i in order],
        y=found.v[order],
        error_y={"type": "data", "array": np.nan_to_num(found.se[order]), "thickness": 1, "width": 3},
        marker={"color": ACCENT},
        hovertemplate="%{x}: %{y:.3f} ± %{error_y.array:.3f}<extra></extra>",
    )
    layout = {"height": 200, "margin": {**MARGIN, "t": 8}, "bargap": 0.25, "yaxis": {"nticks": 5}}
    return go.Figure(bar).update_layout(**layout).update_xaxes(type="category", tickangle=0)
