"""How long until log p(x) is known to so many nats: the papers' protocol beside ours, on one model and one machine.

The protocol draws K times from the encoder's q; its error falls slowly, as a few draws carry the sum. Ours fits a
proposal to each example first. Both are timed in this run on the same examples, ours at several target errors, and
compared with a reference of another seed whose own error is printed.

    python -m benchmarks.time_to_rmse --data-root FOLDER     # FOLDER has mnist/*.gz
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.coverage import REFERENCE, REFERENCE_SEED, root_mean_square, scored
from explorer import datasets
from explorer.bounds import Examples, LadderSettings, ScoreSettings, proposals
from explorer.bounds.engine import stream
from explorer.bounds.estimates import estimate
from explorer.bounds.noise import Source, Stream
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.latent_model import LatentModel

MODEL = Path(__file__).parent / "checkpoints" / "mnist-50d"
TARGETS = (0.4, 0.2, 0.1, 0.05, 0.02)


@dataclass(frozen=True)
class Point:
    """One setting of one method: seconds an example, error in nats, bias in nats."""

    method: str
    setting: str
    seconds: float
    rmse_nats: float
    bias_nats: float


def protocol(model: LatentModel, examples: Examples, log_px: np.ndarray, n_samples: int) -> list[Point]:
    """Draws of the encoder's q, one example after the other; the time at each doubling is measured as it passes."""
    stops = [1 << i for i in range(6, n_samples.bit_length())]
    seconds = np.zeros(len(stops))
    values = np.full((len(examples), len(stops)), np.nan)
    for row in range(len(examples)):
        one = examples.select(torch.tensor([row]))
        started = time.perf_counter()
        q = proposals.encoder(model, one.x)
        for total in stream(model, one, q, stops[-1], Source(0, Stream.ENCODER), stops):
            n = int(total.weights.n)
            if n in stops:
                at = stops.index(n)
                values[row, at] = float(estimate(total.weights).log_px_nats)
                seconds[at] += time.perf_counter() - started
    error = values - log_px[:, None]
    return [
        Point(
            "encoder",
            f"K = {n:,}",
            seconds[i] / len(examples),
            root_mean_square(error[:, i]),
            error[:, i].mean(),
        )
        for i, n in enumerate(stops)
    ]


def ours(model: LatentModel, examples: Examples, log_px: np.ndarray) -> list[Point]:
    """The default estimator at several targets; the draws of q for the ELBO are part of the time."""
    points = []
    for target in TARGETS:
        found, seconds = scored(model, examples, ScoreSettings(ladder=LadderSettings(target_se=target)))
        error = found["log_px_nats"] - log_px
        points.append(
            Point(
                "ours", f"target {target:g}", seconds / len(examples), root_mean_square(error), error.mean()
            )
        )
    return points


def comparison(points: list[Point], rmse: float) -> str:
    """Which of both reaches an error first, and by what ratio."""
    quickest = {
        method: min(
            (p for p in points if p.method == method and p.rmse_nats <= rmse),
            key=lambda p: p.seconds,
            default=None,
        )
        for method in ("encoder", "ours")
    }
    best = min((p for p in points if p.method == "encoder"), key=lambda p: p.rmse_nats)
    if quickest["ours"] is None:
        return f"RMSE {rmse:g}: not reached by ours"
    if quickest["encoder"] is None:
        at_best = min(
            (p for p in points if p.method == "ours" and p.rmse_nats <= best.rmse_nats),
            key=lambda p: p.seconds,
        )
        return (
            f"RMSE {rmse:g}: ours takes {1000 * quickest['ours'].seconds:.0f} ms; draws of q do not get there: "
            f"their best is {best.rmse_nats:.3f} nats after {best.seconds:.1f} s ({best.setting}), where ours takes "
            f"{1000 * at_best.seconds:.0f} ms: {best.seconds / at_best.seconds:,.0f} times less"
        )
    ratio = quickest["encoder"].seconds / quickest["ours"].seconds
    return f"RMSE {rmse:g}: {ratio:,.0f} times less time than draws of q"


def main() -> None:
    parser = argparse.ArgumentParser(description="Time to a given error of log p(x).")
    parser.add_argument("--checkpoint", type=Path, default=MODEL)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--data-root", type=Path, help="folder with NAME/*.gz")
    parser.add_argument("--examples", type=int, default=32)
    parser.add_argument("--samples", type=int, default=1 << 20, help="most draws of q an example")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    model = checkpoints.load(arguments.checkpoint).model
    data = fitted(datasets.load(arguments.data, "test", arguments.data_root), model).take(
        slice(arguments.examples)
    )
    examples = Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)
    reference, _ = scored(model, examples, ScoreSettings(seed=REFERENCE_SEED, ladder=REFERENCE))
    print(
        f"{len(examples)} examples; standard error of the reference: {np.nanmax(reference['log_px_se']):.4f} at most"
    )
    log_px = reference["log_px_nats"]
    points = [*ours(model, examples, log_px), *protocol(model, examples, log_px, arguments.samples)]
    print(f"{'':12}{'':>16}{'ms an example':>15}{'RMSE, nats':>12}{'bias':>9}")
    for p in points:
        print(
            f"{p.method:12}{p.setting:>16}{1000 * p.seconds:>15,.1f}{p.rmse_nats:>12.3f}{p.bias_nats:>9.3f}"
        )
    for rmse in (0.1, 0.5):
        print(comparison(points, rmse))
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(p) for p in points], indent=2) + "\n")


if __name__ == "__main__":
    main()
