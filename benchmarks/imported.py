"""How long a decoder takes that came in from another make, against the module that it was: at most 1.2 times is wanted.

A module and the program that was made of it decode the same codes by turns, on one thread and without gradients, as a
drag and a batch of draws do; medians.

    python -m benchmarks.imported --out imported.json

With `--imports`: how long `explorer import` of each kind of source takes, the process and the trial of its readings
included (at most 10 s are wanted), beside a process that loads it as its own program does; by turns, medians.

    python -m benchmarks.imported --imports --out imports.json
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.app_process import ROOT, machine
from benchmarks.first_map import as_npz
from benchmarks.sources import SOURCES, trained
from explorer import datasets
from explorer.programs.traced import program_of

LATENT_DIM, SEED = 20, 0
WANTED_RATIO, WANTED_SECONDS = 1.2, 10.0
_IMPORT_REPEATS = 3
# Of each kind: what its own program does with it.
LOADING: Mapping[str, str] = {
    "state dict (.pt)": "import torch; from benchmarks.sources import VAE; VAE().load_state_dict(torch.load({0!r}))",
    "exported pair (.pt2)": "from torch.export import load; [load({0!r} + n).module() for n in ('/encoder.pt2', "
    "'/decoder.pt2')]",
    "pythae folder": "from pythae.models import AutoModel; AutoModel.load_from_folder({0!r})",
}
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


@dataclass(frozen=True)
class Import:
    """Medians of one kind of source, seconds of a whole process.

    Attributes:
        theirs: None where its library is not installed.
    """

    source: str
    n_repeats: int
    ours: float
    slowest: float
    theirs: float | None


def imports() -> list[Import]:
    """Of one small VAE and 10,000 images."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data = as_npz(folder)
        vae = trained(torch.from_numpy(datasets.load("fashion-mnist").x(slice(None))))
        return [_import(source, write(vae, folder), said, data) for source, (write, said) in SOURCES.items()]


def _import(source: str, path: Path, said: Sequence[str], data: Path) -> Import:
    is_there = source != "pythae folder" or importlib.util.find_spec("pythae") is not None
    ours, theirs = [], []
    for i in range(_IMPORT_REPEATS):
        out = path.with_name(f"{path.stem}-{i}")
        ours.append(
            _process("-m", "explorer", "import", str(path), "--data", str(data), "--out", str(out), *said)
        )
        if is_there:
            theirs.append(_process("-c", LOADING[source].format(str(path))))
    middle = statistics.median(theirs) if theirs else None
    return Import(source, _IMPORT_REPEATS, statistics.median(ours), max(ours), middle)


def _process(*words: str) -> float:
    """Seconds of a Python of its own."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def imports_table(rows: Sequence[Import]) -> str:
    """The rows as Markdown."""
    lines = ["| source | import, s | slowest, s | its own program, s |", "|---|---:|---:|---:|"]
    for row in rows:
        theirs = "not installed" if row.theirs is None else f"{row.theirs:.1f}"
        lines.append(f"| {row.source} | {row.ours:.1f} | {row.slowest:.1f} | {theirs} |")
    return "\n".join([*lines, f"\nwanted at most {WANTED_SECONDS:g} s"])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--imports", action="store_true", help="how long an import takes")
    arguments = parser.parse_args()
    if arguments.imports:
        found = imports()
        print(imports_table(found))
        if arguments.out:
            content = {"machine": machine(), "rows": [asdict(one) for one in found]}
            arguments.out.write_text(json.dumps(content, indent=2) + "\n")
        return
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
