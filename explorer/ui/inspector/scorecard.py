"""The figures of one example as a table, how far to trust them, and what is certain whatever was drawn. Pure: HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from explorer.bounds import Reliability, rungs
from explorer.bounds.decisions import Reason
from explorer.bounds.intervals import LEVEL
from explorer.show.numbers import UNKNOWN_ERROR, Units, number
from explorer.ui.example import trust
from explorer.ui.example.stored_score import SURE, Score

MEANINGS: Mapping[str, str] = {
    "ELBO": "E_q[log p(x|z) p(z)/q(z|x)], averaged over draws of the encoder's q: a lower bound on log p(x).",
    "log p(x)": "Importance-sampled from a proposal that fits this example, by draws that did not choose it.",
    "interval": f"Holds log p(x) in {LEVEL:.0%} of cases: the tail of the weights and their skewness are allowed for.",
    "gap": "log p(x) minus ELBO = KL(q(z|x) || p(z|x)). The two come from independent draws, so that the gap of a "
    "tight bound may come out below zero by its error.",
    "rate": "KL(q(z|x) || p(z)): nats that the code spends on this example.",
    "distortion": "minus E_q[log p(x|z)]: nats left to describe the example given its code.",
    "papers": "log (1/K) sum w with K draws of the encoder's q, as papers report it: a lower bound in expectation.",
}
_BEFORE: Mapping[str, str] = {
    rungs.ADAPTED.stage: "The fit before it",
    rungs.ANNEALED.stage: "The adapted Gaussian",
}
# What the subject of each did, in the past tense: with a proposal before it, a sentence.
_REASONS: Mapping[str, str] = {
    Reason.NONE: "would not do",
    Reason.MODES: "covers one mode where the search found several",
    Reason.TAIL: "had too heavy a tail",
    Reason.DRAWS: "would have needed too many draws",
    Reason.MISSED: "missed what other draws found",
    Reason.NOT_FINITE: "gave weights that are not finite",
}
_VERDICTS: Mapping[Reliability, str] = {
    Reliability.GOOD: "Trusted",
    Reliability.USABLE: "Usable: the error may be too small",
    Reliability.UNRELIABLE: "Not trusted: log p(x) is probably higher",
}


def html(score: Score, units: Units, uncalibrated: str = "") -> str:
    """All of it.

    Args:
        score: of the example.
        units: in which it is told.
        uncalibrated: why no verdict is to be believed yet, a sentence; empty where one is.
    """
    return (
        f"<p class='lx-caption lx-unit'>{units.name}, ± one standard error</p>"
        f"{_table(score, units)}{_bound_bar(score, units)}{_verdict(score, uncalibrated)}{_certain(score, units)}"
    )


def _table(score: Score, units: Units) -> str:
    doubtful = "lx-doubtful" if score.verdict is Reliability.UNRELIABLE and not score.is_pending else ""
    rows = [
        _row("ELBO", "ELBO", units.text(score.elbo_nats, score.elbo_se)),
        _row("log p(x)", "log-p", _doubted(score, units.text(score.log_px_nats, score.log_px_se)), doubtful),
        _row(
            "interval", "interval", _interval(score, units), f"lx-minor {doubtful}", f"{LEVEL:.0%} interval"
        ),
        _row(
            "gap", "gap", _doubted(score, units.text(score.gap_nats, score.gap_se)), f"lx-strong {doubtful}"
        ),
        _row("rate", "rate", units.text(score.kl_nats)),
        _row("distortion", "distortion", units.text(score.distortion_nats, score.distortion_se)),
        _row(
            "papers",
            "papers",
            _reasoned(score, _papers(score, units)),
            "lx-apart",
            "log p(x), papers' protocol",
        ),
        _row(
            "papers",
            "shortfall",
            _reasoned(score, _shortfall(score, units)),
            "lx-minor",
            f"{score.encoder_n_samples:,} draws of q",
        ),
    ]
    # Before any draws there is nothing to compare.
    rows = rows if score.encoder_n_samples else rows[:-1]
    return f"<table class='lx-figures'>{''.join(rows)}</table>"


def _row(meaning: str, test_id: str, text: str, kind: str = "", title: str | None = None) -> str:
    name = escape(title or meaning)
    return (
        f"<tr class='{kind}'><th scope='row' title='{escape(MEANINGS[meaning])}'>{name}</th>"
        f"<td data-testid='figure-{test_id}'>{text}</td></tr>"
    )


def _doubted(score: Score, text: str) -> str:
    """A number, behind a hollow dot where it is not trusted."""
    if score.verdict is not Reliability.UNRELIABLE or score.is_pending:
        return text
    return f"<span class='lx-mark' title='not trusted'>{trust.SIGNS[score.verdict]}</span>{text}"


def _reasoned(score: Score, text: str) -> str:
    """A figure of the papers' protocol, with the reason where its error is not known."""
    if math.isfinite(score.encoder_log_px_se) or not math.isfinite(score.encoder_log_px_nats):
        return text
    why = f"{_of_q(score)}: too few of the draws carry the sum to tell how far it is off"
    return f"<span title='{escape(why)}'>{text}</span>"


