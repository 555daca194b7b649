"""The pictures of docs/estimators.md and docs/findings.md, drawn from what the benchmarks and commands wrote.

.venv-bench/bin/python -m benchmarks.plots
.venv-bench/bin/python -m benchmarks.plots --scores mnist-scores.parquet    # the finding's picture, from `score`
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pyarrow.parquet as pq
from matplotlib import pyplot as plt

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
# Okabe & Ito's blue and vermilion: told apart by every kind of colour vision.
OURS, PROTOCOL = "#0072B2", "#D55E00"


def coverage(rows: list[dict[str, Any]], out: Path) -> None:
    """Coverage of the 95% intervals, ours and the protocol's, with binomial errors."""
    figure, axes = plt.subplots(figsize=(7.2, 0.5 * len(rows) + 1.3), layout="constrained")
    y = np.arange(len(rows))[::-1]
    for offset, colour, prefix, name in (
        (0.12, OURS, "", "the explorer, default settings"),
        (-0.12, PROTOCOL, "encoder_", "512 draws of the encoder's q, ± 1.96 delta error"),
    ):
        share = np.array([r[f"{prefix}coverage"] for r in rows])
        n = np.array([r["n_examples"] for r in rows])
        error = 1.96 * np.sqrt(np.maximum(share * (1 - share), 0.05**2) / n)
        axes.errorbar(share, y + offset, xerr=error, fmt="o", color=colour, label=name, capsize=2)
    axes.axvline(0.95, color="#888888", linewidth=1, linestyle="--")
    axes.axvspan(0.93, 0.97, color="#888888", alpha=0.12, linewidth=0)
    axes.set_yticks(y, [f"{r['name']}  (n = {r['n_examples']})" for r in rows])
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("share of examples whose 95% interval holds log p(x)")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, out)


def finding(scores: Path, out: Path) -> None:
    """How far the protocol's log p(x) lies below the trusted one, an example a point, against its own claimed error."""
    table = pq.read_table(scores).to_pandas()
    table = table[table["trust"] != "unreliable"]
    below = (table["log_px_nats"] - table["encoder_log_px_nats"]).to_numpy()
    claimed = np.sqrt(np.clip(1 / table["encoder_ess"] - 1 / table["encoder_n_samples"], 0, None)).to_numpy()
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.hist(np.clip(below, -0.5, 3), bins=np.linspace(-0.5, 3, 71), color=PROTOCOL)
    left.axvline(0, color="#888888", linewidth=1, linestyle="--")
    left.axvline(below.mean(), color="black", linewidth=1)
    left.annotate(f" mean {below.mean():.2f}", (below.mean(), 0.92), xycoords=("data", "axes fraction"))
    left.set_xlabel("nats too low (what lies beyond is in the end bars)")
    left.set_ylabel("examples")
    right.scatter(claimed, below, s=5, color=PROTOCOL, alpha=0.5, linewidths=0)
    edge = np.linspace(0, 1, 50)
    right.plot(edge, 1.96 * edge, color="#888888", linewidth=1, linestyle="--")
    right.plot(edge, -1.96 * edge, color="#888888", linewidth=1, linestyle="--")
    right.annotate("its own 95% interval", (0.62, 1.5), rotation=24, color="#666666", fontsize=9)
    right.set_xlim(0, 1)
    right.set_ylim(-1.5, 6)
    right.set_xlabel("standard error that it claims, nats")
    right.set_ylabel("nats too low")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    _save(figure, out)


def _save(figure: Any, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    # Without a date or a program's name, so that the same figures make the same file.
    figure.savefig(out, dpi=130, metadata={"Date" if out.suffix == ".svg" else "Software": None})
    print(out)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the pictures of the documents.")
    parser.add_argument("--scores", type=Path, help="a Parquet file of `explorer score` on the MNIST model")
    arguments = parser.parse_args()
    mpl.rcParams |= {"font.size": 9.5, "svg.hashsalt": "explorer", "figure.facecolor": "white"}
    rows = json.loads((RESULTS / "coverage.json").read_text())
    coverage(rows, ROOT / "docs" / "coverage.svg")
    if arguments.scores:
        finding(arguments.scores, ROOT / "docs" / "finding.png")


if __name__ == "__main__":
    main()
