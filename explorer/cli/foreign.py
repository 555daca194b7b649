"""What `check`, `import` and `open` share: a source of any make, what is said of it, the readings that were tried."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from explorer.cli.bars import ProgressBars
from explorer.cli.sources import add_data_arguments, read_data
from explorer.datasets import Dataset
from explorer.findings import Finding, Verdict
from explorer.importing import confined, settled
from explorer.importing.draft import Draft
from explorer.importing.exporting import factory
from explorer.importing.readings.candidates import FITTED
from explorer.importing.readings.trial import Figures, Trial, Tried, try_readings
from explorer.importing.registry import MAKES
from explorer.importing.settled import Wishes
from explorer.likelihoods.head import LIKELIHOODS
from explorer.models.reading import CHOICES

_MOST_LETTERS = 78


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """`SOURCE`, what it is tried on, and what is said of it."""
    makes = "; ".join(make.title for make in MAKES.values())
    parser.add_argument("source", metavar="SOURCE", help=f"{makes}; or module:factory of your own")
    add_data_arguments(parser, default_split="test")
    parser.add_argument(
        "--likelihood", choices=tuple(LIKELIHOODS), metavar="KIND", help=", ".join(LIKELIHOODS)
    )
    sigma = f"its scale, or {FITTED!r} for the one under which the data are likeliest"
    parser.add_argument("--sigma", type=_sigma, metavar="S", help=sigma)
    parser.add_argument(
        "--networks", metavar="NAME", help="where its weights can be put together in several ways"
    )
    text = f"order=...,spread=...; of {', '.join(CHOICES)}"
    parser.add_argument("--reading", type=_reading, default={}, metavar="CHOICES", help=text)


def read_source(arguments: argparse.Namespace) -> Draft:
    """The draft of a source, with what is said of it.

    Raises:
        ImportFault: it cannot be read.
        ValueError: something is said that there is not.
    """
    wishes = Wishes(arguments.likelihood, arguments.sigma, arguments.reading, arguments.networks)
    return settled.wished(_draft(arguments.source), wishes)


def data_for(arguments: argparse.Namespace, draft: Draft) -> Dataset | None:
    """The data that are named, or that the source says it was trained on; None where nobody names any."""
    if arguments.data is None:
        if draft.trained_on is None:
            return None
        print(f"--data {draft.trained_on}: what {draft.source} says it was trained on", file=sys.stderr)
        arguments.data = draft.trained_on
    return read_data(arguments)


def trial_of(draft: Draft, data: Dataset) -> Trial:
    """The readings of a draft, tried under a bar."""
    with ProgressBars() as bars:
        return bars.follow(try_readings(draft, data), "readings")


def table(found: Sequence[Figures]) -> str:
    """The readings that were tried, a numbered line each."""
    heads = ("", "reading", "sigma", "ELBO [nats]", "rate", "distortion", "error")
    rows = [heads, *(_row(n, one) for n, one in enumerate(found, 1))]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i == 1 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def told(findings: Sequence[tuple[str, Finding]]) -> str:
    """What was asked and found, with what to do, as the doctor tells it."""
    lines = []
    for title, finding in findings:
        lines.append(f"  {finding.verdict.value:13}  {title:16}{finding.found}")
        if finding.advice:
            lines.append(f"{'':33}{finding.advice}")
    return "\n".join(lines)


def n_wrong(findings: Sequence[tuple[str, Finding]]) -> int:
    return sum(finding.verdict is Verdict.WRONG for _, finding in findings)


def _draft(source: str) -> Draft:
    if factory.is_factory(source):
        print(factory.notice(source), file=sys.stderr)
        return factory.read(source)
    print(f"{source}: read in a process of its own", file=sys.stderr)
    return confined.read(Path(source))


def _row(n: int, one: Figures) -> tuple[str, ...]:
    scale = one.candidate.likelihood.get("scale") if isinstance(one, Tried) else None
    sigma = f"{scale:.3g}" if isinstance(scale, int | float) else str(scale or "")
    name = one.name if len(one.name) <= _MOST_LETTERS else one.name[: _MOST_LETTERS - 1] + "…"
    elbo = f"{one.elbo_nats:.2f} ± {one.elbo_se:.2f}"
    figures = (f"{value:.4g}" for value in (one.kl_nats, one.distortion_nats, one.rmse))
    return (str(n), name, sigma, elbo, *figures)


def _sigma(text: str) -> float | str:
    if text == FITTED:
        return text
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < 1e6:
        raise argparse.ArgumentTypeError(f"expected a positive number, or {FITTED!r}; found {text!r}")
    return found


def _reading(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if value not in CHOICES.get(name, ()):
            known = "; ".join(f"{key}={'|'.join(values)}" for key, values in CHOICES.items())
            raise argparse.ArgumentTypeError(f"expected {known}; found {part!r:.80}")
        found[name] = value
    return found
