"""`explorer explain CHECKPOINT --data NAME --example ID --out report.html`: the argument for one "
"example as one file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from explorer.atlas import Atlas
from explorer.bounds.stand_ins import load_checkpoint
from explorer.cli.bars import ProgressBars
from explorer.cli.sources import add_data_arguments, add_seed_argument, positive, read_data
from explorer.datasets import Dataset
from explorer.explain import (
    MOST_DRAWS,
    ProposalChoice,
    ProposalKind,
    Question,
    Results,
    Subject,
    results,
    subject_of,
    taken_apart,
)
from explorer.explain.report import report_html
from explorer.explain.terms.checked_subject import scored_subject
from explorer.explain.terms.other_model import beside
from explorer.explain.terms.question import FIRST_K
from explorer.files import write
from explorer.models.checkpoints import Checkpoint
from explorer.models.fit_data import fitted
from explorer.steps import Step
from explorer.workspace import ATLAS_FOLDER, Entry, Origin, Workspace

DEFAULT_DRAWS = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path)
    add_data_arguments(parser, default_split="test")
    parser.add_argument(
        "--example", type=_id, required=True, metavar="ID", help="id of the example, as in the app"
    )
    parser.add_argument(
        "--n",
        type=_draws,
        default=DEFAULT_DRAWS,
        metavar="N",
        help=f"draws of the prior and of the proposal, 1 to {MOST_DRAWS:,}; default: {DEFAULT_DRAWS:,}",
    )
    parser.add_argument(
        "--k",
        type=_draws,
        default=FIRST_K,
        metavar="K",
        help=f"draws within the bound of step 8; default: {FIRST_K}",
    )
    kinds = [str(kind) for kind in ProposalKind]
    parser.add_argument(
        "--proposal", choices=kinds, default=str(ProposalKind.ENCODER), help="default: encoder"
    )
    add_seed_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the HTML file to write")


def run(arguments: argparse.Namespace) -> int:
    question = Question(
        arguments.n, arguments.seed, ProposalChoice.usual(ProposalKind(arguments.proposal)), arguments.k
    )
    out: Path = arguments.out
    if out.is_dir():
        raise ValueError(
            f"--out: expected a file to write, found the folder {out}. Name a file in it, e.g. report.html."
        )
    try:
        with ProgressBars() as bars:
            bars(Step(0.0, stage="example"))
            subject = _subject(arguments)
            bars(Step(1.0, stage="example"))
            found = _worked_out(subject, question, bars)
            found = replace(found, beside=beside(Workspace(arguments.checkpoint.parent), subject, question))
        text = report_html(found)
        _write(text, out)
    except KeyboardInterrupt:
        print("\nStopped. Nothing was written.", file=sys.stderr)
        return 130
    print(
        f"{out}: example {subject.example_id} of {subject.name}, {len(text.encode()) / 2**20:.1f} MB. "
        "Open it in a browser."
    )
    return 0


def _worked_out(subject: Subject, question: Question, bars: ProgressBars) -> Results:
    """The results in stages."""
    found = bars.follow(results(subject, question), "draws")
    return bars.follow(taken_apart(found), "gap")


def _subject(arguments: argparse.Namespace) -> Subject:
    """From the checkpoint's atlas where it has one of these data, else scored here."""
    checkpoint = load_checkpoint(arguments.checkpoint)
    data = fitted(read_data(arguments, checkpoint), checkpoint.model, arguments.seed)
    data.position(arguments.example)
    entry = _entry(checkpoint, data, arguments.checkpoint / ATLAS_FOLDER)
    if entry is not None and entry.atlas.has(arguments.example):
        return subject_of(entry, arguments.example)
    return scored_subject(checkpoint, data, arguments.example, arguments.seed)


def _entry(checkpoint: Checkpoint, data: Dataset, folder: Path) -> Entry | None:
    """The checkpoint with its atlas; None where there is none, or it is of other weights or other data."""
    if not folder.is_dir():
        return None
    atlas = Atlas.open(folder)
    source = atlas.manifest.data
    if (source.name, source.split) != (
        data.name,
        data.split,
    ) or atlas.manifest.model_digest != checkpoint.digest:
        return None
    ids = atlas.columns(["example_id"])["example_id"].tolist()
    if ids != data.example_ids.tolist():
        data = data.take([data.position(i) for i in ids])
    return (
        Entry(checkpoint.name, checkpoint, atlas, data, Origin(atlas.digest))
        if data.digest == source.digest
        else None
    )


def _write(text: str, out: Path) -> None:
    write.folder(out.parent)
    write.text(out, text)


def _id(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(
            f"expected the id of an example, a whole number from 0, found {text!r}"
        )
    return int(text)


def _draws(text: str) -> int:
    if positive(text) > MOST_DRAWS:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_DRAWS:,}, found {text!r}")
    return int(text)
