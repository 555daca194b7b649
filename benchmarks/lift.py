"""How long a place on a map takes to become a code with its support.

One drag position is one `LocalLift.lift` with a base and one `Support.at`; the budget is 1 ms for the lift
and 0.5 ms for the support, at 10,000 points in 16 dimensions. With --with-umap, umap-learn's own
inverse_transform of one place is timed beside it, on a smaller set.

    python -m benchmarks.lift --out lift.json
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from explorer.latent import LocalLift, Support

N_POINTS, LATENT_DIM, SEED = 10_000, 16, 0


@dataclass(frozen=True)
class Timing:
    """One row of the table."""

    what: str
    n_points: int
    n_positions: int
    n_repeats: int
    median_ms: float
    p95_ms: float


def timed(
    what: str, call: Callable[[int], object], n_repeats: int, n_positions: int = 1, n_points: int = N_POINTS
) -> Timing:
    """Times `call(i)` for i = 0 .. n_repeats - 1, after three calls that do not count."""
    for i in range(3):
        call(i)
    milliseconds = []
    for i in range(n_repeats):
        start = time.perf_counter()
        call(i)
        milliseconds.append(1e3 * (time.perf_counter() - start))
    median, p95 = np.quantile(milliseconds, [0.5, 0.95])
    return Timing(what, n_points, n_positions, n_repeats, float(median), float(p95))


def examples(n_points: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten clusters: places (n, 2) and the codes (n, 16) that a curved map with noise gives them, float32."""
    rng = np.random.default_rng(SEED)
    centres = rng.normal(size=(10, 2)) * 6
    places = centres[rng.integers(10, size=n_points)] + rng.normal(size=(n_points, 2))
    bends = np.sin(places @ rng.normal(size=(2, LATENT_DIM)))
    codes = bends + 0.3 * rng.normal(size=(n_points, LATENT_DIM))
    return places.astype(np.float32), codes.astype(np.float32)


def timings(n_repeats: int) -> list[Timing]:
    """The rows for one position and for 100 in a batch."""
    places, codes = examples(N_POINTS)
    chart, support = LocalLift.fit(places, codes), Support.fit(codes)
    rng = np.random.default_rng(SEED + 1)

    def position(i: int, n: int = 1) -> tuple[np.ndarray, ...]:
        homes = (np.arange(n) + i * n) % N_POINTS
        return places[homes] + steps[homes], codes[homes], places[homes]

    def drag(i: int, n: int = 1) -> object:
        u, base_z, base_u = position(i, n)
        return support.at(chart.lift(u, base_z, base_u), chart.remoteness(u))

    steps = rng.normal(size=places.shape).astype(np.float32) * 0.5
    return [
        timed("lift, free handle", lambda i: chart.lift(position(i)[0]), n_repeats),
        timed("lift, dragged example", lambda i: chart.lift(*position(i)), n_repeats),
        timed("support of a code", lambda i: support.at(codes[[i]] + 0.1), n_repeats),
        timed("lift, remoteness and support", drag, n_repeats),
        timed("the same, 100 in a batch", lambda i: drag(i, 100), max(n_repeats // 20, 5), n_positions=100),
        timed("place a code", lambda i: chart.place(codes[i] + 0.1), n_repeats),
        timed("fit the lift", lambda i: LocalLift.fit(places, codes), 5),
        timed("fit the support", lambda i: Support.fit(codes), 3),
    ]


def umap_timing(n_points: int) -> Timing:
    """umap-learn's inverse_transform of one place, after a first call that compiles."""
    from umap import UMAP

    codes = examples(n_points)[1]
    reducer = UMAP(random_state=SEED, n_jobs=1).fit(codes)
    middle = reducer.embedding_.mean(axis=0, keepdims=True)
    return timed("umap-learn inverse_transform", lambda i: reducer.inverse_transform(middle), 5, 1, n_points)


def table(rows: list[Timing]) -> str:
    """The rows as text, milliseconds a call."""
    head = f"{'':<30}{'points':>8}{'places':>8}{'median ms':>12}{'p95 ms':>10}"
    lines = [
        f"{row.what:<30}{row.n_points:>8,}{row.n_positions:>8}{row.median_ms:>12.3f}{row.p95_ms:>10.3f}"
        for row in rows
    ]
    return "\n".join([head, *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the lift from a place on a map to a code.")
    parser.add_argument("--repeats", type=int, default=2000, help="positions to time, one after another")
    parser.add_argument(
        "--with-umap", action="store_true", help="time umap-learn's inverse_transform too (minutes)"
    )
    parser.add_argument("--umap-points", type=int, default=2000, help="size of the set that it is timed on")
    parser.add_argument("--out", type=Path, help="write the rows to this JSON file")
    arguments = parser.parse_args()
    rows = timings(arguments.repeats)
    if arguments.with_umap:
        rows.append(umap_timing(arguments.umap_points))
    print(table(rows))
    if arguments.out:
        versions = {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": platform.machine(),
        }
        record = {**versions, "rows": [asdict(row) for row in rows]}
        arguments.out.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
