"""How long the same 10,000 images take to be read in each form, and what memory vectors take however many they are.

Images are the shipped test split of Fashion-MNIST, 28 x 28 pixels; as CSV they are columns of numbers. Each reading is
that of a fresh process whose imports are done; the files are in the disk cache. Vectors are float32 of 32 numbers in a
.npy file: a process reads all of them once, some at a time, as scoring does; its memory is the most that was resident,
less what was before.

    python -m benchmarks.reading --out reading.json
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.app_process import ROOT, machine
from explorer.datasets import load

REPEATS = 3
N_VECTORS, N_FEATURES = (10_000, 100_000, 1_000_000), 32
_CODE = """
import json, re, resource, sys, time
import numpy as np, pyarrow.csv, pyarrow.parquet, PIL.PngImagePlugin
from explorer.datasets import load
def resident(what):
    return int(re.search(what + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = resident("VmRSS")
start = time.perf_counter()
data = load(sys.argv[1], "all")
seconds = time.perf_counter() - start
for first in range(0, len(data), 1000):
    data.x(slice(first, first + 1000))
print(json.dumps({"n": len(data), "seconds": seconds, "mib": resident("VmHWM") - before}))
"""


def once(name: str) -> dict[str, float]:
    """Examples, seconds and MiB of one process that reads a data set."""
    command = [sys.executable, "-c", _CODE, name]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def forms(folder: Path) -> dict[str, str]:
    """The same images in each form, by what it is."""
    data = load("fashion-mnist")
    pixels, labels = np.asarray(data.values)[:, 0], data.labels
    pngs = [_png(image) for image in pixels]
    return {
        "a folder a class, PNG": _classes(folder / "classes", pngs, labels),
        ".npz": _npz(folder / "images.npz", pixels, labels),
        "IDX, gzip": _idx(folder, pixels, labels),
        "Parquet, PNG": _parquet(folder / "images.parquet", pngs, labels),
        "WebDataset, PNG": _tar(folder / "images.tar", pngs, labels),
        "CSV, 785 columns": _csv(folder / "images.csv", pixels, labels),
    }


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _classes(folder: Path, pngs: list[bytes], labels: np.ndarray) -> str:
    for i, (content, label) in enumerate(zip(pngs, labels.tolist(), strict=True)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        (folder / str(label) / f"{i:05}.png").write_bytes(content)
    return str(folder)


def _npz(path: Path, pixels: np.ndarray, labels: np.ndarray) -> str:
    np.savez(path, x=pixels, y=labels)
    return str(path)


def _idx(folder: Path, pixels: np.ndarray, labels: np.ndarray) -> str:
    for name, array in (("images-idx3", pixels), ("labels-idx1", labels.astype(np.uint8))):
        head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
        (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes(), 6))
    return str(folder / "train-images-idx3-ubyte.gz")


def _parquet(path: Path, pngs: list[bytes], labels: np.ndarray) -> str:
    rows = [{"bytes": content, "path": None} for content in pngs]
    pq.write_table(pa.table({"image": rows, "label": labels}), path)
    return str(path)


def _tar(path: Path, pngs: list[bytes], labels: np.ndarray) -> str:
    with tarfile.open(path, "w") as archive:
        for i, (content, label) in enumerate(zip(pngs, labels.tolist(), strict=True)):
            for kind, part in (("png", content), ("cls", str(label).encode())):
                member = tarfile.TarInfo(f"{i:05}.{kind}")
                member.size = len(part)
                archive.addfile(member, io.BytesIO(part))
    return str(path)


def _csv(path: Path, pixels: np.ndarray, labels: np.ndarray) -> str:
    rows = np.column_stack([labels, pixels.reshape(len(pixels), -1)])
    header = ",".join(["label", *(f"pixel{i}" for i in range(rows.shape[1] - 1))])
    np.savetxt(path, rows, "%d", ",", header=header, comments="")
    return str(path)


def vectors(folder: Path, n: int) -> str:
    """So many vectors in a .npy file, written some at a time."""
    path = folder / f"{n}.npy"
    stored = np.lib.format.open_memmap(path, "w+", np.float32, (n, N_FEATURES))
    rng = np.random.default_rng(0)
    for first in range(0, n, 10_000):
        stored[first : first + 10_000] = rng.normal(size=(10_000, N_FEATURES))
    stored.flush()
    return str(path)


def main() -> None:
    """Measures, prints, and writes JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        read = {form: [once(name) for _ in range(options.repeats)] for form, name in forms(folder).items()}
        kept = {str(n): once(vectors(folder, n)) for n in N_VECTORS}
    print("| 10,000 images | seconds, median | slowest | MiB |\n| --- | ---: | ---: | ---: |")
    for form, runs in read.items():
        seconds = [run["seconds"] for run in runs]
        most = max(run["mib"] for run in runs)
        print(f"| {form} | {median(seconds):.2f} | {max(seconds):.2f} | {most:.0f} |")
    print("\n| vectors of 32 | seconds | MiB |\n| --- | ---: | ---: |")
    for n, run in kept.items():
        print(f"| {int(n):,} | {run['seconds']:.2f} | {run['mib']:.0f} |")
    if options.out:
        found = {"machine": machine(), "images": read, "vectors": kept}
        options.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
