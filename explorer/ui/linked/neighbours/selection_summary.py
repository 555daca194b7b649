"""What the selection is, taken together: its mean example, the image of its mean code, its labels, its purity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from explorer.latent.purity import N_NEIGHBOURS, Purity, mean_purity
from explorer.show import pictures
from explorer.show.numbers import number
from explorer.show.palette import QUIET, label_colours
from explorer.ui.example import inference, label_names
from explorer.ui.example.kept import of_codes
from explorer.ui.example.mean_example import mean_example
from explorer.ui.example.nearest import index
from explorer.ui.state import selection
from explorer.ui.state.selection import Selection
from explorer.workspace import Entry

MEAN_PIXELS = 112
# More would be a list to scroll; the others are counted in one line.
MAX_LABELS = 10


@dataclass(frozen=True, eq=False)
class SelectionSummary:
    """A selection of n examples, n >= 1.

    Attributes:
        n: how many.
        mean_x: their mean, of one example's shape.
        decoded: E[x|z] at the mean of their codes, of the same shape.
        counts: examples by label code, -1 for none, the most frequent first.
        purity: the mean share of a selected example's nearest others that have its label.
        by_chance: what that would be if labels knew nothing of codes.
    """

    n: int
    mean_x: np.ndarray
    decoded: np.ndarray
    counts: Mapping[int, int]
    purity: Purity
    by_chance: float


@of_codes(maxsize=16)
def summarise(entry: Entry, chosen: Selection) -> SelectionSummary:
    """Looks a selection over, which is not empty."""
    rows, labels, means = selection.rows(chosen), label_names.codes_of(entry), entry.atlas.means
    codes, n_each = np.unique(labels[rows], return_counts=True)
    order = np.argsort(-n_each, kind="stable")
    counts = {int(codes[i]): int(n_each[i]) for i in order}
    mean_code = means[rows].mean(axis=0, dtype=np.float64).astype(np.float32)
    return SelectionSummary(
        n=len(rows),
        mean_x=mean_example(entry, chosen),
        decoded=inference.decode(entry, mean_code[None])[0],
        counts=counts,
        purity=mean_purity(index(entry), means, labels, rows),
        by_chance=_by_chance(counts, label_names.counts(entry)),
    )


def _by_chance(counts: Mapping[int, int], of_all: Mapping[int, int]) -> float:
    """The mean, over the examples with a label, of that label's share of all examples."""
    labelled = {code: n for code, n in counts.items() if code >= 0}
    n_all = sum(of_all.values())
    total = sum(labelled.values())
    return sum(n * of_all[code] / n_all for code, n in labelled.items()) / total if total else float("nan")


@of_codes(maxsize=16)
def html(entry: Entry, chosen: Selection) -> str:
    """Both images, the labels as a bar and in words, and the purity."""
    summary = summarise(entry, chosen)
    both = np.stack([summary.mean_x, summary.decoded])
    shown = pictures.pictures_of(both, MEAN_PIXELS, entry.dataset.features)
    captions = ("mean of the examples", "decoded mean code")
    cells = "".join(
        f"<figure>{pictures.tag(picture, caption)}<figcaption>{caption}</figcaption></figure>"
        for picture, caption in zip(shown, captions, strict=True)
    )
    return (
        f"<p class='lx-summary-head'><b>Selection of {summary.n:,}</b></p>"
        "<div class='lx-summary' data-testid='chosen'>"
        f"<div class='lx-groups'>{cells}</div><div>{_labels_html(entry, summary)}{_purity_html(summary)}</div></div>"
    )


def _labels_html(entry: Entry, summary: SelectionSummary) -> str:
    colours = label_colours(len(entry.atlas.label_names))
    shown = list(summary.counts.items())[:MAX_LABELS]
    parts = [(label_names.name(entry, code), n, colours[code] if code >= 0 else QUIET) for code, n in shown]
    if (n_more := len(summary.counts) - len(shown)) > 0:
        n_in_more = summary.n - sum(n for _, n in shown)
        parts.append((f"{n_more:,} more label{'s' if n_more > 1 else ''}", n_in_more, QUIET))
    bar = "".join(f"<i style='flex-grow:{n};background:{colour}'></i>" for _, n, colour in parts)
    lines = "".join(
        f"<li><i class='lx-swatch' style='background:{colour}'></i><bdi>{escape(label_names.short(name))}</bdi>"
        f"<span>{n:,} <small>{n / summary.n:.0%}</small></span></li>"
        for name, n, colour in parts
    )
    return f"<div class='lx-parts' aria-hidden='true'>{bar}</div><ul class='lx-mix'>{lines}</ul>"


def _purity_html(summary: SelectionSummary) -> str:
    if summary.purity.n == 0:
        return "<p class='lx-caption'>Label purity: no selected example has a label.</p>"
    whose = "the selected examples"
    if summary.purity.is_sample:
        whose = f"{summary.purity.n:,} of them, drawn at random"
    mean, by_chance = number(summary.purity.mean), number(summary.by_chance)
    return (
        "<p class='lx-caption' data-testid='purity'>"
        f"Label purity in latent space <b>{mean}</b>, by chance {by_chance}: the share of an example's "
        f"{N_NEIGHBOURS} nearest others that have its label, averaged over {whose}.</p>"
    )
