"""A checkpoint folder with an atlas of a million examples, for a benchmark: real encodings, copied with jitter.

Every example of the shipped Fashion-MNIST atlas is there a hundred times. With e ~ N(0, I) of its own for each copy,

    code z + 0.1 e,   place on the UMAP u + 0.1 e,   score + 0.1 e,   image and posterior's variance as they are;

the place on the principal plane is that of the jittered code. `code_radius` is the distance to the tenth nearest among
the copies of the same example: an upper bound, and near, as 0.1 is small beside the distance of two examples (2.4).
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer import datasets
from explorer.atlas import Atlas
from explorer.atlas.format import MANIFEST_FILE, DataSource, describe, vectors
from explorer.latent import Plane
from explorer.latent.support import N_NEIGHBOURS

NAME, SMALL = "million", "fashion-mnist-16d"
N_COPIES, N_SHARDS = 100, 4
ROWS_PER_GROUP = 8192
JITTER, SEED = 0.1, 0
SHIPPED = Path(__file__).parents[1] / "checkpoints" / SMALL


def made(work: Path, large: str = NAME, n_copies: int = N_COPIES) -> Path:
    """The folder of checkpoints under `work`, with the small model and a large one; made where they are not whole.

    Args:
        work: where the images are written too.
        large: name of the large one.
        n_copies: of every example there, a multiple of `N_SHARDS` and more than `N_NEIGHBOURS`.
    """
    root = work / "checkpoints"
    for name in (SMALL, large):
        atlas = root / name / "atlas"
        if not atlas.exists():
            shutil.copytree(SHIPPED, atlas.parent, ignore=shutil.ignore_patterns("atlas"), dirs_exist_ok=True)
            partial = atlas.with_name("atlas.partial")
            shutil.rmtree(partial, ignore_errors=True)
            if name == SMALL:
                shutil.copytree(SHIPPED / "atlas", partial)
            else:
                _write(partial, _images(work.resolve() / f"{name}.npy", n_copies), n_copies)
            partial.rename(atlas)
    return root


def _images(path: Path, n_copies: int) -> Path:
    """The images of the shipped data set, all of them many times over."""
    images = np.asarray(datasets.load("fashion-mnist", "test").values)[:, 0]
    n = len(images)
    file = np.lib.format.open_memmap(path, "w+", np.uint8, (n_copies * n, *images.shape[1:]))
    for start in range(0, len(file), n):
        file[start : start + n] = images
    file.flush()
    return path


def _write(folder: Path, images: Path, n_copies: int) -> None:
    """The atlas: shards, then the manifest with their digests."""
    folder.mkdir()
    atlas, rng = Atlas.open(SHIPPED / "atlas"), np.random.default_rng(SEED)
    data = datasets.load(images, "all")
    stored = pa.concat_tables([pq.read_table(path) for path in atlas.shard_paths])
    plane = Plane(*(np.array(atlas.manifest.pca[part], np.float32) for part in ("origin", "basis")))
    codes = atlas.means + JITTER * rng.standard_normal((n_copies, *atlas.means.shape), np.float32)
    radius = _radius(codes)
    shards, n = [], n_copies // N_SHARDS
    for i in range(N_SHARDS):
        tables = [_copy(stored, c, codes[c], radius[c], plane, rng) for c in range(i * n, (i + 1) * n)]
        shards.append(folder / f"examples-{i:05d}.parquet")
        pq.write_table(pa.concat_tables(tables), shards[-1], ROWS_PER_GROUP, compression="zstd")
    manifest = replace(
        atlas.manifest,
        data=DataSource(str(images), "all", data.digest, data.kind, data.shape, atlas.label_names),
        n_examples=len(data),
        shards=describe(shards, [n * len(stored)] * N_SHARDS),
    )
    (folder / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")


def _copy(
    stored: pa.Table, c: int, codes: np.ndarray, radius: np.ndarray, plane: Plane, rng: np.random.Generator
) -> pa.Table:
    """One jittered copy of the stored rows."""
    n = len(stored)
    changed = {"example_id": pa.array(np.arange(c * n, (c + 1) * n)), "mean": vectors(codes, codes.shape[1])}
    for name, column in zip(("pca_x", "pca_y"), plane.place(codes).T, strict=True):
        changed[name] = pa.array(column, pa.float32())
    changed["code_radius"] = pa.array(radius, pa.float32())
    for field in stored.schema:
        if field.name not in changed and pa.types.is_floating(field.type):
            jittered = stored[field.name].to_numpy() + JITTER * rng.standard_normal(n)
            changed[field.name] = pa.array(jittered, field.type)
    return pa.table({name: changed.get(name, stored[name]) for name in stored.column_names})


def _radius(codes: np.ndarray) -> np.ndarray:
    """For codes (copies, n, d): the distance to the N_NEIGHBOURS-th nearest copy of the same example, (copies, n)."""
    found = np.empty(codes.shape[:2], np.float32)
    for i in range(codes.shape[1]):
        z = codes[:, i].astype(np.float64)
        apart = np.linalg.norm(z - z[:, None], axis=2)
        found[:, i] = np.partition(apart, N_NEIGHBOURS, axis=1)[:, N_NEIGHBOURS]
    return found


def write_points(root: Path, work: Path) -> None:
    """The same places and labels for the other two: an `.npz` for Plotly, bytes in [-1, 1] for regl."""
    atlas = Atlas.open(root / NAME / "atlas")
    columns = atlas.columns(["umap_x", "umap_y", "label"])
    x, y, label = (columns[name] for name in ("umap_x", "umap_y", "label"))
    np.savez(work / "points.npz", x=x, y=y, label=label, names=np.array(atlas.label_names))
    half = max(np.ptp(x), np.ptp(y)) / 2
    unit = [((c - (c.min() + c.max()) / 2) / half).astype("<f4").tobytes() for c in (x, y)]
    (work / "points.bin").write_bytes(b"".join(unit) + label.astype(np.uint8).tobytes())
