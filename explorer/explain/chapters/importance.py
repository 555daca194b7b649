"""Step 3: the same integral, drawn from where the integrand is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from explorer.explain.chapters.parts import (
    carriers_row,
    drawn_on_plane,
    estimate_row,
    noted,
    off_by,
    trusted_row,
)
from explorer.explain.figures.running import Line, estimates
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import Estimate, carriers
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
from explorer.explain.typesetting.references import BURDA, REZENDE, VEHTARI
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import number

# The naive estimate wanders over so many times the other's range: on its axis the other is a flat line.
MUCH_WIDER = 8.0
_FIT = "A density fitted to this x cures that better than more draws do."
_ADVICE: Mapping[ProposalKind, str] = {
    ProposalKind.ENCODER: _FIT,
    ProposalKind.NARROWER: (
        "A narrower density hardly ever draws where its flanks should be: that is what is missing here."
    ),
    ProposalKind.WIDER: _FIT,
    ProposalKind.SHIFTED: "A density that lies beside the integrand hardly ever draws where it is largest.",
    ProposalKind.PRIOR: "The prior hardly ever draws where the integrand is.",
    ProposalKind.FITTED: "The fit misses a part of the posterior; more draws help, slowly.",
}


def chapter(found: Results) -> Chapter:
    """The weights, and their mean beside the naive one."""
    drawn = noted(found.chosen)
    return Chapter(
        3,
        "importance",
        "Importance sampling",
        (
            Prose(
                "The encoder's $q(z \\mid x)$ lies where this example's codes are. Draw from it instead of "
                "the prior, and divide by its density so that nothing is counted twice: multiplying and dividing by "
                "$q$ changes the sum but not the integral. Any $q$ will do that is positive wherever "
                "the integrand is; a good one makes all weights nearly equal."
            ),
            Definitions(defined("wn", "LN", "khat")),
            Formula(
                r"p(x) = \mathbb{E}_{z \sim q}\left[\frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right] "
                r"\approx \frac{1}{N} \sum_{n=1}^{N} w_n, \qquad "
                r"w_n = \frac{p(x \mid z_n)\,p(z_n)}{q(z_n \mid x)}",
                "p of x is the expectation, over z drawn from q, of p of x given z times p of z over q of z given x, "
                "which is about the mean of N weights w n.",
            ),
            *((drawn,) if isinstance(drawn, Note) else _drawn(found, drawn)),
            Sources((REZENDE, BURDA, VEHTARI)),
        ),
    )


def _drawn(found: Results, drawn: Draws) -> tuple[Block, ...]:
    got, proposal = drawn.estimate, found.question.choice.words
    return (
        Prose(_sentences(found, drawn, got)),
        *_running(found, drawn, got),
        *drawn_on_plane("chosen-draws", found, drawn, proposal),
        Numbers(
            f"After {words.count(len(drawn), 'draw')} of {proposal}",
            (
                estimate_row(
                    "importance",
                    r"L_N = \log \frac{1}{N} \sum_n w_n",
                    "importance-sampled estimate",
                    got,
                    "The logarithm of the mean weight: below log p(x) in expectation, and rising to it with N.",
                ),
                trusted_row(found),
                carriers_row("importance-carriers", drawn),
                *_weights(got),
            ),
        ),
    )


def _weights(got: Estimate) -> tuple[Row, ...]:
    """What the weights say of themselves."""
    ess = "no number" if got.ess is None else f"{number(got.ess, 1)} of {words.count(got.n, 'draw')}"
    return (
        Row(
            "ess",
            r"\frac{(\sum_n w_n)^2}{\sum_n w_n^2}",
            "effective sample size",
            ess,
            "How many equally weighted draws these are worth.",
        ),
        Row(
            "pareto",
            r"\hat{k}",
            "tail of the weights",
            _shape(got),
            "Shape of the weights' right tail: below 0.5 their variance is finite; above 0.7, with few draws already "
            "below it, the estimate cannot be trusted.",
        ),
    )


def _running(found: Results, drawn: Draws, got: Estimate) -> tuple[Block, ...]:
    lines = [Line("importance-sampled", drawn.running)]
    if isinstance(found.naive, Draws):
        lines.insert(0, Line("naive, draws of p(z)", found.naive.running, is_naive=True))
    shown = [line for line in lines if not line.running.is_empty]
    if not shown:
        return ()
    trusted = found.subject.trusted
    is_hidden = len(shown) > 1 and _spread(shown[0]) > MUCH_WIDER * _spread(shown[1])
    return (
        Diagram(
            "running-both",
            "Both estimates while draws come in",
            f"The naive and the importance-sampled estimate of log p(x) against the number of draws, up to "
            f"{len(drawn):,}: the importance-sampled one ends at {words.estimated(got)}; the trusted value is "
            f"{words.nats(trusted)}.",
            lambda: estimates(shown, trusted),
        ),
        *((_by_itself(shown[1], trusted, got),) if is_hidden else ()),
    )


def _spread(line: Line) -> float:
    """From the lowest to the highest estimate on the way, nats."""
    values = line.running.log_mean[np.isfinite(line.running.log_mean)]
    return float(np.ptp(values))


def _by_itself(line: Line, trusted: Term, got: Estimate) -> Diagram:
    return Diagram(
        "running-importance",
        "The importance-sampled estimate by itself",
        f"The same estimate on an axis of its own: it ends at {words.estimated(got)}; the trusted value is "
        f"{words.nats(trusted)}.",
        lambda: estimates([line], trusted),
    )


def _sentences(found: Results, drawn: Draws, got: Estimate) -> str:
    said = f"Here the draws are of {found.question.choice.words}; {words.carried(carriers(drawn.log_w), len(drawn))}."
    if got.n == 1:
        return f"{said} From a single draw no error can be told."
    if not got.log_mean.is_known:
        return f"{said} There is {words.nothing(got)}."
    if got.is_trusted:
        return f"{said} The weights' tail is light enough for the error to be believed."
    if got.pareto_k is None:
        return f"{said} These are too few draws to tell how heavy the weights' tail is: no error is given."
    return (
        f"{said} The weights' tail is too heavy for so many draws: weights that have not been drawn yet may decide the "
        "sum, so that the estimate is in expectation too low, and no error computed from these draws could be "
        f"believed. {off_by(got, found)} {_ADVICE[found.question.choice.kind]}"
    )


def _shape(got: Estimate) -> str:
    if got.is_flat:
        return "no tail: all weights are nearly equal"
    return "no number: too few draws for a tail" if got.pareto_k is None else number(got.pareto_k)