def _interval(score: Score, units: Units) -> str:
    if math.isnan(score.log_px_low_nats):
        return "–" if math.isnan(score.log_px_nats) else "not known"
    return f"{units.text(score.log_px_low_nats)} to {units.text(score.log_px_high_nats)}"


def _papers(score: Score, units: Units) -> str:
    return units.text(score.encoder_log_px_nats, score.encoder_log_px_se)


def _shortfall(score: Score, units: Units) -> str:
    """How far the papers' protocol is from log p(x), in words."""
    if math.isnan(score.shortfall_nats):
        return "–"
    side = "below" if score.shortfall_nats >= 0 else "above"
    missed = abs(score.shortfall_nats)
    if not math.isfinite(score.shortfall_se):
        return f"{units.text(missed)} {side} log p(x), {UNKNOWN_ERROR}"
    return f"{units.text(missed, score.shortfall_se)} {side} log p(x)"


def _bound_bar(score: Score, units: Units) -> str:
    """ELBO and log p(x) as the ends of the gap, the papers' protocol where it falls between them; nothing before both
    are there."""
    if score.is_pending:
        return ""
    hollow = " lx-hollow" if score.verdict is Reliability.UNRELIABLE else ""
    return (
        "<div class='lx-bound' role='img' aria-label='the gap lies between the ELBO and log p(x)'>"
        f"<span>ELBO</span><i class='lx-end'></i><i class='lx-gap'>{_tick(score, units)}</i>"
        f"<i class='lx-end{hollow}'></i><span>log p(x)</span></div>"
    )


def _tick(score: Score, units: Units) -> str:
    share = (score.encoder_log_px_nats - score.elbo_nats) / score.gap_nats if score.gap_nats > 0 else math.nan
    if not math.isfinite(share):
        return ""
    title = f"papers' protocol, {_papers(score, units)} {units.name}"
    return f"<b style='left:{100 * min(max(share, 0), 1):.1f}%' title='{escape(title)}'></b>"


def _verdict(score: Score, uncalibrated: str) -> str:
    if score.is_pending:
        return (
            "<div class='lx-verdict' data-testid='verdict'><span class='lx-dot lx-none'></span>"
            "<p>Not scored yet<small>The ELBO comes first, log p(x) and the gap after it</small></p></div>"
        )
    rung = rungs.rung_of(score.proposal)
    counts = "draws" if rung is None else rung.counts
    draws = f"{score.n_samples:,} {counts} of {escape(rungs.title(score.proposal))}"
    figures = f"{draws} · {_weights(score.pareto_k, score.ess, score.n_samples, ' · ')}"
    word, dot, kind = _VERDICTS[score.verdict], trust.dot(score.verdict), str(score.verdict)
    if uncalibrated and score.verdict is not Reliability.UNRELIABLE:
        word, dot, kind = "Without a warning", "<span class='lx-dot lx-none'></span>", "none"
    said = f"<small data-testid='uncalibrated'>{escape(uncalibrated)}</small>" if uncalibrated else ""
    return (
        f"<div class='lx-verdict lx-verdict-{kind}' data-testid='verdict'>{dot}"
        f"<p>{word}{said}<small>{figures}</small><small>{_why(score)}</small></p></div>"
    )


def _weights(k: float, ess: float, n: int, between: str) -> str:
    """What the weights say of themselves; a line never breaks inside a figure."""
    shape, size = f"k̂ {number(k)}", f"ESS {number(ess, 1)} of {n:,}"
    return between.join(text.replace(" ", "\N{NO-BREAK SPACE}") for text in (shape, size))


def _why(score: Score) -> str:
    """Why the encoder's q would or would not do."""
    of_q = _of_q(score)
    reason = _REASONS.get(score.reason, f"would not do ({escape(score.reason)})")
    if score.proposal == rungs.ENCODER.stage:
        if not score.reason:
            return f"The encoder's q fits this example: {of_q} in the run that decided."
        return f"The encoder's q {reason}: {of_q}. There was no other proposal to try."
    if score.proposal == rungs.LAPLACE.stage or score.reason == Reason.MODES:
        return f"The encoder's q {reason}: {of_q}."
    before = _BEFORE.get(score.proposal, "The proposal before")
    return f"{before} {reason}. The encoder's q: {of_q}."


def _of_q(score: Score) -> str:
    return _weights(score.encoder_pareto_k, score.encoder_ess, score.encoder_n_samples, ", ")


def _certain(score: Score, units: Units) -> str:
    """What Markov's inequality gives, which no proposal can spoil."""
    if math.isnan(score.surely_above_nats):
        return ""
    return (
        f"<p class='lx-caption' data-testid='certain' title='Markov: the mean weight exceeds p(x)/δ with "
        f"probability below δ'>log p(x) &gt; {units.text(score.surely_above_nats)} with {SURE:.0%} probability, "
        "whatever the proposal</p>"
    )
