"""Samples of log-weights a second: our engine and pythae's `get_nll` on the same weights, and memory against K.

Both decode every sample on the CPU and print the same estimate of log p(x); pythae also encodes x again for each.
Four models on binary 28x28 images, all with a Bernoulli likelihood (pythae's `bce`; it has no likelihood of levels):

- pythae's own default MLP, 784-512-10 (ReLU), random weights;
- the network of the standard protocol, 784-200-200-50 (tanh; Burda et al. 2016), random weights;
- the networks of a checkpoint, by default the shipped conv model, read as Bernoulli logits;
- the trained 50-dimensional MNIST model of `benchmarks/checkpoints`.

A third program is a loop over examples and passes, the shape of scvi-tools' `get_marginal_ll`.

pythae comes in an environment of its own (`make benchmark-environment`):

    .venv-bench/bin/python -m benchmarks.score --out score.json
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from pythae.models import VAE as PythaeVAE
from pythae.models import VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import Tensor, nn

from explorer import datasets
from explorer.bounds import Examples, score_elbo
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig

SHAPE = (1, 28, 28)
BINARY = DataSpec(SHAPE, "grey image", 2, binarise=True)
BERNOULLI = {"kind": "bernoulli"}
# What pythae decodes at once, and the loop too.
PER_PASS = 100
MEMORY_SAMPLES = (512, 8192, 65_536)
SHIPPED = Path("checkpoints/fashion-mnist-16d")
TRAINED = Path("benchmarks/checkpoints/mnist-50d")


@dataclass(frozen=True)
class Case:
    """One set of weights in both programs."""

    name: str
    ours: VAE
    theirs: PythaeVAE


@dataclass(frozen=True)
class Speed:
    """One row of the table; rates are medians over the repeats, in samples a second.

    Attributes:
        ratio: median of ours over theirs, each pair measured one after the other.
        log_px_nats: our mean over examples and repeats, and its error over the repeats.
        their_log_px_nats: theirs.
        looped: rate of a loop over examples and passes, as scvi-tools has it.
    """

    name: str
    n_examples: int
    n_samples: int
    ours: float
    theirs: float
    theirs_without_gradients: float
    looped: float
    ratio: float
    log_px_nats: tuple[float, float]
    their_log_px_nats: tuple[float, float]
    looped_log_px_nats: tuple[float, float]

    @property
    def difference(self) -> float:
        """Between our estimate and pythae's, in units of their combined error."""
        return _apart(self.log_px_nats, self.their_log_px_nats)

    @property
    def looped_difference(self) -> float:
        """Between our estimate and the loop's."""
        return _apart(self.log_px_nats, self.looped_log_px_nats)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, se_a), (b, se_b) = one, other
    return abs(a - b) / max(math.hypot(se_a, se_b), 1e-9)


@dataclass(frozen=True)
class Memory:
    """Peak memory of a process that scores one example; MiB above what it held before."""

    name: str
    n_samples: int
    mebibytes: float


class Encoder(BaseEncoder):
    """One of our encoders, the way pythae calls it."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> ModelOutput:
        mu, log_var = self.network(x).chunk(2, dim=-1)
        return ModelOutput(embedding=mu, log_covariance=log_var)


class Decoder(BaseDecoder):
    """One of our decoders of logits, the way pythae calls it."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=torch.sigmoid(self.network(z)))


def pythae_mlp() -> Case:
    """pythae's default networks, their weights copied into ours."""
    torch.manual_seed(0)
    theirs = PythaeVAE(VAEConfig(input_dim=SHAPE, latent_dim=10, reconstruction_loss="bce"))
    mlp = {"kind": "mlp", "hidden": [512], "activation": "relu"}
    ours = VAE(ModelConfig(10, BINARY, BERNOULLI, mlp, mlp))
    encoder, decoder = theirs.encoder, theirs.decoder
    layers = {
        "encoder.1": [encoder.layers[0][0]],
        "encoder.3": [encoder.embedding, encoder.log_var],
        "decoder.0": [decoder.layers[0][0]],
        "decoder.2": [decoder.layers[1][0]],
    }
    state = {
        f"{name}.{kind}": torch.cat([getattr(layer, kind).detach() for layer in parts])
        for name, parts in layers.items()
        for kind in ("weight", "bias")
    }
    ours.load_state_dict(state)
    return Case("pythae's MLP 784-512-10", ours, theirs)


