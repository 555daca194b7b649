"""Step 7: what lies between log p(x) and the bound, exactly, and the same seen from both sides."""

from __future__ import annotations

from explorer.bounds.density import PlaneDensity
from explorer.explain.chapters.parts import noted
from explorer.explain.figures.densities import SHARES, picture
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.elbo import Rate
from explorer.explain.terms.estimate import Estimate
from explorer.explain.terms.identity import FEWEST, Identity, identity
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
from explorer.explain.typesetting.references import CREMER, KINGMA
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import number

LINES = (
    (
        r"\log p(x) = \int q(z \mid x)\,\log p(x)\,\mathrm{d}z",
        "log p of x is the integral of q times log p of x.",
        "log p(x) does not depend on z: it is its own average under q.",
    ),
    (
        r"= \int q(z \mid x)\,\log \frac{p(x, z)}{p(z \mid x)}\,\mathrm{d}z",
        "It is the integral of q times the logarithm of the joint density over the posterior.",
        "Bayes' rule: p(x) is the joint density over the posterior, at every z.",
    ),
    (
        r"= \int q(z \mid x)\,\log \frac{p(x, z)}{q(z \mid x)}\,\mathrm{d}z "
        r"+ \int q(z \mid x)\,\log \frac{q(z \mid x)}{p(z \mid x)}\,\mathrm{d}z",
        "It is the integral of q times the logarithm of the joint density over q, plus the integral of q times the "
        "logarithm of q over the posterior.",
        "Multiply and divide by q within the logarithm, which falls apart into two.",
    ),
    (
        r"= \mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL}\left[q(z \mid x)\,\|\,p(z)\right] "
        r"+ \mathrm{KL}\left[q(z \mid x)\,\|\,p(z \mid x)\right]",
        "It is the expectation of log p of x given z, less the divergence of q from the prior, plus the divergence of "
        "q from the posterior.",
        "The first integral is the bound of step 6, the other one the divergence of q from the posterior.",
    ),
)

# The terms below line 1: key, LaTeX, name, field of `Identity`, and what it is.
TERMS = (
    (
        "log-joint",
        r"\mathbb{E}_q\left[\log p(x, z)\right]",
        "line 2, first part",
        "log_joint",
        "The mean of log p(x|z) + log p(z) over the first half of the draws.",
    ),
    (
        "log-posterior",
        r"\mathbb{E}_q\left[\log p(z \mid x)\right]",
        "line 2, second part",
        "log_posterior",
        "The same less the normaliser, our own estimate of log p(x).",
    ),
    (
        "line-2",
        r"\mathbb{E}_q\left[\log \frac{p(x, z)}{p(z \mid x)}\right]",
        "line 2",
        "line_2",
        "The first less the second: what varies from draw to draw cancels, and the normaliser stays.",
    ),
    (
        "line-3-elbo",
        r"\mathbb{E}_q\left[\log \frac{p(x, z)}{q(z \mid x)}\right]",
        "line 3, first part",
        "elbo",
        "The evidence lower bound over the second half of the draws.",
    ),
    (
        "kl",
        r"\mathrm{KL}\left[q(z \mid x)\,\|\,p(z \mid x)\right]",
        "line 3, second part",
        "kl",
        (
            "The divergence from the posterior, which is the gap: the mean of log q(z|x) less log p(z|x) over "
            "the first half."
        ),
    ),
    ("line-3", r"\mathrm{ELBO} + \mathrm{KL}", "line 3", "line_3", "The bound plus the divergence."),
    (
        "line-4",
        r"\mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL} + \mathrm{KL}",
        "line 4",
        "line_4",
        "Reconstruction less rate, plus the divergence from the posterior.",
    ),
)
# Errors of a difference beyond which a reader may wonder.
RARE = 3.0


def chapter(found: Results) -> Chapter:
    """The derivation in four lines, each with its number, the equation, and the two densities."""
    return Chapter(
        7,
        "difference",
        "The exact difference",
        (
            Prose(
                "What is lost between $\\log p(x)$ and the bound is not a nuisance but a quantity with a name: how far "
                "the encoder's $q$ is from the posterior. Four lines show it. Every integral in them "
                "is an average over "
                "draws of $q$, so each can be estimated."
            ),
            Definitions(defined("posterior", "joint")),
            *(Formula(*line) for line in LINES),
            *_equation(found),
            *_densities(found),
            Sources((KINGMA, CREMER)),
        ),
    )


def _equation(found: Results) -> tuple[Block, ...]:
    parts = noted(found.encoder), noted(found.rate), noted(found.own)
    for part in parts:
        if isinstance(part, Note):
            return (part,)
    drawn, rate, own = parts
    assert isinstance(drawn, Draws), "not a note"
    assert isinstance(rate, Rate), "not a note"
    assert isinstance(own, Estimate), "not a note"
    if len(drawn) < FEWEST:
        return (
            Note(
                f"{words.count(len(drawn), 'draw')} cannot be split into two halves with an error each: at least "
                f"{FEWEST} are needed for the two sides of the equation."
            ),
        )
    got = identity(found.subject.trusted, own, drawn, rate)
    if got is None:
        return (
            Note("A weight is zero or could not be computed, so that the divergence has no finite estimate."),
        )
    return (*_derivation(got), *_doubt(own, got), *_sides(found, got))


