"""Does the 95% interval of log p(x) hold log p(x) 95% of the time? On exact models and on real decoders.

Exact: linear-Gaussian models (closed form) and a decoder of two latent dimensions (quadrature).
Real: the shipped checkpoints and the 50-dimensional MNIST model of `benchmarks/checkpoints`, against a reference whose
own error is printed: the same estimator with another seed and fifty times the draws (quadrature in two dimensions).
Beside each figure the papers' protocol on the same examples: log (1/K) sum w with K draws of the encoder's q.

    python -m benchmarks.coverage                      # exact models and shipped checkpoints
    python -m benchmarks.coverage --data-root FOLDER   # the MNIST model too; FOLDER has mnist/*.gz
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from explorer import datasets
from explorer.bounds import Examples, LadderSettings, ScoreSettings, score_all
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.latent_model import LatentModel
from tests.exact import LinearGaussian

ROOT = Path(__file__).parents[1]
REFERENCE_SEED = 1_000_003
REFERENCE = LadderSettings(target_se=0.007, max_samples=1 << 20)
WELL_KNOWN_SE = 0.01


@dataclass(frozen=True)
class Row:
    """One model: errors in nats, coverage of the 95% intervals, and the same of the papers' protocol."""

    name: str
    n_examples: int
    coverage: float
    bias_nats: float
    rmse_nats: float
    encoder_samples: int
    encoder_coverage: float
    encoder_bias_nats: float
    encoder_rmse_nats: float
    reference_se: float
    n_left_out: int
    n_trusted: int
    proposals: dict[str, int]
    mean_samples: float
    seconds: float


def scored(
    model: LatentModel, examples: Examples, settings: ScoreSettings
) -> tuple[dict[str, np.ndarray], float]:
    """All columns, and the seconds they took."""
    started = time.perf_counter()
    return score_all(model, examples, settings), time.perf_counter() - started


def row(
    name: str, model: LatentModel, examples: Examples, log_px: np.ndarray, se: np.ndarray, seed: int
) -> Row:
    """Scores at the default settings and compares with log p(x) known to `se`."""
    found, seconds = scored(model, examples, ScoreSettings(seed=seed))
    known = se <= WELL_KNOWN_SE
    # What is not trusted is reported without an interval.
    has_interval = np.isfinite(found["log_px_low_nats"])
    inside = (found["log_px_low_nats"] <= log_px) & (log_px <= found["log_px_high_nats"])
    error = (found["log_px_nats"] - log_px)[known]
    encoder_error = (found["encoder_log_px_nats"] - log_px)[known]
    encoder_inside = np.abs(encoder_error) < 1.96 * delta_error(found)[known]
    stages, counts = np.unique(found["proposal"], return_counts=True)
    return Row(
        name=name,
        n_examples=int(known.sum()),
        coverage=float(inside[known & has_interval].mean()),
        bias_nats=float(error.mean()),
        rmse_nats=root_mean_square(error),
        encoder_samples=int(found["encoder_n_samples"].max()),
        encoder_coverage=float(encoder_inside.mean()),
        encoder_bias_nats=float(encoder_error.mean()),
        encoder_rmse_nats=root_mean_square(encoder_error),
        reference_se=float(se[known].max()),
        n_left_out=int((~known).sum()),
        n_trusted=int((found["trust"] != "unreliable").sum()),
        proposals={str(k): int(n) for k, n in zip(stages, counts, strict=True)},
        mean_samples=float(found["n_samples"].mean()),
        seconds=seconds,
    )


def delta_error(found: dict[str, np.ndarray]) -> np.ndarray:
    """What papers would print beside L_K: sqrt((1/ESS - 1/K))."""
    return np.sqrt(np.clip(1 / found["encoder_ess"] - 1 / found["encoder_n_samples"], 0, None))


def root_mean_square(error: np.ndarray) -> float:
    return float(np.sqrt((error**2).mean()))


def exact_rows(n: int, seed: int) -> Iterator[Row]:
    """Linear-Gaussian models with loadings that are not orthogonal, so that mean-field q has a gap."""
    for d in (2, 8, 32):
        model = LinearGaussian.random(4 * d, d, seed)
        x = model.sample(n, seed + 1)
        exact = model.log_px(x).numpy()
        yield row(f"linear-Gaussian, d = {d}", model, Examples(x, np.arange(n)), exact, np.zeros(n), seed)


