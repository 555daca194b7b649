"""Step 4: many examples, and why one adds logarithms."""

from __future__ import annotations

from explorer.explain.terms.results import Results
from explorer.explain.terms.subject import Population
from explorer.explain.typesetting import words
from explorer.explain.typesetting.blocks import (
    Block,
    Chapter,
    Definitions,
    Formula,
    Note,
    Numbers,
    Prose,
    Row,
    Sources,
)
from explorer.explain.typesetting.references import KINGMA
from explorer.explain.typesetting.symbols import defined


def chapter(found: Results) -> Chapter:
    """The sum and the mean over the split."""
    population = found.subject.population
    return Chapter(
        4,
        "logarithms",
        "Why logarithms",
        (
            Prose(
                "A model is judged by all examples together. They are independent, so their "
                "probabilities multiply, and "
                "a product of small numbers soon falls below anything a computer can hold: below about $10^{-324}$ "
                "double precision knows zero and nothing else. Logarithms turn the product into a sum."
            ),
            Definitions(defined("D", "data", "n_data")),
            Formula(
                r"\log p(\mathcal{D}) = \sum_{x \in \mathcal{D}} \log p(x)",
                "log p of the data set is the sum of log p of x over its examples.",
            ),
            *_numbers(found, population),
            Sources((KINGMA,)),
        ),
    )


def _numbers(found: Results, population: Population | None) -> tuple[Block, ...]:
    if population is None or not population.total.is_known or not population.n:
        return (Note(_nobody(population)),)
    return (
        Prose(_sentences(found, population)),
        Numbers(
            f"Over {words.count(population.n, 'example')}",
            (
                Row(
                    "sum",
                    r"\sum_x \log p(x)",
                    "sum",
                    words.nats(population.total),
                    "The error is that of the estimates: their errors add in squares.",
                    population.total,
                ),
                Row(
                    "mean",
                    r"\frac{1}{|\mathcal{D}|} \sum_x \log p(x)",
                    "mean of these examples",
                    words.nats(population.mean),
                    "The same per example, with the error of the estimates.",
                    population.mean,
                ),
                Row(
                    "mean-of-data",
                    r"\frac{1}{|\mathcal{D}|} \sum_x \log p(x)",
                    "mean of data like these",
                    words.nats(population.mean_of_data),
                    "The same, with the error that comes from having seen these examples and not others.",
                    population.mean_of_data,
                ),
            ),
        ),
    )


def _sentences(found: Results, population: Population) -> str:
    total, one = population.total.nats, found.subject.trusted.nats
    assert total is not None, "checked by the caller"
    parts = []
    if one is not None:
        parts.append(f"This example alone has $p(x) \\approx {words.power(one)}$.")
    so_far = " that are scored so far" if population.n_to_come else ""
    parts.append(
        f"The {words.count(population.n, 'example')} of this split{so_far} together have $p(\\mathcal{{D}}) \\approx "
        f"{words.power(total)}$: no double holds that, while its logarithm is {words.nats(population.total)}."
    )
    if population.n_to_come:
        parts.append(
            f"{_some(population.n_to_come)} more are still to come: sum and mean are not those of the split."
        )
    if population.n_untrusted:
        parts.append(
            f"{_some(population.n_untrusted)} of the estimates in the sum "
            f"{'is' if population.n_untrusted == 1 else 'are'} marked as not to be trusted, so that the error of the "
            "sum is not known."
        )
    if population.n_missing:
        parts.append(
            f"{_some(population.n_missing)} more could not be estimated and "
            f"{'is' if population.n_missing == 1 else 'are'} left out."
        )
    return " ".join(parts)


def _nobody(population: Population | None) -> str:
    if population is None:
        return "Only this example was scored. The sum over all examples is known where there is an atlas of them."
    if population.n_to_come:
        n_all = population.n_missing + population.n_to_come
        return (
            f"None of the {words.count(n_all, 'example')} of this split has an estimate of log p(x) so far."
        )
    return f"None of the {words.count(population.n_missing, 'example')} of this split has an estimate of log p(x)."


def _some(n: int) -> str:
    return "One" if n == 1 else f"{n:,}"
