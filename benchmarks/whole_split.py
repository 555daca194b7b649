"""Minutes and peak memory for trusted numbers on a whole test split: the atlas of Fashion-MNIST, 10,000 examples.

The build runs in a process of its own; what it printed is passed through, and the kernel says what it took. With
--samples twice, the second run shows that memory does not grow with K.

    python -m benchmarks.whole_split                                   # builds into a temporary folder
    python -m benchmarks.whole_split --limit 320 --samples 512 8192    # memory against K
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.atlas import Atlas

SHIPPED = Path(__file__).parents[1] / "checkpoints" / "fashion-mnist-16d"


@dataclass(frozen=True)
class Build:
    """One build: what it was asked for and what it took."""

    n_examples: int
    n_samples: int
    n_threads: str
    minutes: float
    peak_mebibytes: float
    n_trusted: int
    mean_spent: float


def build(checkpoint: Path, data: str, out: Path, limit: int | None, n_samples: int) -> Build:
    """Builds an atlas in a child process and asks the kernel for its peak memory (Linux: ru_maxrss in KiB)."""
    command = [sys.executable, "-m", "explorer", "atlas", str(checkpoint), "--data", data]
    command += ["--out", str(out), "--samples", str(n_samples), *(["--limit", str(limit)] if limit else [])]
    started = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"the build failed: {' '.join(command)}")
    minutes = (time.perf_counter() - started) / 60
    atlas = Atlas.open(out)
    found = atlas.columns(["trust", "n_spent"])
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    n_trusted = int((found["trust"] != "unreliable").sum())
    spent = float(found["n_spent"].mean())
    return Build(atlas.n_examples, n_samples, threads, minutes, usage.ru_maxrss / 1024, n_trusted, spent)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of trusted numbers for a whole split.")
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED)
    parser.add_argument("--data", default="fashion-mnist")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--samples", type=int, nargs="+", default=[512])
    parser.add_argument("--keep", type=Path, help="where the first atlas goes; default: a temporary folder")
    parser.add_argument("--out", type=Path, help="write the rows to this JSON file")
    arguments = parser.parse_args()
    builds = []
    with tempfile.TemporaryDirectory() as folder:
        for i, n_samples in enumerate(arguments.samples):
            out = arguments.keep if arguments.keep and i == 0 else Path(folder) / f"atlas-{i}"
            builds.append(build(arguments.checkpoint, arguments.data, out, arguments.limit, n_samples))
    print(
        f"{'examples':>10}{'K of q':>8}{'threads':>9}{'minutes':>9}{'peak MiB':>10}{'trusted':>9}{'decoded each':>14}"
    )
    for b in builds:
        print(
            f"{b.n_examples:>10,}{b.n_samples:>8,}{b.n_threads:>9}{b.minutes:>9.1f}{b.peak_mebibytes:>10.0f}"
            f"{b.n_trusted:>9,}{b.mean_spent:>14,.0f}"
        )
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(b) for b in builds], indent=2) + "\n")


if __name__ == "__main__":
    main()
