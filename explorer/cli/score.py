"""`explorer score CHECKPOINT --data NAME --samples K --out scores.parquet [--split-gap]`."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tqdm import tqdm

from explorer.bounds import Examples, Reliability, rungs, score_all
from explorer.bounds.best_gaussian import diagonal_encoder
from explorer.bounds.split import split
from explorer.bounds.stand_ins import load_checkpoint
from explorer.cli.output import to_json
from explorer.cli.sources import (
    about_training,
    add_data_arguments,
    add_draws_arguments,
    add_seed_argument,
    chosen_settings,
    positive,
    read_data,
)
from explorer.files import write
from explorer.models.capabilities import capabilities_of
from explorer.models.conventions import notes
from explorer.models.fit_data import fitted
from explorer.models.latent_model import LatentModel

MOST_NAMED = 10
# What a gap is made of, as columns and as words.
PARTS = {
    "amortization_nats": "amortization",
    "mean_field_nats": "mean-field",
    "residual_nats": "residual",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path)
    add_data_arguments(parser, default_split="test")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N examples")
    add_draws_arguments(parser)
    add_seed_argument(parser)
    parser.add_argument(
        "--split-gap",
        action="store_true",
        help="also split each gap into amortization, mean-field and residual (about a second an example)",
    )
    parser.add_argument("--out", type=Path, default=Path("scores.parquet"), metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    data = fitted(read_data(arguments, checkpoint), checkpoint.model, arguments.seed).take(
        slice(arguments.limit)
    )
    examples = Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)
    settings = chosen_settings(arguments)
    if arguments.split_gap:
        # A model whose gap cannot be split is refused before the scores are paid for.
        diagonal_encoder(checkpoint.model, examples.x[:1])
    with tqdm(total=len(data), unit="example", dynamic_ncols=True) as bar:
        scored = score_all(checkpoint.model, examples, settings, lambda step: bar.update(step.n_done - bar.n))
    if arguments.split_gap:
        scored |= _split(checkpoint.model, examples, scored, arguments.seed)
    _write({"example_id": data.example_ids, "label": data.labels.astype(np.int32), **scored}, arguments.out)
    summary = {"split": data.split, "n_in_file": data.n_in_file, **summarise(scored)}
    print(to_json(summary) if arguments.json else _sentence(summary, arguments.out))
    said = (
        *notes(checkpoint.config),
        *capabilities_of(checkpoint.model).notes,
        about_training(data, checkpoint),
    )
    for note in filter(None, said):
        print(note, file=sys.stderr)
    if warning := _doubtful(scored, data.example_ids):
        print(warning, file=sys.stderr)
    return 0


def _split(
    model: LatentModel, examples: Examples, scored: dict[str, np.ndarray], seed: int
) -> dict[str, np.ndarray]:
    """The columns of the parts of each gap."""
    with tqdm(total=len(examples), unit="example", desc="splitting", dynamic_ncols=True) as bar:
        for step in split(model, examples, scored, seed):
            bar.update(int(step.fraction * len(examples)) - bar.n)
    assert step.result is not None, "the last step has the result"
    return step.result.columns()


def summarise(scored: dict[str, np.ndarray]) -> dict[str, float | int]:
    """Means over the examples with the standard error of each mean; which proposals they took, and what to trust.

    The error of a mean combines the spread over examples, not the errors of sampling, and is that of the data set
    seen as a draw from its population.
    """
    summary: dict[str, float | int] = {"n_examples": len(scored["elbo_nats"])}
    keys = ["elbo_nats", "log_px_nats", "gap_nats", "kl_nats", "encoder_log_px_nats"]
    for key in keys + [part for part in PARTS if part in scored]:
        mean, se = _mean(scored[key])
        summary |= {f"mean_{key}": mean, f"mean_{key}_se": se}
    summary["mean_n_samples"] = float(scored["n_samples"].mean())
    summary["encoder_n_samples"] = int(scored["encoder_n_samples"].max())
    for rung in rungs.LADDER:
        summary[f"n_{rung.stage}"] = int((scored["proposal"] == rung.stage).sum())
    summary["n_encoder_error_known"] = int(np.isfinite(scored["encoder_log_px_se"]).sum())
    summary["n_failed"] = int(np.isnan(scored["log_px_nats"]).sum())
    summary["n_trusted"] = int((scored["trust"] != Reliability.UNRELIABLE).sum())
    return summary


def _mean(value: np.ndarray) -> tuple[float, float]:
    """Mean and its standard error over the examples that did not fail; NaN where there are too few."""
    value = value[~np.isnan(value)]
    mean = float(value.mean()) if len(value) else math.nan
    return mean, float(value.std(ddof=1) / len(value) ** 0.5) if len(value) > 1 else math.nan


def _sentence(summary: Mapping[str, Any], out: Path) -> str:
    counts = {rung.stage: summary[f"n_{rung.stage}"] for rung in rungs.LADDER}
    stages = ", ".join(f"{n:,} {stage}" for stage, n in counts.items() if n)
    of = f"of the file's {summary['n_in_file']:,} " if summary["n_in_file"] else ""
    return (
        f"{out}: {summary['n_examples']:,} {of}examples, split {summary['split']}\n"
        f"mean ELBO {summary['mean_elbo_nats']:.2f}, log p(x) {summary['mean_log_px_nats']:.2f}, "
        f"gap {summary['mean_gap_nats']:.2f} nats\n"
        f"{_parts(summary)}"
        f"{summary['n_trusted']:,} of {summary['n_examples']:,} estimates of log p(x) can be trusted; "
        f"draws from: {stages}; on average K = {summary['mean_n_samples']:,.0f}\n"
        f"as papers print it, {summary['encoder_n_samples']:,} draws of the encoder's q: "
        f"{summary['mean_encoder_log_px_nats']:.2f} nats; the error is known for "
        f"{summary['n_encoder_error_known']:,} of {summary['n_examples']:,}"
    )


def _parts(summary: Mapping[str, Any]) -> str:
    """A line on what the gap is made of; empty where it was not split."""
    named = [
        f"{word} {summary[f'mean_{part}']:.2f} ± {summary[f'mean_{part}_se']:.2f}"
        for part, word in PARTS.items()
        if f"mean_{part}" in summary
    ]
    return f"of the gap: {', '.join(named)} nats\n" if named else ""


def _doubtful(scored: dict[str, np.ndarray], example_ids: np.ndarray) -> str:
    """A line that names the examples without a number to trust; empty where there are none."""
    ids = example_ids[scored["trust"] == Reliability.UNRELIABLE]
    if not len(ids):
        return ""
    shown = ", ".join(map(str, ids[:MOST_NAMED].tolist())) + (", ..." if len(ids) > MOST_NAMED else "")
    return f"not to be trusted (column trust): {'examples' if len(ids) > 1 else 'example'} {shown}"


def _write(columns: dict[str, np.ndarray], out: Path) -> None:
    write.folder(out.parent)
    with write.whole(out) as file:
        pq.write_table(pa.table(columns), file)
