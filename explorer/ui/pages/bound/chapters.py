"""The chapters as they stand on the page: made anew only where they would show more than they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from explorer.explain import ProposalKind, Results, chapters
from explorer.explain.terms.draws import Draws
from explorer.explain.typesetting.blocks import Button, Buttons
from explorer.ui.jobs import session_jobs
from explorer.ui.jobs.session_jobs import JobKey
from explorer.ui.pages.bound import controls
from explorer.ui.pages.bound.argument import argument, payload
from explorer.ui.pages.bound.computation import Computation
from explorer.ui.state.scratch import keep, scratch
from explorer.ui.state.view import View

# So many times the draws that are shown are worth another picture before all of them are there.
MUCH_MORE = 8


@dataclass(frozen=True)
class Extent:
    """How far results are.

    Attributes:
        parts: which of them are there.
        n_draws: of the set with the fewest.
        has_all: whether these are all draws that were asked for.
    """

    parts: tuple[bool, ...]
    n_draws: int
    has_all: bool

    def is_news_after(self, shown: Extent) -> bool:
        """Whether a reader of what is shown would see more."""
        more = self.has_all > shown.has_all or self.n_draws >= MUCH_MORE * shown.n_draws > 0
        return self.parts != shown.parts or more


@dataclass(frozen=True)
class Fingerprint:
    """What the chapters on the page were made of."""

    job_key: JobKey
    k: int
    extent: Extent
    is_asked_apart: bool
    is_apart: bool
    is_beside: bool
    atlas: str


@dataclass(frozen=True)
class ChaptersScratch:
    """The chapters on the page: what they were made of, and what the browser is given."""

    fingerprint: Fingerprint | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


def fingerprint_of(computation: Computation, view: View, found: Results) -> Fingerprint:
    return Fingerprint(
        computation.results_key,
        view.k,
        extent_of(found),
        session_jobs.newest(computation.parts_key) is not None,
        found.split is not None,
        found.beside is not None,
        found.subject.key,
    )


def show(computation: Computation, view: View) -> None:
    """The argument with the numbers so far."""
    found = computation.results_so_far()
    fingerprint = fingerprint_of(computation, view, found)
    if scratch(ChaptersScratch).fingerprint != fingerprint:
        *steps, last = chapters(found)
        steps.append(last.before_sources(_buttons(view, fingerprint.is_asked_apart)))
        keep(ChaptersScratch(fingerprint, payload(found, steps)))
    argument(
        scratch(ChaptersScratch).payload,
        {
            "more": lambda: controls.draw(view.n_draws * 10),
            "apart": computation.take_apart,
            "fit": lambda: controls.propose(ProposalKind.FITTED),
        },
    )


def is_up_to_date(computation: Computation, view: View) -> bool:
    """Whether the chapters show all that is known."""
    return scratch(ChaptersScratch).fingerprint == fingerprint_of(
        computation, view, computation.results_so_far()
    )


def is_news(found: Results) -> bool:
    """Whether results of the same question hold more than the chapters show."""
    fingerprint = scratch(ChaptersScratch).fingerprint
    assert fingerprint is not None, "the chapters are on the page"
    return extent_of(found).is_news_after(fingerprint.extent)


def extent_of(found: Results) -> Extent:
    """How far these results are."""
    drawn = (found.naive, found.encoder, found.chosen)
    parts = (*drawn, found.needle, found.rate, found.own, found.density)
    n = min((len(d) for d in drawn if isinstance(d, Draws)), default=0)
    return Extent(tuple(part is not None for part in parts), n, n == found.question.n_draws)


def _buttons(view: View, is_apart: bool) -> Buttons:
    """Each way to close the gap, done for this example."""
    n = min(view.n_draws * 10, controls.MOST_DRAWS)
    return Buttons(
        (
            Button("more", f"More draws: N = {n:,}", view.n_draws < controls.MOST_DRAWS),
            Button("apart", "A better q for this x: take the gap apart", not is_apart),
            Button(
                "fit", "A better family: fit a density to this x", view.proposal.kind != ProposalKind.FITTED
            ),
        )
    )
