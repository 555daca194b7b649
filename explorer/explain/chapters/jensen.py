"""Step 5: one set of weights, two averages."""

from __future__ import annotations

from explorer.explain import text
from explorer.explain.blocks import (
    Block,
    Chapter,
    Chart,
    Definitions,
    Formula,
    Note,
    Numbers,
    Prose,
    Row,
    Sources,
)
from explorer.explain.chapters.parts import estimate_row, noted
from explorer.explain.draws import Draws
from explorer.explain.estimate import Estimate, estimate
from explorer.explain.figures.histogram import log_weights
from explorer.explain.results import Results
from explorer.explain.symbols import defined
from explorer.explain.term import Term
from explorer.explain.works import BURDA, DOERSCH


def chapter(found: Results) -> Chapter:
    """The histogram, the two marks, the distance between them."""
    drawn = noted(found.chosen)
    return Chapter(
        5,
        "jensen",
        "Jensen's inequality",
        (
            Prose(
                "Two averages can be taken of the same weights. The logarithm of their mean "
                "estimates $\\log p(x)$, and "
                "depends on the largest weight. The mean of their logarithms does not: every draw counts alike. The "
                "logarithm bends downwards, so the second is never above the first, and the two meet only where all "
                "weights are equal. Move the proposal: the mean of the logarithms moves with it, while the logarithm "
                "of the mean stays where $\\log p(x)$ is, as far as the draws can tell."
            ),
            Definitions(defined("w")),
            Formula(
                r"\log \mathbb{E}_q\left[w\right] \;\geq\; \mathbb{E}_q\left[\log w\right]",
                "The logarithm of the expectation of w is at least the expectation of the logarithm of w.",
            ),
            *((drawn,) if isinstance(drawn, Note) else _drawn(found, drawn)),
            Sources((BURDA, DOERSCH)),
        ),
    )


def _drawn(found: Results, drawn: Draws) -> tuple[Block, ...]:
    got = estimate(drawn.log_w)
    gap = got.gap if got.is_trusted else Term(got.gap.nats, None)
    return (
        *_histogram(found, drawn, got),
        Numbers(
            f"{text.count(len(drawn), 'weight')} of {found.question.choice.words}",
            (
                estimate_row(
                    "log-mean",
                    r"\log \frac{1}{N} \sum_n w_n",
                    "log of the mean",
                    got,
                    "Rises to log p(x) with the number of draws.",
                ),
                Row(
                    "mean-log",
                    r"\frac{1}{N} \sum_n \log w_n",
                    "mean of the logs",
                    text.nats(got.mean_log, _no_mean(got)),
                    "Estimates the evidence lower bound of this proposal, without bias.",
                    got.mean_log,
                ),
                Row(
                    "jensen-gap",
                    r"\log \frac{1}{N} \sum_n w_n - \frac{1}{N} \sum_n \log w_n",
                    "distance between them",
                    text.nats(gap, "no number: one of the two averages is missing"),
                    "Never negative on one set of weights; it estimates the gap of the bound.",
                    gap,
                    gap.is_known and not got.is_trusted,
                ),
            ),
        ),
    )


def _histogram(found: Results, drawn: Draws, got: Estimate) -> tuple[Block, ...]:
    if not got.log_mean.is_known:
        return (Note(f"There are no weights to draw: {text.nothing(got)}."),)
    return (
        Chart(
            "log-weights",
            "The log-weights and their two averages",
            f"Histogram of {text.count(len(drawn), 'log-weight')} of {found.question.choice.words}. The mean of log w "
            f"is at {text.nats(got.mean_log, _no_mean(got))}, the log of the mean of w at {text.estimated(got)}; the "
            f"gap between them is {text.nats(Term(got.gap.nats, 0.0))}.",
            lambda: log_weights(drawn.log_w, got.mean_log.nats, got.log_mean.nats),
        ),
    )


def _no_mean(got: Estimate) -> str:
    if got.n_zero:
        return f"no number: {text.count(got.n_zero, 'draw')} of weight zero, whose logarithm has no mean"
    return text.nothing(got)
