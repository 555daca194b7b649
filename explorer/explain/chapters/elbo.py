"""Step 6: the evidence lower bound in both its forms, and what its two parts mean for this image."""

from __future__ import annotations

import math

import numpy as np

from explorer.explain.chapters.parts import noted
from explorer.explain.figures.rate import by_dimension
from explorer.explain.terms.draws import Draws
from explorer.explain.terms.elbo import Elbo, Rate, elbo
from explorer.explain.terms.results import Results
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
from explorer.explain.typesetting.references import KINGMA, REZENDE
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import latent_name, number

# A dimension that spends less says next to nothing of x.
SILENT_NATS = 0.01


def chapter(found: Results) -> Chapter:
    """Both forms, term by term."""
    drawn, rate = noted(found.encoder), noted(found.rate)
    return Chapter(
        6,
        "elbo",
        "The evidence lower bound",
        (
            Prose(
                "The mean of $\\log w$ under the encoder's $q$ is what training maximises. It can be written in two "
                "ways, and both are the same number. In the second the first term asks how well the decoder "
                "describes $x$ from codes that $q$ gives it, and the other one what it costs to say which codes those "
                "are."
            ),
            Definitions(defined("ELBO", "KL")),
            Formula(
                r"\mathrm{ELBO} = \mathbb{E}_q\left[\log \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right] = "
                r"\mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL}\left[q(z \mid x)\,\|\,p(z)\right]",
                "The evidence lower bound is the expectation under q of the logarithm of p of x given z times p of z "
                "over q of z given x; it is also the expectation of log p of x given z, less the divergence of q from "
                "the prior.",
            ),
            *_drawn(found, drawn, rate),
            Sources((KINGMA, REZENDE)),
        ),
    )


def _drawn(found: Results, drawn: Draws | Note, rate: Rate | Note) -> tuple[Block, ...]:
    if isinstance(drawn, Note):
        return (drawn,)
    if isinstance(rate, Note):
        return (rate,)
    got = elbo(drawn, rate)
    return (
        Prose(_sentences(found, got, rate)),
        Numbers(f"From {words.count(got.n, 'draw')} of q(z|x)", _rows(got)),
        *_by_dimension(rate),
    )


def _rows(got: Elbo) -> tuple[Row, ...]:
    zero = "no number: a draw has weight zero or could not be computed"
    return (
        Row(
            "elbo-first",
            r"\mathbb{E}_q\left[\log \frac{p(x \mid z)\,p(z)}{q(z \mid x)}\right]",
            "ELBO, first form",
            words.nats(got.first, zero),
            "The mean of the log-weights.",
            got.first,
        ),
        Row(
            "reconstruction",
            r"\mathbb{E}_q\left[\log p(x \mid z)\right]",
            "reconstruction",
            words.nats(got.reconstruction, zero),
            "The mean of log p(x|z): minus the nats left to describe the example once its code is known.",
            got.reconstruction,
        ),
        Row(
            "rate",
            r"\mathrm{KL}\left[q(z \mid x)\,\|\,p(z)\right]",
            "rate",
            words.nats(got.rate),
            "The nats that the code spends on this example; exact."
            if got.is_closed
            else "The nats that the code spends on this example; it has no closed form here and comes from the draws.",
            got.rate,
        ),
        Row(
            "elbo-second",
            r"\mathbb{E}_q\left[\log p(x \mid z)\right] - \mathrm{KL}\left[q\,\|\,p(z)\right]",
            "ELBO, second form",
            words.nats(got.second, zero),
            "Reconstruction less rate.",
            got.second,
        ),
        Row(
            "elbo-difference",
            r"\mathrm{ELBO}_1 - \mathrm{ELBO}_2",
            "first less second",
            words.nats(got.difference, zero),
            "Zero up to sampling: both forms share their draws, so this is known better than either."
            if got.is_closed
            else "Zero by construction: without a closed rate the two forms are one average.",
            got.difference,
        ),
    )


def _sentences(found: Results, got: Elbo, rate: Rate) -> str:
    said = []
    if (left := got.reconstruction.nats) is not None:
        n_values = int(np.prod(found.subject.x.shape))
        bits = -left / (n_values * math.log(2))
        said.append(
            f"For this example, reconstruction means: given a code of $q$, {number(-left)} nats are "
            "left to describe its "
            f"{n_values:,} values, {number(bits, 3)} bits for each."
        )
    if (spent := got.rate.nats) is not None:
        said.append(
            f"Rate means: {number(spent)} nats, or {number(spent / math.log(2))} bits, to say where in the prior its "
            "code lies."
        )
    if rate.by_dim is not None:
        n_used = int((rate.by_dim > SILENT_NATS).sum())
        said.append(
            f"Of {words.count(len(rate.by_dim), 'latent dimension')}, {n_used} speak{'s' * (n_used == 1)} of it."
        )
    return " ".join(said) or "None of the terms has a number for this example."


def _by_dimension(rate: Rate) -> tuple[Block, ...]:
    parts = rate.by_dim
    if parts is None or not np.isfinite(parts).all():
        return ()
    top = int(np.argmax(parts))
    return (
        Diagram(
            "rate-by-dimension",
            "The rate by latent dimension",
            "KL of q(z|x) from the prior, in nats, a bar for each of "
            f"{words.count(len(parts), 'latent dimension')}, largest "
            f"first: {latent_name(top)} has {number(float(parts[top]))} nats; all together "
            f"{number(float(parts.sum()))}.",
            lambda: by_dimension(parts),
        ),
    )