def protocol_mlp() -> Case:
    """The one-layer network of Burda et al. 2016."""
    torch.manual_seed(0)
    mlp = {"kind": "mlp", "hidden": [200, 200], "activation": "tanh"}
    return wrapped("MLP 784-200-200-50", VAE(ModelConfig(50, BINARY, BERNOULLI, mlp, mlp)))


def of_checkpoint(path: Path) -> Case:
    """A checkpoint's networks with its raw output as logits; one output a pixel is needed."""
    model = checkpoints.load(path).model
    assert isinstance(model, VAE), "a network of ours"
    ours = VAE(replace(model.config, data=BINARY, likelihood=BERNOULLI))
    ours.load_state_dict({k: v for k, v in model.state_dict().items() if not k.startswith("head.")})
    return wrapped(path.name, ours)


def wrapped(name: str, ours: VAE) -> Case:
    """The same modules in both programs."""
    config = VAEConfig(input_dim=SHAPE, latent_dim=ours.latent_dim, reconstruction_loss="bce")
    return Case(name, ours, PythaeVAE(config, Encoder(ours.encoder), Decoder(ours.decoder)))


def images(n: int) -> Examples:
    """The first Fashion-MNIST test images, every pixel 0 or 1."""
    data = datasets.binarise(datasets.load("fashion-mnist").take(slice(n)), seed=0)
    return Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)


def our_mean(case: Case, examples: Examples, n_samples: int, seed: int) -> float:
    """The mean of our `encoder` column, which is the protocol that the others follow."""
    found = score_elbo(case.ours, examples, n_samples, seed)
    return float(found["encoder_log_px_nats"].mean())


def their_mean(case: Case, examples: Examples, n_samples: int, seed: int) -> float:
    torch.manual_seed(seed)
    return float(case.theirs.get_nll(examples.x, n_samples=n_samples))


