"""Step 8: three ways to close the gap, each with what it gains for this example."""

from __future__ import annotations

from dataclasses import replace

from explorer.bounds.split import GapParts
from explorer.explain.chapters.parts import estimate_row, noted, trusted_row
from explorer.explain.error import Missing
from explorer.explain.figures.rising import rising_bound
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.estimate import Estimate, carriers, estimate, mean_of
from explorer.explain.terms.iwae_curve import FEWEST_GROUPS, Rising, bound, rising
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
from explorer.explain.typesetting.references import BURDA, CREMER, VEHTARI
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import number


def chapter(found: Results) -> Chapter:
    """More draws, a better q for this x, a better family."""
    return Chapter(
        8,
        "better",
        "What to do about it",
        (
            Prose(
                "**More draws.** Average $K$ weights before taking the logarithm. Each doubling of "
                "$K$ raises the bound, "
                "and in the limit it is $\\log p(x)$."
            ),
            Definitions(defined("K", "k", "LK")),
            Formula(
                r"\mathrm{ELBO} = \mathbb{E}\left[L_1\right] \leq \mathbb{E}\left[L_2\right] \leq \dots \leq "
                r"\mathbb{E}\left[L_K\right] \leq \log p(x), \qquad L_K = \log \frac{1}{K} \sum_{k=1}^{K} w_k",
                "The evidence lower bound is the expectation of L one, which is at most that of L two, and so on up to "
                "that of L K, which is at most log p of x.",
            ),
            *_more_draws(found),
            Prose(
                "**A better $q$ for this $x$.** The encoder answers for all examples at once. The "
                "best Gaussian for this "
                "one alone shows what that haste costs, the amortization gap."
            ),
            Prose(
                "**A better family.** What the best diagonal Gaussian still lacks, correlations may give, and what no "
                "Gaussian reaches is left to mixtures, flows, or a density fitted to the example."
            ),
            Definitions(defined("qstar", "qfull")),
            *_parts(found),
            *_fitted(found),
            Sources((BURDA, CREMER, VEHTARI)),
        ),
    )


def _more_draws(found: Results) -> tuple[Block, ...]:
    drawn = noted(found.encoder)
    if isinstance(drawn, Note):
        return (drawn,)
    got = rising(drawn.log_w)
    if not len(got.k):
        return (
            Note(
                f"The error of the bound is told from the spread of at least {FEWEST_GROUPS} groups of draws, each "
                f"with a weight above zero: {_too_few(drawn)}."
            ),
        )
    elbo, trusted = mean_of(drawn.log_w), found.subject.trusted
    first, last = _at(got, 0), _at(got, -1)
    return (
        Diagram(
            "rising",
            "The bound against the number of draws within it",
            f"The mean of the bound over groups of K draws of q(z|x): it rises from {words.nats(first)} at K = 1 to "
            f"{words.nats(last)} at K = {got.k[-1]:,}; the trusted log p(x) is {words.nats(trusted)}.",
            lambda: rising_bound(got, elbo, trusted),
        ),
        Numbers(
            f"From {words.count(len(drawn), 'draw')} of q(z|x), in groups",
            (
                _bound_row(1, first),
                *_chosen_rows(found, drawn),
                *(() if got.k[-1] in (1, found.question.k) else (_bound_row(int(got.k[-1]), last),)),
            ),
        ),
    )


def _too_few(drawn: Draws) -> str:
    n_zero = int((drawn.log_w == float("-inf")).sum())
    if n_zero:
        return f"{n_zero:,} of {words.count(len(drawn), 'draw')} of q(z|x) have weight zero"
    return f"{words.count(len(drawn), 'draw')} of q(z|x) cannot be parted so"


def _chosen_rows(found: Results, drawn: Draws) -> tuple[Row, ...]:
    """The bound with the K that was asked for, and what it still lacks."""
    k, trusted = found.question.k, found.subject.trusted
    if k == 1:
        return ()
    at = bound(drawn.log_w, k)
    if not at.is_known:
        few = f"no number: {FEWEST_GROUPS} groups of {k:,} draws need N = {FEWEST_GROUPS * k:,}, and no group all zero"
        return (
            Row(
                "bound-K", _bound_latex(k), f"bound with K = {k:,}", few, "Choose a larger N, or a smaller K."
            ),
        )
    lacking = trusted - at
    return (
        replace(_bound_row(k, at), key="bound-K"),
        Row(
            "lacking",
            f"\\log p(x) - {_bound_latex(k)}",
            f"what is left of the gap with K = {k:,}",
            words.nats(lacking),
            "The trusted value less this bound; for K = 1 it is the whole gap.",
            lacking,
        ),
    )


def _bound_row(k: int, at: Term) -> Row:
    return Row(
        f"bound-{k}",
        _bound_latex(k),
        f"bound with {words.count(k, 'draw')}",
        words.nats(at),
        "The ELBO."
        if k == 1
        else f"The mean of the bound over groups of {k:,} draws; below log p(x) in expectation.",
        at,
    )


def _bound_latex(k: int) -> str:
    return f"\\mathbb{{E}}\\left[L_{{{k}}}\\right]"


