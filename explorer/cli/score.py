"""`explorer score CHECKPOINT --data NAME --samples K --out scores.parquet`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tqdm import tqdm

from explorer import checkpoints
from explorer.bounds import Examples, ScoreSettings, score
from explorer.bounds.pareto import trust_limit
from explorer.cli.output import to_json
from explorer.cli.sources import add_data_arguments, add_seed_argument, positive, read_data
from explorer.fitting import fitted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    defaults = ScoreSettings()
    parser.add_argument("checkpoint", type=Path)
    add_data_arguments(parser, default_split="test")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N examples")
    parser.add_argument(
        "--samples", type=positive, default=defaults.n_samples, metavar="K", help="draws an example"
    )
    add_seed_argument(parser)
    parser.add_argument("--out", type=Path, default=Path("scores.parquet"), metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    checkpoint = checkpoints.load(arguments.checkpoint)
    data = fitted(read_data(arguments), checkpoint.model, arguments.seed).take(slice(arguments.limit))
    examples = Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)
    settings = ScoreSettings(arguments.samples, arguments.seed)
    batches = []
    with tqdm(total=len(data), unit="example", dynamic_ncols=True) as bar:
        for columns in score(checkpoint.model, examples, settings):
            batches.append(columns)
            bar.update(len(columns["elbo_nats"]))
    scored = {k: np.concatenate([b[k] for b in batches]) for k in batches[0]}
    _write({"example_id": data.example_ids, "label": data.labels.astype(np.int32), **scored}, arguments.out)
    summary = summarise(scored)
    print(to_json(summary) if arguments.json else _sentence(summary, arguments.out))
    return 0


def summarise(scored: dict[str, np.ndarray]) -> dict[str, float | int]:
    """Means over the examples with the standard error of each mean; how many can be trusted.

    The error of a mean combines the spread over examples, not the errors of sampling, and is that of the data set
    seen as a draw from its population.
    """
    n = len(scored["elbo_nats"])
    n_samples = int(scored["n_samples"].max())
    summary: dict[str, float | int] = {"n_examples": n, "n_samples": n_samples}
    for key in ("elbo_nats", "log_px_nats", "gap_nats", "kl_nats"):
        value = scored[key]
        mean, se = _mean(value)
        summary |= {f"mean_{key}": mean, f"mean_{key}_se": se}
    summary["n_failed"] = int(np.isnan(scored["log_px_nats"]).sum())
    summary["n_trusted"] = int((scored["pareto_k"] < trust_limit(n_samples)).sum())
    return summary


def _mean(value: np.ndarray) -> tuple[float, float]:
    """Mean and its standard error over the examples that did not fail; NaN where there are too few."""
    value = value[~np.isnan(value)]
    mean = float(value.mean()) if len(value) else math.nan
    return mean, float(value.std(ddof=1) / len(value) ** 0.5) if len(value) > 1 else math.nan


def _sentence(summary: dict[str, float | int], out: Path) -> str:
    return (
        f"{out}: {summary['n_examples']:,} examples, K = {summary['n_samples']:,}\n"
        f"mean ELBO {summary['mean_elbo_nats']:.2f}, log p(x) {summary['mean_log_px_nats']:.2f}, "
        f"gap {summary['mean_gap_nats']:.2f} nats\n"
        f"{summary['n_trusted']:,} of {summary['n_examples']:,} estimates of log p(x) can be trusted (Pareto k)"
    )


def _write(columns: dict[str, np.ndarray], out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(out.name + ".partial")
    pq.write_table(pa.table(columns), temporary)
    temporary.replace(out)
