"""Builds an atlas: encode and score part by part, then the maps, then the finished folder under its final name.

Work goes into `<out>.partial/`. A part or map that is there is not made again, so a build that was killed goes on
where it stopped, and ends with the same content. The folder gets its name in one rename.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from explorer.atlas import format as atlas_format
from explorer.atlas.format import AtlasError, AtlasSettings, DataSource, Manifest
from explorer.bounds import Examples, LadderSettings, ScoreSettings, posterior, score
from explorer.bounds.scores import EXAMPLES_PER_BATCH
from explorer.datasets import Dataset
from explorer.files import lock, write
from explorer.latent import Support
from explorer.latent.maps import MAPS, Layout
from explorer.latent.maps.pca import pca_parameters
from explorer.models.checkpoints import Checkpoint
from explorer.steps import Report, counted

# What is read at once; whole batches, so that no number depends on where a build was stopped.
ROWS_PER_BLOCK = 32 * EXAMPLES_PER_BATCH
# What a kill can cost.
SECONDS_PER_PART = 20.0
ROWS_PER_SHARD = 250_000
# What is read to show one example.
ROWS_PER_GROUP = 8192
# What lies below is the rounding of matrix factorisations, which another process may do otherwise.
DECIMALS = 8


def build(
    checkpoint: Checkpoint,
    data: Dataset,
    out: Path,
    settings: AtlasSettings,
    report: Report[None] = lambda step: None,
) -> None:
    """Builds the atlas of `data` (as `fitting.fitted` returns it) into the folder `out`.

    Args:
        checkpoint: the model.
        data: what to map.
        out: a folder that does not exist yet.
        settings: draws, seeds, maps.
        report: told how far the build is, in the stages "scores", each map's and "writing"; an exception that it
            raises stops the build, and what was finished is kept.

    Raises:
        AtlasError: `out` holds something else, or the partial folder belongs to other settings.
    """
    source = DataSource(data.name, data.split, data.digest, data.kind, data.shape, data.label_names)
    partial = _partial(out)
    identity = {"model": checkpoint.digest, "data": asdict(source), "settings": asdict(settings)}
    with _claimed(partial, identity, out):
        _build(checkpoint, data, source, partial, out, settings, report)


def _build(
    checkpoint: Checkpoint,
    data: Dataset,
    source: DataSource,
    partial: Path,
    out: Path,
    settings: AtlasSettings,
    report: Report[None],
) -> None:
    _score(checkpoint, data, partial, settings, report)
    scored = _rounded(pa.concat_tables([pq.read_table(part.path) for part in _parts(partial)]))
    codes = _codes(scored)
    layouts = {name: _layout(name, codes, partial, settings, report) for name in settings.maps}
    report(counted("writing", 0, len(data)))
    manifest = Manifest(
        format_version=atlas_format.FORMAT_VERSION,
        model_name=checkpoint.name,
        model_digest=checkpoint.digest,
        data=source,
        settings=settings,
        n_examples=len(data),
        latent_dim=codes.shape[1],
        pca=layouts["pca"].parameters if "pca" in layouts else pca_parameters(codes),
        shards=_write_shards(scored, codes, layouts, partial),
        map_parameters={
            name: layout.parameters for name, layout in layouts.items() if name != "pca" and layout.parameters
        },
    )
    _finish(manifest, partial, out)
    report(counted("writing", len(data), len(data)))


@contextmanager
def _claimed(partial: Path, identity: Mapping[str, object], out: Path) -> Iterator[None]:
    """Holds the working folder for one build: a new one, or the one that was stopped there."""
    _check_free(out)
    with lock.held(partial, AtlasError):
        # Again, as whoever held it until now may have finished.
        _check_free(out)
        _check_build(partial, json.dumps(identity, indent=1, sort_keys=True))
        yield


def _check_free(out: Path) -> None:
    if out.exists():
        raise AtlasError(
            out, "folder", "nothing there yet", "a folder", "Move it away or choose another --out."
        )


def _check_build(partial: Path, text: str) -> None:
    """Writes down which build this is, or compares it with the one that was stopped here."""
    marker = partial / "build.json"
    if not marker.exists() and not _parts(partial):
        write.text(marker, text)
    found = marker.read_text(encoding="utf-8") if marker.is_file() else ""
    if found != text:
        advice = "Give the earlier settings to go on with it, or delete this folder to start anew."
        raise AtlasError(marker, "build", "one of the same weights, data and settings", "another", advice)


def n_scored(out: Path) -> int:
    """How many examples a build into `out` that was stopped has scored and kept."""
    parts = _parts(_partial(out))
    return parts[-1].end if parts else 0


def _partial(out: Path) -> Path:
    return out.with_name(out.name + ".partial")


@dataclass(frozen=True)
class _Part:
    """Scored rows [start, end), in a file of its own."""

    folder: Path
    start: int
    end: int

    @property
    def path(self) -> Path:
        return self.folder / f"scored-{self.start:09d}-{self.end:09d}.parquet"


def _parts(partial: Path) -> list[_Part]:
    """The parts that are there, one after another from the first row on."""
    ends: dict[int, int] = {}
    for path in partial.glob("scored-*-*.parquet"):
        start, end = (int(number) for number in path.stem.split("-")[1:])
        ends[start] = max(end, ends.get(start, 0))
    found: list[_Part] = []
    while (start := found[-1].end if found else 0) in ends:
        found.append(_Part(partial, start, ends[start]))
    return found


def _score(
    checkpoint: Checkpoint, data: Dataset, partial: Path, settings: AtlasSettings, report: Report[None]
) -> None:
    """Scores what is not scored yet."""
    parts = _parts(partial)
    n_done = parts[-1].end if parts else 0
    report(counted("scores", n_done, len(data)))
    while n_done < len(data):
        # Blocks end where they would have ended had the build never been stopped.
        end = min(n_done - n_done % ROWS_PER_BLOCK + ROWS_PER_BLOCK, len(data))
        _score_block(checkpoint, data, partial, settings, report, n_done, end)
        n_done = end


def _score_block(
    checkpoint: Checkpoint,
    data: Dataset,
    partial: Path,
    settings: AtlasSettings,
    report: Report[None],
    start: int,
    end: int,
) -> None:
    """Scores rows [start, end); what is done is written after some seconds, and however this ends."""
    block = data.take(slice(start, end))
    examples = Examples(torch.from_numpy(block.x(slice(None))), block.example_ids)
    ladder = LadderSettings(settings.target_se, settings.max_samples)
    batches: list[Mapping[str, np.ndarray]] = []
    n_done, since = start, time.monotonic()

    def keep() -> None:
        nonlocal start, since
        if n_done > start:
            rows = slice(start - end + len(block), n_done - end + len(block))
            table = _table(checkpoint, block.take(rows), examples.x[rows], batches)
            _write_parquet(table, _Part(partial, start, n_done).path)
            batches.clear()
            start, since = n_done, time.monotonic()

    try:
        for batch in score(
            checkpoint.model, examples, ScoreSettings(settings.n_samples, settings.seed, ladder)
        ):
            batches.append(batch)
            n_done += len(batch["elbo_nats"])
            if time.monotonic() - since >= SECONDS_PER_PART:
                keep()
            report(counted("scores", n_done, len(data)))
    finally:
        keep()


def _table(
    checkpoint: Checkpoint, part: Dataset, x: torch.Tensor, batches: Sequence[Mapping[str, np.ndarray]]
) -> pa.Table:
    """Posteriors and scores of some rows.

    The encoder, too, is given one batch at a time: its size can show in the last bit of the answers.
    """
    dim = checkpoint.model.latent_dim
    each = [posterior(checkpoint.model, batch) for batch in x.split(EXAMPLES_PER_BATCH)]
    mean, log_variance = (torch.cat([getattr(q, name) for q in each]) for name in ("mean", "log_variance"))
    scored = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return pa.table(
        {
            "example_id": pa.array(part.example_ids, pa.int64()),
            "label": pa.array(part.labels, pa.int32()),
            "mean": atlas_format.vectors(mean.numpy(), dim),
            "log_variance": atlas_format.vectors(log_variance.numpy(), dim),
            **scored,
        }
    )


def _rounded(scored: pa.Table) -> pa.Table:
    """Scores to `DECIMALS` places."""
    for i, field in enumerate(scored.schema):
        if pa.types.is_float64(field.type):
            scored = scored.set_column(i, field, pa.array(np.round(scored[field.name].to_numpy(), DECIMALS)))
    return scored


def _codes(scored: pa.Table) -> np.ndarray:
    column = scored["mean"].combine_chunks()
    return column.values.to_numpy().reshape(len(column), -1)


def _layout(
    name: str, codes: np.ndarray, partial: Path, settings: AtlasSettings, report: Report[None]
) -> Layout:
    """A map, made or kept from an earlier start; its parameters are written first, so that coordinates are whole."""
    path, parameters = partial / f"map-{name}.npy", partial / f"map-{name}.json"
    if not (path.is_file() and parameters.is_file()):
        report(counted(name, 0, 100))
        made = MAPS[name].fit(codes, settings.fit, _hundredths(report, name))
        write.text(parameters, json.dumps(dict(made.parameters)))
        with write.whole(path) as file:
            np.save(file, made.places.astype(np.float32), allow_pickle=False)
    report(counted(name, 100, 100))
    return Layout(np.load(path, allow_pickle=False), json.loads(parameters.read_text(encoding="utf-8")))


def _hundredths(report: Report[None], name: str) -> Callable[[float], None]:
    return lambda share: report(counted(name, round(100 * share), 100))


def _write_shards(
    scored: pa.Table, codes: np.ndarray, layouts: Mapping[str, Layout], partial: Path
) -> tuple[atlas_format.Shard, ...]:
    table = scored
    for name, layout in layouts.items():
        for column, values in zip(MAPS[name].columns, layout.places.T, strict=True):
            table = table.append_column(column, pa.array(values, pa.float32()))
    table = table.append_column("code_radius", pa.array(Support.fit(codes).radius, pa.float32()))
    rows = partial / atlas_format.ROWS_FOLDER
    write.folder(rows)
    paths, counts = [], []
    for i, start in enumerate(range(0, len(table), ROWS_PER_SHARD)):
        part = table.slice(start, ROWS_PER_SHARD)
        path = rows / f"examples-{i:05d}.parquet"
        _write_parquet(part, path)
        paths.append(path)
        counts.append(len(part))
    return atlas_format.describe(paths, counts)


def _write_parquet(table: pa.Table, path: Path) -> None:
    with write.whole(path) as file:
        pq.write_table(
            table, file, compression="zstd", row_group_size=ROWS_PER_GROUP, write_page_checksum=True
        )


def _finish(manifest: Manifest, partial: Path, out: Path) -> None:
    """Gives the folder its name, then removes what does not belong to the atlas.

    In this order, as a kill in between leaves a whole atlas with some files too many.
    """
    write.text(partial / atlas_format.MANIFEST_FILE, manifest.to_json())
    write.rename(partial, out)
    rows, shards = out / atlas_format.ROWS_FOLDER, {shard.file for shard in manifest.shards}
    kept = {out / atlas_format.MANIFEST_FILE, rows, *(rows / file for file in shards)}
    for path in (*out.iterdir(), *rows.iterdir()):
        if path not in kept:
            write.remove(path)