def quadrature(model: LatentModel, x: torch.Tensor, n_points: int, half_width: float = 6.0) -> np.ndarray:
    """log p(x) on a grid over two latent dimensions; x (N, *shape)."""
    axis = torch.linspace(-half_width, half_width, n_points)
    log_cell = 2 * math.log(2 * half_width / (n_points - 1))
    total = torch.full((len(x),), -torch.inf, dtype=torch.float64)
    with torch.inference_mode():
        for column in axis:
            z = torch.stack([column.expand(n_points), axis], -1)[:, None]
            likelihood, log_prior = model.likelihood(z), model.prior().log_prob(z).double()
            log_joint = torch.cat([likelihood.log_prob(part) for part in x.split(50)], 1) + log_prior
            total = torch.logaddexp(total, torch.logsumexp(log_joint, 0))
    return (total + log_cell).numpy()


def two_dimensional(name: str, n: int, seed: int) -> Row:
    """A shipped checkpoint with two latent dimensions, against grids of two resolutions."""
    model = checkpoints.load(ROOT / "checkpoints" / name).model
    # The test split has 355; their ids and those of the training split are different ones of one data set.
    splits = [fitted(datasets.load("digits", split), model) for split in ("test", "train")]
    x = torch.from_numpy(np.concatenate([s.x(slice(None)) for s in splits])[:n])
    ids = np.concatenate([s.example_ids for s in splits])[:n]
    fine, coarse = quadrature(model, x, 601), quadrature(model, x, 451)
    return row(f"{name}, quadrature", model, Examples(x, ids), fine, np.abs(fine - coarse), seed)


def real(name: str, folder: Path, data_name: str, root: Path | None, n: int, seed: int) -> Row:
    """A decoder of many dimensions against a long run with another seed."""
    model = checkpoints.load(folder / name).model
    data = fitted(datasets.load(data_name, "test", root), model).take(slice(n))
    examples = Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)
    reference, seconds = scored(model, examples, ScoreSettings(seed=REFERENCE_SEED, ladder=REFERENCE))
    print(f"{name}: the reference took {seconds:,.0f} s", flush=True)
    se = np.where(reference["trust"] == "unreliable", np.inf, reference["log_px_se"])
    return row(name, model, examples, reference["log_px_nats"], se, seed)


def table(rows: list[Row]) -> str:
    """The figures as text."""
    errors = f"{'coverage':>10}{'bias':>9}{'RMSE':>8}"
    head = (
        f"{'':28}{'examples':>9}{errors}   {'encoder K':>9}{errors}"
        f"{'ref. SE':>9}{'K':>8}{'trusted':>9}{'ms each':>9}"
    )
    lines = [head]
    for r in rows:
        n = r.n_examples + r.n_left_out
        lines.append(
            f"{r.name:28}{r.n_examples:>9}{r.coverage:>10.3f}{r.bias_nats:>9.4f}{r.rmse_nats:>8.3f}   "
            f"{r.encoder_samples:>9}{r.encoder_coverage:>10.3f}{r.encoder_bias_nats:>9.3f}{r.encoder_rmse_nats:>8.3f}"
            f"{r.reference_se:>9.4f}{r.mean_samples:>8.0f}{r.n_trusted:>9}{1000 * r.seconds / n:>9.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of the intervals of log p(x).")
    parser.add_argument("--examples", type=int, default=500, help="of each exact model")
    parser.add_argument("--real-examples", type=int, default=200, help="of each real decoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data-root", type=Path, help="folder with mnist/*.gz, for the MNIST model")
    parser.add_argument("--only", choices=("exact", "real", "mnist"), help="some of the rows")
    parser.add_argument("--out", type=Path, help="write the rows to this JSON file")
    arguments = parser.parse_args()
    rows: list[Row] = []
    n, n_real, seed = arguments.examples, arguments.real_examples, arguments.seed
    if arguments.only in (None, "exact"):
        rows += exact_rows(n, seed)
        rows.append(two_dimensional("digits-2d", n, seed))
    if arguments.only in (None, "real"):
        rows.append(real("fashion-mnist-16d", ROOT / "checkpoints", "fashion-mnist", None, n_real, seed))
    if arguments.only in (None, "real", "mnist") and arguments.data_root:
        folder = ROOT / "benchmarks" / "checkpoints"
        rows.append(real("mnist-50d", folder, "mnist", arguments.data_root, n_real, seed))
    print(table(rows))
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(r) for r in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
