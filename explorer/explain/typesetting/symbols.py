"""The symbols of the argument: how each is written, what it is called, and what it is, in one sentence.

Where a symbol has further forms, z_n in the place of z or another index, they follow its sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """LaTeX, a name, a sentence that defines it, and LaTeX of its other forms; a number there is any number."""

    latex: str
    name: str
    meaning: str
    also: tuple[str, ...] = ()


def _table(*rows: tuple[str, ...]) -> Mapping[str, Symbol]:
    return {key: Symbol(latex, name, meaning, tuple(also)) for key, latex, name, meaning, *also in rows}


SYMBOLS: Mapping[str, Symbol] = _table(
    (
        "x",
        "x",
        "the example",
        "One example as the model sees it: a list of numbers, e.g. the pixels of an image.",
    ),
    (
        "z",
        "z",
        "the code",
        "A point of latent space, from which the decoder makes an example; z with a small number is one of its axes.",
    ),
    ("d", "d", "latent dimensions", "How many numbers a code has."),
    (
        "prior",
        "p(z)",
        "the prior",
        "The density that codes are drawn from when the model makes examples up: a standard normal one.",
        "p(z_n)",
    ),
    (
        "likelihood",
        "p(x \\mid z)",
        "the likelihood",
        "The probability that the decoder gives to this example when it starts from the code z.",
        "p(x \\mid z_n)",
    ),
    (
        "evidence",
        "p(x)",
        "the evidence",
        "The probability that the model gives to this example, whatever the code: an average over all codes.",
    ),
    (
        "E",
        "\\mathbb{E}",
        "the expectation",
        "The average over infinitely many draws; the density that they are drawn from stands beneath it.",
    ),
    ("e", "e", "Euler's number", "The base of natural logarithms, about 2.72: one nat is a factor of e."),
    ("N", "N", "the number of draws", "How many codes are drawn to stand for all of them."),
    ("n", "n", "an index", "Which of the N draws is meant: from 1 to N."),
    ("zn", "z_n", "a draw", "The n-th code that was drawn."),
    (
        "wn",
        "w_n",
        "a weight",
        "What the n-th draw contributes: the density of code and example together over the density of the draw.",
        "w_n^2",
        "w_k",
    ),
    (
        "q",
        "q(z \\mid x)",
        "the encoder's density",
        "The density over codes that the encoder answers with when it is shown x: q, for short. Chapters 3 and 5 put "
        "another density in its place where one is chosen.",
        "q(z_n \\mid x)",
        "q",
    ),
    (
        "LN",
        "L_N",
        "the importance-sampled estimate",
        "The logarithm of the mean of N weights; in expectation it is below log p(x), and rises to it with N.",
    ),
    (
        "khat",
        "\\hat{k}",
        "the tail of the weights",
        "How heavy the right tail of the weights is: the larger, the fewer of the draws decide their mean.",
    ),
    ("D", "\\mathcal{D}", "the data set", "All examples of a split, taken as independent of each other."),
    (
        "data",
        "p(\\mathcal{D})",
        "the probability of the data set",
        "The probability that the model gives to all examples together: the product of theirs.",
    ),
    ("n_data", "|\\mathcal{D}|", "the size of the data set", "How many examples the data set has."),
    ("w", "w", "the weight", "The weight of one draw, whichever it is."),
    (
        "ELBO",
        "\\mathrm{ELBO}",
        "the evidence lower bound",
        "The average of log w under q, which training maximises; it is never above log p(x).",
    ),
    (
        "KL",
        "\\mathrm{KL}",
        "the Kullback–Leibler divergence",
        "The average, under the first density, of the logarithm of the first over the second: zero where they are "
        "equal, else positive.",
    ),
    (
        "posterior",
        "p(z \\mid x)",
        "the posterior",
        "The density of codes given this example, by the model itself: what q tries to be.",
    ),
    (
        "joint",
        "p(x, z)",
        "the joint density",
        "The density of code and example together: the likelihood times the prior.",
    ),
    ("K", "K", "draws within the bound", "How many weights are averaged before the logarithm is taken."),
    ("k", "k", "an index within the bound", "Which of the K weights is meant: from 1 to K."),
    (
        "LK",
        "L_K",
        "the bound with K draws",
        "The logarithm of the mean of K weights; in expectation, for K = 1, the ELBO.",
        "L_1",
    ),
    (
        "qstar",
        "q^{*}",
        "the best diagonal Gaussian",
        "The Gaussian without correlations whose ELBO for this one x is highest.",
    ),
    (
        "qfull",
        "q_{\\mathrm{full}}",
        "the best Gaussian",
        "The Gaussian with all correlations whose ELBO for this one x is highest.",
    ),
)


def defined(*keys: str) -> tuple[Symbol, ...]:
    """Some of them."""
    return tuple(SYMBOLS[key] for key in keys)


def definitions() -> dict[str, dict[str, str]]:
    """Name and meaning of every symbol by its key, as the browser shows them."""
    return {key: {"name": symbol.name, "meaning": symbol.meaning} for key, symbol in SYMBOLS.items()}
