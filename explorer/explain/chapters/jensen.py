"""Step 5: one set of weights, two averages."""

from __future__ import annotations

import math

from explorer.explain.chapters.parts import estimate_row, noted
from explorer.explain.figures.histogram import log_weights
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import Estimate
from explorer.explain.terms.question import ProposalKind
from explorer.explain.terms.results import Results
from explorer.explain.terms.term import Term
from explorer.explain.typesetting import words
from explorer.explain.typesetting.blocks import (
    Block,
    Chapter,
    Definitions,
    Diagram,
    Formula,
    Note,
    Numbers,
    Prose,
    Row,
    Sources,
)
from explorer.explain.typesetting.references import BURDA, DOERSCH
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import number


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
                "weights are equal. Move the proposal: the mean of the logarithms moves with it. The expectation of "
                "the weight itself does not move at all, it is $p(x)$ for every proposal; so "
                "the logarithm of the mean stays at $\\log p(x)$ as long as the draws reach what matters, and where it "
                "leaves they do not."
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
    got = drawn.estimate
    gap = got.gap if got.is_trusted else Term(got.gap.nats, None)
    return (
        *_histogram(found, drawn, got),
        *_moved(found, got),
        Numbers(
            f"{words.count(len(drawn), 'weight')} of {found.question.choice.words}",
            (
                estimate_row(
                    "log-mean",
                    r"\log \frac{1}{N} \sum_n w_n",
                    "log of the mean",
                    got,
                    "In expectation below log p(x), and rising to it with the number of draws.",
                ),
                Row(
                    "mean-log",
                    r"\frac{1}{N} \sum_n \log w_n",
                    "mean of the logs",
                    words.nats(got.mean_log, _no_mean(got)),
                    "Without bias for the right side, the bound that step 6 is about.",
                    got.mean_log,
                ),
                Row(
                    "jensen-gap",
                    r"\log \frac{1}{N} \sum_n w_n - \frac{1}{N} \sum_n \log w_n",
                    "distance between them",
                    words.nats(gap, "no number: one of the two averages is missing"),
                    "Never negative on one set of weights; it estimates how far that bound lies below log p(x).",
                    gap,
                    gap.is_known and not got.is_trusted,
                ),
            ),
        ),
    )


def _histogram(found: Results, drawn: Draws, got: Estimate) -> tuple[Block, ...]:
    own = _of_encoder(found)
    if not got.log_mean.is_known:
        return (Note(f"There are no weights to draw: {words.nothing(got)}."),)
    return (
        Diagram(
            "log-weights",
            "The log-weights and their two averages",
            f"Histogram of {words.count(len(drawn), 'log-weight')} of {found.question.choice.words}. The mean of log w "
            f"is at {words.nats(got.mean_log, _no_mean(got))}, the log of the mean of w at {words.estimated(got)}; the "
            f"gap between them is {words.nats(Term(got.gap.nats, 0.0))}. The trusted log p(x) is "
            f"{words.nats(found.subject.trusted)}.",
            lambda: log_weights(
                drawn.log_w,
                (got.mean_log.nats, got.log_mean.nats),
                None if own is None else (own.mean_log.nats, own.log_mean.nats),
                found.subject.trusted.nats,
            ),
        ),
    )


def _of_encoder(found: Results) -> Estimate | None:
    """The averages before the proposal was moved; None where it was not."""
    if found.question.choice.kind is ProposalKind.ENCODER or not isinstance(found.encoder, Draws):
        return None
    return found.encoder.estimate


def _moved(found: Results, got: Estimate) -> tuple[Block, ...]:
    """Which of the two went with the proposal."""
    own, trusted = _of_encoder(found), found.subject.trusted.nats
    if own is None or trusted is None or own.mean_log.nats is None or got.log_mean.nats is None:
        return ()
    if got.mean_log.nats is None:
        lower = "the mean of the logs is minus without end, as some draws have weight zero"
    else:
        lower = f"the mean of the logs moved by {number(abs(got.mean_log.nats - own.mean_log.nats))} nats"
    # To the next hundredth: no two estimates are equal.
    off = number(math.floor(100 * abs(got.log_mean.nats - trusted) + 1) / 100)
    upper = (
        f"the log of the mean stays within {off} nats of the trusted value"
        if got.is_trusted
        else f"the log of the mean lies {off} nats from the trusted value, and its weights are not to be trusted"
    )
    return (Prose(f"From the encoder's $q(z \\mid x)$ to this proposal: {lower}; {upper}."),)


def _no_mean(got: Estimate) -> str:
    if got.n_zero:
        return f"no number: {words.count(got.n_zero, 'draw')} of weight zero, whose logarithm has no mean"
    return words.nothing(got)
