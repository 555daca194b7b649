"""The argument in eight steps, one a file: results in, a chapter out. Quick: what is slow is in the results already.

A step whose numbers are not there yet, or cannot be had of this model, says so in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from explorer.explain.chapters import better, difference, elbo, importance, jensen, logarithms, model, naive
from explorer.explain.terms.results import Results
from explorer.explain.typesetting.blocks import Chapter

STEPS: Mapping[str, Callable[[Results], Chapter]] = {
    "model": model.chapter,
    "naive": naive.chapter,
    "importance": importance.chapter,
    "logarithms": logarithms.chapter,
    "jensen": jensen.chapter,
    "elbo": elbo.chapter,
    "difference": difference.chapter,
    "better": better.chapter,
}


def chapters(found: Results) -> tuple[Chapter, ...]:
    """All of it, in order."""
    return tuple(step(found) for step in STEPS.values())