@torch.no_grad()
def looped_mean(case: Case, examples: Examples, n_samples: int, seed: int) -> float:
    """An example at a time, encoder and decoder again at every pass: the shape of scvi-tools' `get_marginal_ll`."""
    torch.manual_seed(seed)
    values = []
    for x in examples.x.split(1):
        log_w = []
        for _ in range(n_samples // PER_PASS):
            q = case.ours.posterior(x)
            z = q.sample((PER_PASS,))
            log_joint = case.ours.likelihood(z).log_prob(x) + case.ours.prior().log_prob(z)
            log_w.append(log_joint - q.log_prob(z))
        values.append(torch.logsumexp(torch.cat(log_w), 0) - math.log(n_samples))
    return float(torch.cat(values).mean())


def speed(case: Case, examples: Examples, n_samples: int, n_repeats: int) -> Speed:
    """Times the programs in turn, so that whatever else the machine does meets all of them."""
    case.ours.eval()
    case.theirs.eval()
    n_total = len(examples) * n_samples
    rates: dict[str, list[float]] = {"ours": [], "theirs": [], "without": [], "looped": []}
    values: dict[str, list[float]] = {"ours": [], "theirs": [], "looped": []}

    def timed(run: Callable[[], float], name: str) -> float:
        started = time.perf_counter()
        value = run()
        rates[name].append(n_total / (time.perf_counter() - started))
        return value

    for warm_up in (our_mean, their_mean):
        warm_up(case, Examples(examples.x[:2], examples.ids[:2]), 100, 0)
    for seed in range(n_repeats):
        ask = (case, examples, n_samples, seed)
        values["ours"].append(timed(lambda ask=ask: our_mean(*ask), "ours"))  # type: ignore[misc]
        values["theirs"].append(timed(lambda ask=ask: their_mean(*ask), "theirs"))  # type: ignore[misc]
        values["looped"].append(timed(lambda ask=ask: looped_mean(*ask), "looped"))  # type: ignore[misc]
        with torch.no_grad():
            timed(lambda ask=ask: their_mean(*ask), "without")  # type: ignore[misc]
    pairs = zip(rates["ours"], rates["theirs"], strict=True)
    return Speed(
        name=case.name,
        n_examples=len(examples),
        n_samples=n_samples,
        ours=statistics.median(rates["ours"]),
        theirs=statistics.median(rates["theirs"]),
        theirs_without_gradients=statistics.median(rates["without"]),
        looped=statistics.median(rates["looped"]),
        ratio=statistics.median(a / b for a, b in pairs),
        log_px_nats=_mean(values["ours"]),
        their_log_px_nats=_mean(values["theirs"]),
        looped_log_px_nats=_mean(values["looped"]),
    )


def _mean(values: list[float]) -> tuple[float, float]:
    """Mean and its standard error."""
    spread = statistics.stdev(values) if len(values) > 1 else float("nan")
    return statistics.mean(values), spread / len(values) ** 0.5


def memory(program: str, n_samples: int) -> Memory:
    """Measures in a process of its own; Linux only."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return Memory(program, n_samples, pool.apply(_peak, (program, n_samples, torch.get_num_threads())))


def _peak(program: str, n_samples: int, n_threads: int) -> float:
    torch.set_num_threads(n_threads)
    case, one = pythae_mlp(), images(1)
    run = our_mean if program == "ours" else their_mean
    run(case, one, 100, 0)
    # Imports had a peak of their own: writing a 5 here makes the kernel forget it (man 5 proc).
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    run(case, one, n_samples, 0)
    return (_status("VmHWM") - before) / 1024


def _status(name: str) -> int:
    """A figure of this process in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def table(speeds: list[Speed], memories: list[Memory]) -> str:
    """Both tables as text."""
    lines = [
        f"{'samples a second':<28}{'ours':>10}{'pythae':>10}{'no grad':>10}{'loop':>10}{'ratio':>8}   log p(x), nats"
    ]
    for s in speeds:
        (a, se_a), (b, se_b), (c, se_c) = s.log_px_nats, s.their_log_px_nats, s.looped_log_px_nats
        lines.append(
            f"{s.name:<28}{s.ours:>10,.0f}{s.theirs:>10,.0f}{s.theirs_without_gradients:>10,.0f}{s.looped:>10,.0f}"
            f"{s.ratio:>8.1f}   {a:.3f} ± {se_a:.3f}, pythae {b:.3f} ± {se_b:.3f} ({s.difference:.1f} errors apart), "
            f"loop {c:.3f} ± {se_c:.3f} ({s.looped_difference:.1f})"
        )
    if memories:
        lines += ["", f"{'memory above start, MiB':<28}" + "".join(f"{k:>10,}" for k in MEMORY_SAMPLES)]
        for name in ("ours", "pythae"):
            row = [m.mebibytes for m in memories if m.name == name]
            lines.append(f"{name:<28}" + "".join(f"{value:>10.1f}" for value in row))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time scoring beside pythae's get_nll.")
    parser.add_argument("--examples", type=int, default=32)
    parser.add_argument("--samples", type=int, default=1000, help="n_samples, a multiple of pythae's 100")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED, help="networks of the third row")
    parser.add_argument("--no-memory", action="store_true", help="leave the second table out")
    parser.add_argument("--out", type=Path, help="write the rows to this JSON file")
    arguments = parser.parse_args()
    if arguments.samples < 100 or arguments.samples % 100:
        parser.error(
            "--samples: pythae draws whole batches of 100, so another number would compare unequal work"
        )
    torch.set_num_threads(arguments.threads)
    examples = images(arguments.examples)
    cases = [pythae_mlp(), protocol_mlp(), of_checkpoint(arguments.checkpoint), of_checkpoint(TRAINED)]
    speeds = [speed(case, examples, arguments.samples, arguments.repeats) for case in cases]
    wanted = [] if arguments.no_memory else [(p, k) for p in ("ours", "pythae") for k in MEMORY_SAMPLES]
    memories = [memory(*each) for each in wanted]
    print(table(speeds, memories))
    if arguments.out:
        record = {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "machine": platform.machine(),
            "n_threads": torch.get_num_threads(),
            "n_repeats": arguments.repeats,
            "speed": [
                {
                    **asdict(s),
                    "difference_in_errors": s.difference,
                    "looped_difference_in_errors": s.looped_difference,
                }
                for s in speeds
            ],
            "memory": [asdict(m) for m in memories],
        }
        arguments.out.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
