"""Which questions are asked of a model, in the order in which they are told. To add one: a function that yields
findings, a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from explorer.findings import Finding, wrong
from explorer.importing.check import figures, modes, reading
from explorer.importing.check.examined import Examined


@dataclass(frozen=True)
class CheckRow:
    """A row.

    Attributes:
        title: what is asked about, a noun.
        ask: looks, and yields findings; what it raises is a finding too.
    """

    title: str
    ask: Callable[[Examined], Iterable[Finding]]


QUESTIONS = (
    CheckRow("reading", reading.verdict),
    CheckRow("plausibility", reading.doubts),
    CheckRow("what is said", reading.contradicted),
    CheckRow("width of q", reading.width),
    CheckRow("training mode", modes.training_mode),
    CheckRow("chance", modes.chance),
    CheckRow("batches", modes.batches),
    CheckRow("outputs", figures.outputs),
    CheckRow("conventions", figures.conventions),
    CheckRow("ELBO", figures.value),
)


def asked(subject: Examined) -> Iterator[tuple[str, Finding]]:
    """All findings, each with the title of its question."""
    for question in QUESTIONS:
        try:
            for finding in question.ask(subject):
                yield question.title, finding
        # Whatever goes wrong in one leaves the others.
        except (
            ValueError,
            RuntimeError,
            LookupError,
            TypeError,
            ArithmeticError,
            NotImplementedError,
        ) as error:
            reason = f"{error}".partition("\n")[0][:300]
            yield question.title, wrong(f"could not be told: {reason}", "Look at the networks of the source.")