def _at(got: Rising, i: int) -> Term:
    return Term.of(float(got.nats[i]), float(got.se[i]))


def _parts(found: Results) -> tuple[Block, ...]:
    if found.split is None:
        return (Note("The gap of this example has not been taken apart yet.", is_waiting=True),)
    if isinstance(found.split, Missing):
        return (Note(found.split.reason),)
    return (Numbers("The gap in its parts", _split_rows(found.split)),)


def _split_rows(got: GapParts) -> tuple[Row, ...]:
    rows = (
        (
            "elbo-diagonal",
            r"\mathrm{ELBO}\left[q^{*}\right]",
            "ELBO of the best diagonal Gaussian",
            "The bound with the best Gaussian without correlations for this x.",
        ),
        (
            "elbo-full",
            r"\mathrm{ELBO}\left[q_{\mathrm{full}}\right]",
            "ELBO of the best Gaussian",
            "The bound with the best Gaussian for this x, correlations and all.",
        ),
        (
            "amortization",
            r"\mathrm{ELBO}\left[q^{*}\right] - \mathrm{ELBO}\left[q\right]",
            "amortization gap",
            "What the encoder could gain without a new family.",
        ),
        (
            "mean-field",
            r"\mathrm{ELBO}\left[q_{\mathrm{full}}\right] - \mathrm{ELBO}\left[q^{*}\right]",
            "mean-field gap",
            "What correlations between latent dimensions would gain.",
        ),
        (
            "residual",
            r"\log p(x) - \mathrm{ELBO}\left[q_{\mathrm{full}}\right]",
            "residual gap",
            "What no Gaussian reaches: skewness, bends and further modes.",
        ),
    )
    return tuple(_split_row(got, *row) for row in rows)


def _split_row(got: GapParts, key: str, symbol: str, name: str, meaning: str) -> Row:
    column = key.replace("-", "_")
    term = Term.of(float(getattr(got, f"{column}_nats")[0]), float(getattr(got, f"{column}_se")[0]))
    return Row(key, symbol, name, words.nats(term), meaning, term)


def _fitted(found: Results) -> tuple[Block, ...]:
    own = noted(found.own)
    if isinstance(own, Note):
        return (own, *_as_proposal(found))
    return (
        Prose(
            f"{_closed(found, own)} Fitting a density to each example is too dear for training; the trusted "
            "estimates of this explorer are made that way."
        ),
        Numbers(
            f"With {words.count(own.n, 'draw')} of a density fitted to this x",
            (
                estimate_row(
                    "fitted",
                    r"L_N",
                    "estimate from the fitted density",
                    own,
                    "Our own estimate on this page: other draws than the atlas's.",
                ),
                trusted_row(found),
            ),
        ),
        *_as_proposal(found),
    )


def _as_proposal(found: Results) -> tuple[Block, ...]:
    """The fitted density in the place of q, where a reader has chosen it."""
    if found.question.choice.kind is not ProposalKind.FITTED:
        return ()
    drawn, before, trusted = noted(found.chosen), noted(found.encoder), found.subject.trusted
    if isinstance(drawn, Note):
        return (drawn,)
    title = f"{words.count(len(drawn), 'draw')} of the fitted density in the place of q"
    return (Numbers(title, _beside_q(drawn, before, trusted)),)


def _beside_q(drawn: Draws, before: Draws | Note, trusted: Term) -> tuple[Row, ...]:
    """What the fitted density gives, with what the encoder's q gave."""
    fit = drawn.estimate.mean_log
    own = Term() if isinstance(before, Note) else before.estimate.mean_log
    carried = "no number" if isinstance(before, Note) else words.carried(carriers(before.log_w), len(before))
    return (
        Row(
            "fit-elbo",
            r"\frac{1}{N} \sum_n \log w_n",
            "its bound",
            words.nats(fit),
            f"With the encoder's q: {words.nats(own)}.",
            fit,
        ),
        Row(
            "fit-gap",
            r"\log p(x) - \frac{1}{N} \sum_n \log w_n",
            "its gap",
            words.nats(trusted - fit),
            f"With the encoder's q: {words.nats(trusted - own)}.",
            trusted - fit,
        ),
        Row(
            "fit-carriers",
            r"N",
            "what carries the sum",
            words.carried(carriers(drawn.log_w), len(drawn)),
            f"With the encoder's q: {carried}.",
        ),
    )


def _closed(found: Results, own: Estimate) -> str:
    if not own.log_mean.is_known:
        return f"From the fitted density there is {words.nothing(own)}."
    if not own.is_trusted or own.log_mean.se is None:
        return "The fitted density misses a part of this posterior: the tail of its weights is too heavy for an error."
    error = number(own.log_mean.se, words.decimals(own.log_mean.se))
    said = f"{words.count(own.n, 'draw')} of a density fitted to this x give log p(x) to within {error} nats"
    if isinstance(found.encoder, Draws) and not estimate(found.encoder.log_w[: own.n]).is_trusted:
        return f"{said}, where as many of $q(z \\mid x)$ cannot even tell their error."
    return f"{said}."
