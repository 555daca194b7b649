"""How long a decoder takes that came in from another make, against the module that it was: at most 1.2 times is wanted.

A module and the program that was made of it decode the same codes by turns, on one thread and without gradients, as a
drag and a batch of draws do; medians.

    python -m benchmarks.imported --out imported.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.programs.traced import program_of

LATENT_DIM, SEED = 20, 0
WANTED_RATIO = 1.2
# Batches, and how often each is decoded.
BATCHES: Mapping[int, int] = {1: 2000, 128: 60}


@dataclass(frozen=True)
class Row:
    """Medians of one decoder and one batch.

    Attributes:
        ratio: of the program to the module.
    """

    decoder: str
    n_codes: int
    n_repeats: int
    module_ms: float
    program_ms: float
    ratio: float


def decoders() -> dict[str, nn.Module]:
    """Untrained ones: what the numbers are takes no time."""
    torch.manual_seed(SEED)
    dense = nn.Sequential(nn.Linear(LATENT_DIM, 512), nn.ReLU(), nn.Linear(512, 784))
    conv = nn.Sequential(
        nn.Linear(LATENT_DIM, 64 * 7 * 7),
        nn.Unflatten(1, (64, 7, 7)),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(64, 32, 4, 2, 1),
        nn.BatchNorm2d(32),
        nn.ReLU(inplace=True),
        nn.ConvTranspose2d(32, 1, 4, 2, 1),
    )
    return {"20-512-784": dense.eval(), "transposed convolutions to 28 x 28": conv.eval()}


def row(name: str, module: nn.Module, n_codes: int, n_repeats: int) -> Row:
    """Both by turns, so that what else the machine does falls on both."""
    module.requires_grad_(False)
    z = torch.randn(n_codes, LATENT_DIM)
    program = program_of(module, z[:1])
    seconds: tuple[list[float], list[float]] = ([], [])
    with torch.inference_mode():
        for i in range(n_repeats + 3):
            for took, decode in zip(seconds, (module, program), strict=True):
                took.append(_seconds(decode, z))
                if i < 3:
                    took.clear()
    theirs, ours = (1e3 * statistics.median(took) for took in seconds)
    return Row(name, n_codes, n_repeats, theirs, ours, ours / theirs)


def _seconds(decode: Callable[[Tensor], object], z: Tensor) -> float:
    start = time.perf_counter()
    decode(z)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = [row(name, m, n, k) for name, m in decoders().items() for n, k in BATCHES.items()]
    print("| decoder | codes | module ms | program ms | ratio |\n| --- | ---: | ---: | ---: | ---: |")
    for r in rows:
        print(f"| {r.decoder} | {r.n_codes} | {r.module_ms:.3f} | {r.program_ms:.3f} | {r.ratio:.2f} |")
    print(f"\nworst ratio {max(r.ratio for r in rows):.2f}, wanted at most {WANTED_RATIO}")
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(r) for r in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
