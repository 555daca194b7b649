"""How near the engine comes to the machine: its arithmetic beside a bare matrix product, in one run.

The decoder is the MLP 50-200-200-784 of Burda et al. 2016 with a Bernoulli likelihood. The yardsticks, timed in turn
with the engine: one large float32 product, which is the most that the machine gives, and the decoder's own three
products at the engine's block of rows with nothing between them. On a GPU the fraction of the memory bandwidth is
printed too.

    python -m benchmarks.engine [--device cuda]
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from explorer.bounds import Examples, proposals
from explorer.bounds.engine import ROWS_PER_PASS, stream
from explorer.bounds.noise import Source, Stream
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig

SIZES = (50, 200, 200, 784)
FLOPS_A_SAMPLE = 2 * sum(a * b for a, b in itertools.pairwise(SIZES))
N_EXAMPLES, N_SAMPLES = 32, 1024


@dataclass(frozen=True)
class Rates:
    """Median billions of floating-point operations a second, and the ratios of the medians of paired runs."""

    device: str
    n_threads: int
    engine: float
    large_product: float
    own_products: float
    share_of_large_product: float
    share_of_own_products: float


def protocol_net() -> VAE:
    torch.manual_seed(0)
    mlp = {"kind": "mlp", "hidden": [200, 200], "activation": "tanh"}
    spec = DataSpec((1, 28, 28), "grey image", 2)
    return VAE(ModelConfig(50, spec, {"kind": "bernoulli"}, mlp, mlp)).eval().requires_grad_(False)


def engine_run(model: VAE, device: str) -> Callable[[], float]:
    """Billions of operations that a run of the engine needs for its products alone."""
    x = (torch.rand(N_EXAMPLES, 1, 28, 28) < 0.2).float().to(device)
    examples = Examples(x, np.arange(N_EXAMPLES))
    q = proposals.encoder(model, x)

    def run() -> float:
        for _ in stream(model, examples, q, N_SAMPLES, Source(0, Stream.ENCODER)):
            pass
        return N_EXAMPLES * N_SAMPLES * FLOPS_A_SAMPLE / 1e9

    return run


def large_product(device: str, n: int = 2048) -> Callable[[], float]:
    a, b = torch.randn(2, n, n, device=device)

    def run() -> float:
        for _ in range(2):
            a @ b
        return 2 * 2 * n**3 / 1e9

    return run


def own_products(model: VAE, device: str) -> Callable[[], float]:
    n_rows = ROWS_PER_PASS if device == "cpu" else N_EXAMPLES * 64
    inputs = [torch.randn(n_rows, n, device=device) for n in SIZES[:-1]]
    layers = [m for m in model.decoder.modules() if isinstance(m, torch.nn.Linear)]
    n_passes = N_EXAMPLES * N_SAMPLES // n_rows

    def run() -> float:
        for _ in range(n_passes):
            for x, layer in zip(inputs, layers, strict=True):
                torch.nn.functional.linear(x, layer.weight, layer.bias)
        return n_passes * n_rows * FLOPS_A_SAMPLE / 1e9

    return run


def timed(run: Callable[[], float], device: str) -> float:
    started = time.perf_counter()
    done = run()
    if device == "cuda":
        torch.cuda.synchronize()
    return done / (time.perf_counter() - started)


@torch.inference_mode()
def measure(device: str, n_repeats: int) -> Rates:
    model = protocol_net().to(device)
    runs = {
        "engine": engine_run(model, device),
        "large": large_product(device),
        "own": own_products(model, device),
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(n_repeats + 1):
        for name, run in runs.items():
            rate = timed(run, device)
            if repeat:  # the first round warms up
                rates[name].append(rate)
    median = {name: statistics.median(values) for name, values in rates.items()}
    share = {
        name: statistics.median(e / o for e, o in zip(rates["engine"], rates[name], strict=True))
        for name in ("large", "own")
    }
    n_threads = torch.get_num_threads()
    return Rates(
        device, n_threads, median["engine"], median["large"], median["own"], share["large"], share["own"]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="The engine's arithmetic beside bare matrix products.")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    found = measure(arguments.device, arguments.repeats)
    print(f"GFlop/s on {found.device}, {found.n_threads} threads, medians of {arguments.repeats}")
    print(f"{'engine, products alone counted':36}{found.engine:8.1f}")
    print(
        f"{'one product of 2,048 x 2,048':36}{found.large_product:8.1f}   engine {found.share_of_large_product:.0%}"
    )
    print(
        f"{'the decoder products, bare':36}{found.own_products:8.1f}   engine {found.share_of_own_products:.0%}"
    )
    if arguments.out:
        arguments.out.write_text(json.dumps(asdict(found), indent=2) + "\n")


if __name__ == "__main__":
    main()
