"""Whether checkpoints, atlases and data are whole, and belong together. Each file is read once, and nothing written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.cli.checks.finding import Finding, fine, note, wrong

if TYPE_CHECKING:
    from explorer.atlas.format import Growth

_GO_ON = "Give the command that began it again, which goes on from there, or delete the folder."


def weights(path: Path) -> Iterator[Finding]:
    """The checkpoint as the app reads it."""
    from explorer.bounds.stand_ins import load_checkpoint
    from explorer.models.checkpoints import CONFIG_FILE
    from explorer.training.resume import STATE_FOLDER

    if (path / STATE_FOLDER).is_dir() and not (path / CONFIG_FILE).exists():
        yield note("there are no weights yet, as training has not come to its first ones", _GO_ON)
        return
    checkpoint = load_checkpoint(path)
    yield fine(f"{checkpoint.n_parameters:,} numbers, digest {checkpoint.digest[:12]}")


def training(path: Path) -> Iterator[Finding]:
    """A run that goes on or was stopped."""
    from explorer.training.resume import RUN_FILE, STATE_FOLDER

    folder = path / STATE_FOLDER
    if not folder.is_dir():
        yield fine("no training was left unfinished")
        return
    run = json.loads((folder / RUN_FILE).read_text("utf-8")) if (folder / RUN_FILE).is_file() else {}
    n_epochs = run.get("settings", {}).get("n_epochs", "an unknown number of")
    yield _work(folder, f"training for {n_epochs} epochs")


def has_atlas(path: Path) -> Iterator[Finding]:
    """Whether there is something for the app to show."""
    from explorer.atlas.build.control import partial_of
    from explorer.workspace import ATLAS_FOLDER

    partial = partial_of(path / ATLAS_FOLDER)
    if (path / ATLAS_FOLDER).is_dir():
        yield fine(f"there is one, {path / ATLAS_FOLDER}")
    elif partial.is_dir():
        yield note(f"there is no whole one; of the one in {partial}, {how_far(partial)}", _GO_ON)
    else:
        advice = f"Build it: python -m explorer atlas {path} --data NAME"
        yield note("there is no atlas, which the map is drawn from", advice)


def leftovers(path: Path) -> Iterator[Finding]:
    """Builds that go on or were stopped, and files whose writing a kill ended."""
    found = sorted(path.rglob("*.partial"))
    for each in found:
        if each.is_dir():
            yield _work(each, f"a build in {each.name} ({how_far(each)})")
        elif not any(above.suffix == ".partial" for above in each.parents):
            yield note(f"{each} was being written when its process ended", "Delete it; nothing reads it.")
    if not found:
        yield fine("no build was left unfinished")


def how_far(partial: Path) -> str:
    """What there is of an atlas in the working folder of its build, in words."""
    from explorer.atlas.build.versions import newest
    from explorer.atlas.format import AtlasError, read_manifest

    try:
        folder = newest(partial)
        manifest = None if folder is None else read_manifest(folder)
    # It gave way to a newer one, or got its name, while it was read.
    except AtlasError:
        manifest = None
    if manifest is None or manifest.growth is None:
        return "there are no codes yet"
    return said(manifest.growth, manifest.n_examples)


def said(growth: Growth, n_examples: int) -> str:
    """`16 of 40 examples are scored, 40 have an ELBO`."""
    return f"{growth.n_scored:,} of {n_examples:,} examples are scored, {growth.n_elbo:,} have an ELBO"


def schema(path: Path) -> Iterator[Finding]:
    """The atlas's manifest, its version above all."""
    from explorer.atlas.format import read_manifest

    manifest = read_manifest(path)
    yield fine(
        f"format {manifest.format_version}, {manifest.n_examples:,} examples, "
        f"{manifest.latent_dim} latent dimensions, maps {', '.join(manifest.settings.maps)}"
    )


def shards(path: Path) -> Iterator[Finding]:
    """The atlas's files against their checksums, and their columns."""
    from explorer.atlas import Atlas

    atlas = Atlas.open(path)
    atlas.verify()
    n_bytes = sum(shard.n_bytes for shard in atlas.manifest.shards)
    yield fine(f"{len(atlas.shards)} files, {n_bytes / 2**20:,.1f} MiB, have the checksums of the manifest")


def model(path: Path) -> Iterator[Finding]:
    """Whether the atlas was built from the weights beside it."""
    from explorer.atlas.format import read_manifest
    from explorer.models.checkpoints import CONFIG_FILE, digest_of

    manifest = read_manifest(path)
    if not (path.parent / CONFIG_FILE).is_file():
        yield fine(f"of {manifest.model_name}, which is not beside it")
        return
    found = digest_of(path.parent)
    if found is None:
        yield wrong("the weights beside it are missing", "Restore model.safetensors, or train anew.")
    elif found != manifest.model_digest:
        advice = f"Restore the weights, or delete {path} and build it again."
        yield wrong(
            f"it is of {manifest.model_digest[:12]}, and the weights beside it are {found[:12]}", advice
        )
    else:
        yield fine(f"of the weights beside it, {found[:12]}")


def data(path: Path) -> Iterator[Finding]:
    """Whether the data that the atlas was built from can be had, unchanged."""
    from explorer.atlas import Atlas
    from explorer.workspace import data_of

    atlas, root = Atlas.open(path), os.environ.get("EXPLORER_DATA")
    found = data_of(atlas, Path(root) if root else None)
    yield fine(f"{found.name}, {found.split}: {len(found):,} examples, digest {found.digest[:12]}")


def calibration(path: Path) -> Iterator[Finding]:
    """Whether a calibration is there, and of these weights."""
    from explorer.atlas import calibration
    from explorer.atlas.format import read_manifest

    found = calibration.read(path / calibration.CALIBRATION_FILE, read_manifest(path).model_digest)
    if found is None:
        advice = f"Calibrate it: python -m explorer calibrate {path.parent}"
        yield note("the estimates were never calibrated", advice)
    else:
        yield fine(f"{found.calibration.n_examples:,} simulated examples, of these weights")


def array_file(path: Path) -> Iterator[Finding]:
    """A person's file, all of it."""
    from explorer import datasets

    found = datasets.load(path, "all")
    shape = " x ".join(map(str, found.shape))
    labels = f"{len(found.label_names)} labels" if found.label_names else "no labels"
    yield fine(f"{len(found):,} examples of {shape}, {labels}, digest {found.digest[:12]}")


def _work(folder: Path, what: str) -> Finding:
    """Work whose folder is there: somebody is at it, or it was stopped."""
    from explorer.files import lock

    if holder := lock.holder_of(folder):
        return note(f"{what} goes on: {holder}", "Wait until it has ended, or stop it.")
    return note(f"{what} was stopped, {folder}", _GO_ON)
