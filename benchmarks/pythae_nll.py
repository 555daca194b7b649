"""log p(x) of an imported pythae model beside pythae's own `get_nll`, on the same examples.

`get_nll` draws from q(z|x); its estimate of log p(x) is too low, the more so the farther q is from p(z|x), and the
spread of its repetitions does not show it. So both are told: how many examples agree within three combined errors, the
differences, with more and more draws. The images are 0 or 1, drawn once an example
as the model's import does, so that both are given the same. Run in an environment with pythae.

    python -m benchmarks.pythae_nll PYTHAE_FOLDER IMPORTED_CHECKPOINT --data mnist --out pythae_nll.json
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.app_process import machine
from explorer import datasets, load_checkpoint, score_all
from explorer.importing.readings.trial import examples_of, spread_out

# Draws of one estimate, and how often it is repeated.
DRAWS: Sequence[int] = (100, 1000, 10_000)
_BATCH, _N_REPEATS, _ERRORS = 100, 5, 3.0


@dataclass(frozen=True)
class Row:
    """One example, nats. `theirs` is the mean of their repetitions with so many draws, `theirs_se` its error."""

    example_id: int
    n_draws: int
    theirs: float
    theirs_se: float
    ours: float
    ours_se: float
    trust: str

    @property
    def agrees(self) -> bool:
        return abs(self.ours - self.theirs) <= _ERRORS * math.hypot(self.ours_se, self.theirs_se)


def their_rows(model: Any, x: Tensor, n_draws: int) -> tuple[Sequence[float], Sequence[float]]:
    """Means and errors of repeated estimates of log p(x), an example each."""
    # `get_nll` returns the mean of log p(x), in spite of its name.
    each = [[float(model.get_nll(row[None], n_draws, _BATCH)) for _ in range(_N_REPEATS)] for row in x]
    found = np.array(each)
    return found.mean(1).tolist(), (found.std(1, ddof=1) / math.sqrt(_N_REPEATS)).tolist()


def measured(
    folder: Path, checkpoint: Path, data: str, n: int, root: Path | None
) -> tuple[list[Row], dict[str, float]]:
    """Rows by draws and example, and the seconds of each estimator."""
    theirs = importlib.import_module("pythae.models").AutoModel.load_from_folder(str(folder)).eval()
    ours = load_checkpoint(checkpoint).model
    examples = examples_of(spread_out(datasets.load(data, root=root), n), ours)
    began = time.perf_counter()
    figures = score_all(ours, examples)
    seconds = {"ours": time.perf_counter() - began}
    rows = []
    for n_draws in DRAWS:
        began = time.perf_counter()
        with torch.no_grad():
            means, errors = their_rows(theirs, examples.x, n_draws)
        seconds[f"theirs, {n_draws} draws"] = (time.perf_counter() - began) / _N_REPEATS
        columns = (figures["log_px_nats"], figures["log_px_se"], figures["trust"])
        for i, mean, se, *own in zip(examples.ids.tolist(), means, errors, *columns, strict=True):
            rows.append(Row(i, n_draws, mean, se, float(own[0]), float(own[1]), str(own[2])))
    return rows, seconds


def table(rows: Sequence[Row]) -> str:
    """By draws, as Markdown."""
    lines = [
        "| draws | theirs | ours | ours - theirs, mean | largest | within 3 errors | their mean error |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for n_draws in DRAWS:
        mine = [row for row in rows if row.n_draws == n_draws]
        theirs, ours, error = (
            np.mean([getattr(r, k) for r in mine]) for k in ("theirs", "ours", "theirs_se")
        )
        gaps = [row.ours - row.theirs for row in mine]
        agree = f"{sum(row.agrees for row in mine)} of {len(mine)}"
        lines.append(
            f"| {n_draws} | {theirs:.2f} | {ours:.2f} | {np.mean(gaps):.2f} | {max(gaps):.2f} | {agree} | {error:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--data-root", type=Path)
    parser.add_argument("--n", type=int, default=32, help="examples")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows, seconds = measured(options.folder, options.checkpoint, options.data, options.n, options.data_root)
    print(table(rows))
    print(", ".join(f"{name}: {taken:.1f} s" for name, taken in seconds.items()))
    if options.out:
        content = {"machine": machine(), "seconds": seconds, "rows": [asdict(row) for row in rows]}
        options.out.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
