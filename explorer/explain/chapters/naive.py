"""Step 2: the average over draws of the prior, which is right, and useless where the needle is thin."""

from __future__ import annotations

import math
from dataclasses import replace

from explorer.explain.chapters.parts import (
    carriers_row,
    drawn_on_plane,
    estimate_row,
    noted,
    off_by,
    trusted_row,
)
from explorer.explain.error import Missing
from explorer.explain.figures.running import Line, estimates
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import Carriers, Estimate, carriers
from explorer.explain.terms.results import Results
from explorer.explain.terms.running_estimate import line as line_of
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
from explorer.explain.typesetting.references import DOERSCH, VEHTARI
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import number

NAME = "naive, draws of p(z)"
# Draws that share most of a sum: fewer of them are luck.
SEVERAL = 20
MEANING = (
    "The logarithm of the mean of p(x|z) over draws of the prior. The mean is right on average; its logarithm is below "
    "log p(x) in expectation."
)


def chapter(found: Results) -> Chapter:
    """The estimate, what it hangs on, and how far it is off."""
    drawn = noted(found.naive)
    return Chapter(
        2,
        "naive",
        "The naive estimate",
        (
            Prose(
                "An average can be estimated by a sample: draw codes from the prior, ask the decoder for the "
                "probability of this example at each, and average. Nothing about it is wrong. Its mean is $p(x)$ "
                "whatever the number of draws."
            ),
            Definitions(defined("N", "n", "zn")),
            Formula(
                r"p(x) \approx \frac{1}{N} \sum_{n=1}^{N} p(x \mid z_n), \qquad z_n \sim p(z)",
                "p of x is about one over N times the sum of p of x given z n, with each z n drawn from the prior.",
            ),
            *((drawn,) if isinstance(drawn, Note) else _drawn(found, drawn)),
            *_two_models(found),
            Sources((DOERSCH, VEHTARI)),
        ),
    )


def _two_models(found: Results) -> tuple[Block, ...]:
    """The same estimate where latent space is small and where it is large."""
    other = found.beside
    if other is None or not isinstance(found.naive, Draws) or not isinstance(other.naive, Draws):
        return ()
    n = min(len(found.naive), len(other.naive))
    both = sorted((found, other), key=lambda of: of.subject.model.latent_dim)
    drawn = [one.naive.first(n) for one in both if isinstance(one.naive, Draws)]
    trusted = [one.subject.trusted for one in both]
    names = [words.count(one.subject.model.latent_dim, "latent dimension") for one in both]
    table = Numbers(
        f"The same for two models, with {words.count(n, 'draw')} each",
        tuple(row for one, d in zip(both, drawn, strict=True) for row in _compared(one, d)),
    )
    lines = [line_of(d.log_w) for d in drawn]
    if any(each.is_empty for each in lines) or any(t.nats is None for t in trusted):
        return (table,)
    off = [
        replace(each, log_mean=each.log_mean - (t.nats or 0.0))
        for each, t in zip(lines, trusted, strict=True)
    ]
    return (
        Diagram(
            "running-two-models",
            "How far the naive estimate is from the trusted value, for two models",
            f"The naive estimate less the trusted log p(x), against the number of draws up to {n:,}: with "
            + "; with ".join(
                f"{name} it ends {number(float(each.log_mean[-1]))} nats from it"
                for name, each in zip(names, off, strict=True)
            )
            + ".",
            lambda: estimates(
                [Line(names[0], off[0]), Line(names[1], off[1], is_naive=True)], Term(0.0, 0.0)
            ),
        ),
        table,
    )


def _compared(found: Results, drawn: Draws) -> tuple[Row, Row]:
    d, got, trusted = found.subject.model.latent_dim, drawn.estimate, found.subject.trusted
    return (
        estimate_row(
            f"naive-{d}",
            r"\log \frac{1}{N} \sum_n p(x \mid z_n)",
            f"naive, {words.count(d, 'latent dimension')}",
            got,
            f"Here {words.carried(carriers(drawn.log_w), len(drawn))}. {off_by(got, found)}".strip(),
        ),
        Row(
            f"trusted-{d}",
            r"\log p(x)",
            f"trusted, {found.subject.name}",
            words.nats(trusted),
            f"Of example {found.subject.example_id}, worked out beforehand.",
            trusted,
        ),
    )


def _drawn(found: Results, drawn: Draws) -> tuple[Block, ...]:
    got = drawn.estimate
    return (
        Prose(_sentences(found, drawn, got)),
        *_running(found, drawn, got),
        *drawn_on_plane("prior-draws", found, drawn, "the prior"),
        Numbers(
            f"After {words.count(len(drawn), 'draw')} of the prior",
            (
                estimate_row(
                    "naive", r"\log \frac{1}{N} \sum_n p(x \mid z_n)", "naive estimate", got, MEANING
                ),
                trusted_row(found),
                carriers_row("naive-carriers", drawn),
            ),
        ),
    )


def _running(found: Results, drawn: Draws, got: Estimate) -> tuple[Block, ...]:
    trusted, line = found.subject.trusted, drawn.running
    if line.is_empty:
        return ()
    return (
        Diagram(
            "running-naive",
            "The naive estimate while draws come in",
            f"The naive estimate of log p(x) against the number of draws, up to {len(drawn):,}: it ends at "
            f"{words.estimated(got)}; the trusted value is {words.nats(trusted)}.",
            lambda: estimates([Line(NAME, line, is_naive=True)], trusted),
        ),
    )


def _sentences(found: Results, drawn: Draws, got: Estimate) -> str:
    carried = carriers(drawn.log_w)
    said = words.carried(carried, len(drawn))
    return f"For this example, {said}. {_judgement(got, carried)} {off_by(got, found)} {_odds(found)}".strip()


def _judgement(got: Estimate, carried: Carriers | None) -> str:
    if got.n == 1:
        return "From a single draw no error can be told."
    if not got.log_mean.is_known:
        return "There is nothing to average."
    if got.is_trusted:
        return "Many draws share the sum, so the estimate and its error mean what they say."
    if carried is not None and carried.n >= SEVERAL:
        return (
            "Enough draws share the sum for it to be about right; too few for an error that could be believed, so none "
            "is given."
        )
    return (
        "So few draws decide that the sum hangs on luck, and an error computed from them would hang on the same luck: "
        "none is given."
    )


def _odds(found: Results) -> str:
    """How seldom the prior hits the needle, by the rate."""
    rate = found.rate
    if rate is None or isinstance(rate, Missing) or rate.total.nats is None or rate.total.nats < math.log(2):
        return ""
    nats = rate.total.nats
    return (
        f"The encoder spends {number(nats)} nats on where this example's codes lie, so a draw of the prior lands among "
        f"them about once in $e^{{{nats:.1f}}} \\approx {words.power(nats)}$ tries."
    )
