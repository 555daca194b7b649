"""The symbols of the argument: how each is written, what it is called, and what it is, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """LaTeX, a name, and a sentence that defines it."""

    latex: str
    name: str
    meaning: str


def _table(*rows: tuple[str, str, str, str]) -> Mapping[str, Symbol]:
    return {key: Symbol(*rest) for key, *rest in rows}


SYMBOLS: Mapping[str, Symbol] = _table(
    ("x", "x", "the example", "One example as the model sees it, here an image as a list of numbers."),
    ("z", "z", "the code", "A point of latent space, from which the decoder makes an example."),
    ("d", "d", "latent dimensions", "How many numbers a code has."),
    (
        "prior",
        "p(z)",
        "the prior",
        "The density that codes are drawn from when the model makes examples up: a standard normal one.",
    ),
    (
        "likelihood",
        "p(x \\mid z)",
        "the likelihood",
        "The probability that the decoder gives to this example when it starts from the code z.",
    ),
    (
        "evidence",
        "p(x)",
        "the evidence",
        "The probability that the model gives to this example, whatever the code: an average over all codes.",
    ),
    ("N", "N", "the number of draws", "How many codes are drawn to stand for all of them."),
    ("zn", "z_n", "a draw", "The n-th code that was drawn."),
    (
        "wn",
        "w_n",
        "a weight",
        "What the n-th draw contributes: the density of code and example together over the density of the draw.",
    ),
    (
        "q",
        "q(z \\mid x)",
        "the encoder's density",
        "The density over codes that the encoder answers with when it is shown x.",
    ),
    (
        "LN",
        "L_N",
        "the importance-sampled estimate",
        "The logarithm of the mean of N weights; in expectation it is below log p(x), and rises to it with N.",
    ),
    ("D", "\\mathcal{D}", "the data set", "All examples of a split, taken as independent of each other."),
    (
        "E",
        "\\mathbb{E}_q",
        "the expectation under q",
        "The average over draws of q, in the limit of infinitely many.",
    ),
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
    ("K", "K", "draws within the bound", "How many weights are averaged before the logarithm is taken."),
    ("LK", "L_K", "the bound with K draws", "The logarithm of the mean of K weights: for K = 1 the ELBO."),
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

BY_LATEX: Mapping[str, Symbol] = {symbol.latex: symbol for symbol in SYMBOLS.values()}


def defined(*keys: str) -> tuple[Symbol, ...]:
    """Some of them."""
    return tuple(SYMBOLS[key] for key in keys)
