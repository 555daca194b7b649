"""`explorer check MODEL --data NAME`: how it is to be read, and what makes its figures wrong.

MODEL is a checkpoint folder or a source of any make. The exit status is 0 where nothing is to be fixed, and 1 where
something is, or the data do not tell the readings apart.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from explorer.cli import foreign
from explorer.cli.output import to_json
from explorer.cli.sources import read_data
from explorer.importing import checked
from explorer.importing.checked import Checked
from explorer.importing.readings.trial import Figures, Trial, Tried
from explorer.models import checkpoints, folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    foreign.add_source_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    trial, found = _checked(arguments)
    n_wrong = foreign.n_wrong(found.findings)
    if arguments.json:
        print(to_json(_as_json(trial, found)))
    else:
        print(foreign.table(trial.tried if trial else [found.tried]))
        print(f"\n{foreign.told(found.findings)}\n\n{n_wrong} to fix")
    return int(n_wrong > 0)


def _checked(arguments: argparse.Namespace) -> tuple[Trial | None, Checked]:
    path = Path(arguments.source)
    if folders.is_ours(path):
        checkpoint = checkpoints.load(path)
        return None, checked.check_checkpoint(checkpoint, read_data(arguments, checkpoint))
    draft = foreign.read_source(arguments)
    data = foreign.data_for(arguments, draft)
    if data is None:
        asked = "; ".join(foreign.settled.open_questions(draft)) or "nothing"
        raise ValueError(f"{path}: name data to try it on: --data NAME. It leaves open: {asked}")
    trial = foreign.trial_of(draft, data)
    return trial, checked.check_draft(draft, trial.winner or trial.tried[0], data, trial)


def _as_json(trial: Trial | None, found: Checked) -> dict[str, Any]:
    listed = trial.tried if trial else (found.tried,)
    return {
        "is_clear": trial is None or trial.is_clear,
        "verdict": "" if trial is None else trial.why,
        "readings": [_figures(tried) for tried in listed],
        "findings": [{"check": title, **asdict(finding)} for title, finding in found.findings],
    }


def _figures(found: Figures) -> dict[str, Any]:
    """What is told of a reading: all but its examples and networks."""
    names = ("name", "elbo_nats", "elbo_se", "kl_nats", "distortion_nats", "rmse", "doubts")
    figures = {name: getattr(found, name) for name in names}
    if not isinstance(found, Tried):
        return figures
    likelihood, reading = dict(found.candidate.likelihood), found.candidate.reading.to_config()
    return figures | {"likelihood": likelihood, "reading": reading, "is_scale_fitted": found.is_scale_fitted}
