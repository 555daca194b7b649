"""`explorer calibrate CHECKPOINT`: how far the model's own estimates of log p(x) can be trusted."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from explorer.atlas.calibration import CALIBRATION_FILE, StoredCalibration, write
from explorer.bounds.calibration import (
    MISSED_NATS,
    Calibration,
    CalibrationSettings,
    calibrate,
)
from explorer.bounds.stand_ins import load_checkpoint
from explorer.cli.bars import ProgressBars
from explorer.cli.output import to_json
from explorer.cli.sources import add_seed_argument, positive
from explorer.models.checkpoints import Checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    defaults = CalibrationSettings()
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--examples",
        type=_examples,
        default=defaults.n_examples,
        metavar="N",
        help=f"simulated from the model, at least 2; default: {defaults.n_examples}",
    )
    add_seed_argument(parser)
    text = f"default: {CALIBRATION_FILE} in the checkpoint, where the app looks"
    parser.add_argument("--out", type=Path, metavar="FILE", help=text)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    settings = CalibrationSettings(n_examples=arguments.examples, seed=arguments.seed)
    out = arguments.out or checkpoint.path / CALIBRATION_FILE
    try:
        found = _calibrated(checkpoint, settings)
    except KeyboardInterrupt:
        print("\nStopped. Nothing was written.", file=sys.stderr)
        return 130
    write(out, StoredCalibration(checkpoint.digest, settings, found))
    figures = {**asdict(found), "verdict": found.verdict, "reason": found.reason}
    print(to_json(figures) if arguments.json else f"{table(found)}\n{out}")
    return 0


def table(found: Calibration) -> str:
    """The figures in words, a line each."""
    lines = [
        ("examples simulated", f"{found.n_examples:,}, estimates trusted: {found.n_trusted:,}"),
        ("mean log p(x)", f"{found.log_px_nats:.2f} nats"),
        ("upper less lower bound", _with_error(found.sandwich_nats, found.sandwich_se, "nats")),
        ("the same by annealing", _annealed(found)),
        ("coverage of 95% intervals", _with_error(found.coverage, found.coverage_se)),
        ("bias", _with_error(found.bias_nats, found.bias_se, "nats")),
        ("root mean square error", f"{found.rmse_nats:.3f} nats"),
        (f"more than {MISSED_NATS} nats too low", f"{found.n_missed:,}"),
        ("error of the reference", f"{found.reference_se:.3f} nats"),
        (f"as papers do it, K = {found.encoder_n_samples:,}", ""),
        ("  coverage", _with_error(found.encoder_coverage, found.encoder_coverage_se)),
        ("  bias", f"{found.encoder_bias_nats:.3f} nats"),
        ("  root mean square error", f"{found.encoder_rmse_nats:.3f} nats"),
    ]
    verdict = f"{found.verdict}: {found.reason}" if found.reason else found.verdict
    return "\n".join([*(f"{name:28} {value}".rstrip() for name, value in lines), verdict])


def _with_error(value: float, error: float, unit: str = "") -> str:
    return f"{value:.3f} ± {error:.3f} {unit}".rstrip()


def _annealed(found: Calibration) -> str:
    if not found.n_annealed:
        return "not measured"
    return f"{_with_error(found.bdmc_nats, found.bdmc_se, 'nats')} ({found.n_annealed:,} examples)"


def _calibrated(checkpoint: Checkpoint, settings: CalibrationSettings) -> Calibration:
    """Runs it under one progress bar a stage."""
    with ProgressBars() as bars:
        return bars.follow(calibrate(checkpoint.model, settings))


def _examples(text: str) -> int:
    if positive(text) < 2:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 2, found {text!r}")
    return int(text)
