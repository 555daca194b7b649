"""`explorer import SOURCE --out DIR [--data NAME]`: a checkpoint folder of a VAE that another program trained.

What the source leaves open is tried on data; a reading that is clear is taken, and where none is, the table is printed
and the person chooses. Nothing is written then, nor over anything that is there.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from explorer.cli import foreign
from explorer.cli.invocation import command
from explorer.datasets import Dataset
from explorer.importing import checked, settled
from explorer.importing.draft import Draft
from explorer.importing.readings.candidates import Candidate
from explorer.importing.readings.trial import Trial, Tried


@dataclass(frozen=True)
class Chosen:
    """The reading that is stored, and what was assumed with it."""

    candidate: Candidate
    assumed: tuple[str, ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    foreign.add_source_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where; nothing may be there")
    text = "of the readings that were tried, the one of this number in the table"
    parser.add_argument("--choose", type=int, metavar="N", help=text)


def run(arguments: argparse.Namespace) -> int:
    out = imported(arguments, arguments.out, arguments.choose)
    if out is None:
        return 1
    given = ["--data", arguments.data] if arguments.data else []
    print(f"{out}. Next: {command('open', out, *given)}")
    return 0


def imported(
    arguments: argparse.Namespace, out: Path, choose: int | None = None, is_again: bool = False
) -> Path | None:
    """Stores a source; None where its reading is not clear, which is printed.

    Args:
        arguments: of `import`.
        out: where.
        choose: the number of a reading in the table.
        is_again: whether what was imported there from the same source before is taken.

    Raises:
        ImportFault: the source cannot be read, or there is something at `out`.
        ValueError: what it leaves open cannot be told without data.
    """
    if not is_again:
        settled.check_free(out)
    draft = foreign.read_source(arguments)
    if is_again and settled.is_of(out, draft):
        return out
    settled.check_free(out)
    data = foreign.data_for(arguments, draft)
    chosen = _chosen(draft, data, choose)
    if chosen is None:
        return None
    name = arguments.data if data is not None else None
    return settled.store(draft, chosen.candidate, out, name, chosen.assumed)


def _chosen(draft: Draft, data: Dataset | None, choose: int | None) -> Chosen | None:
    if data is None:
        return Chosen(_without_data(draft))
    trial = foreign.trial_of(draft, data)
    taken = _numbered(trial, choose) if choose is not None else trial.winner
    print(foreign.table(trial.tried))
    found = checked.check_draft(draft, taken or trial.tried[0], data, trial)
    print(f"\n{foreign.told(found.findings)}\n")
    if taken is None:
        print(
            "Nothing was written: which reading is right is open. Take one with --choose N, or say more of it."
        )
        return None
    return Chosen(taken.candidate, settled.assumptions(taken, trial, data.name))


def _without_data(draft: Draft) -> Candidate:
    found = settled.only(draft)
    if found is None:
        asked = "; ".join(settled.open_questions(draft))
        raise ValueError(f"{draft.source}: it leaves open: {asked}. Or have it tried on data: --data NAME")
    return found


def _numbered(trial: Trial, n: int) -> Tried:
    if not 1 <= n <= len(trial.tried):
        raise ValueError(f"--choose: expected 1 to {len(trial.tried)}, the numbers of the table; found {n}")
    return trial.tried[n - 1]