def _doubt(own: Estimate, got: Identity) -> tuple[Block, ...]:
    if own.is_trusted:
        apart = got.log_px - got.line_2
        if apart.nats is None or not apart.se or abs(apart.nats) < RARE * apart.se:
            return ()
        return (
            Note(
                f"Lines 1 and 2 are two estimates of log p(x) from different draws; here they lie "
                f"{number(abs(apart.nats) / apart.se, 1)} errors of their difference apart, which chance does to some "
                "three of a thousand examples."
            ),
        )
    return (
        Note(
            "Our own estimate of log p(x) is not to be trusted for this example: the lines may differ by more than "
            "their errors say."
        ),
    )


def _derivation(got: Identity) -> tuple[Block, ...]:
    source = "the atlas's estimate" if got.is_stored else "our own estimate, as the atlas has none"
    return (
        Prose(
            "The draws of $q$ are parted into two halves, and the posterior is normalised by an "
            "estimate of $p(x)$ from "
            "yet other draws: nothing in the second half comes from the first, so the lines agree because the algebra "
            "is right, not because they share their luck."
        ),
        Numbers(
            "The four lines",
            (
                _row("line-1", r"\log p(x)", "line 1", got.log_px, f"log p(x), {source}."),
                *(
                    _row(key, symbol, name, getattr(got, field), meaning)
                    for key, symbol, name, field, meaning in TERMS
                ),
            ),
        ),
    )


def _sides(found: Results, got: Identity) -> tuple[Block, ...]:
    return (
        Formula(
            r"\log p(x) - \mathrm{KL}\left[q(z \mid x)\,\|\,p(z \mid x)\right] = "
            r"\mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL}\left[q(z \mid x)\,\|\,p(z)\right]",
            "log p of x less the divergence from the posterior equals the reconstruction less the divergence from the "
            "prior.",
        ),
        Prose(_sum(got)),
        Numbers("Both sides of the equation", _both(got)),
        *_from_grid(found, got),
    )


def _both(got: Identity) -> tuple[Row, ...]:
    return (
        _row(
            "left",
            r"\log p(x) - \mathrm{KL}\left[q\,\|\,p(z \mid x)\right]",
            "left side",
            got.left,
            "log p(x) less the divergence from the posterior.",
        ),
        _row(
            "right",
            r"\mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL}\left[q\,\|\,p(z)\right]",
            "right side",
            got.right,
            "Reconstruction less rate, over the second half of the draws.",
        ),
        _row(
            "sides-difference",
            r"\mathrm{left} - \mathrm{right}",
            "left less right",
            got.difference,
            "Zero up to its error; the two sides share no draw.",
        ),
    )


def _sum(got: Identity) -> str:
    # The sums are of the numbers as they are printed, so that a reader who adds finds the same.
    log_px, kl, reconstruction, rate = (
        round(term.nats or 0.0, 2) for term in (got.log_px, got.kl, got.reconstruction, got.rate)
    )
    return (
        f"For this example the left side is {number(log_px)} {_less(kl)} = {number(log_px - kl)} nats, the right side "
        f"{number(reconstruction)} {_less(rate)} = {number(reconstruction - rate)} nats."
    )


def _less(value: float) -> str:
    """Minus a value, which may be negative by its error."""
    return f"− {number(value)}" if value >= 0 else f"+ {number(-value)}"


def _from_grid(found: Results, got: Identity) -> tuple[Block, ...]:
    density = found.density
    if not isinstance(density, PlaneDensity) or density.exact is None:
        return ()
    exact = density.exact
    log_px, kl = Term.of(exact.log_px_nats, exact.log_px_error), Term.of(exact.kl_nats, exact.kl_error)
    divergence = r"\mathrm{KL}\left[q(z \mid x)\,\|\,p(z \mid x)\right]"
    return (
        Numbers(
            "The same without any draw, from a grid of codes, beside the weights",
            (
                _row("grid-kl", divergence, "from the grid", kl, "By quadrature over all of latent space."),
                _row("weights-kl", divergence, "from the weights", got.kl, "The second part of line 3."),
                _row(
                    "grid-log-px",
                    r"\log p(x)",
                    "from the grid",
                    log_px,
                    "The integrand summed over the grid; its error by half the resolution.",
                ),
                _row("weights-log-px", r"\log p(x)", "from weights", got.log_px, "Line 1."),
            ),
        ),
    )


def _densities(found: Results) -> tuple[Block, ...]:
    density, ground = noted(found.density), found.subject.ground
    if isinstance(density, Note):
        return (density,)
    assert ground is not None, "a density has a plane"
    what = (
        "exact, from a grid over all of latent space"
        if density.is_exact
        else f"a marginal on {ground.name}, estimated from {len(density.weights):,} weighted draws worth "
        f"{number(density.ess, 0)}; latent space has {found.subject.model.latent_dim} dimensions"
    )
    shares = ", ".join(words.share(share) for share in SHARES)
    return (
        Diagram(
            "densities",
            f"q(z|x) and p(z|x) on {ground.name}",
            f"The posterior p(z|x), filled, and the encoder's q(z|x), dashed: {what}. Contours hold {shares} of the "
            "mass of each.",
            lambda: picture(density, ground.titles),
        ),
    )


def _row(key: str, symbol: str, name: str, term: Term, meaning: str) -> Row:
    return Row(key, symbol, name, words.nats(term), meaning, term)
