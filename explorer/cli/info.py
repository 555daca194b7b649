"""`explorer info PATH`: what a checkpoint or an atlas is.

What reads them is imported on demand, so that `--help` need not wait for torch.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli.output import to_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", type=Path, help="a checkpoint folder or an atlas folder, one that is being built too"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    from explorer.atlas.build.versions import newest
    from explorer.atlas.format import MANIFEST_FILE

    # A working folder stands for what there is of its atlas.
    path = newest(arguments.path) or arguments.path
    is_atlas = (path / MANIFEST_FILE).is_file()
    described = describe_atlas(path) if is_atlas else describe_checkpoint(path)
    if arguments.json:
        print(to_json(described))
        return 0
    for key, value in described.items():
        print(f"{key:22} {_plain(value)}")
    return 0


_PLAIN = "log p in nats, summed over the elements; KL weighed by 1"


def describe_checkpoint(path: Path) -> dict[str, Any]:
    """Architecture and origin of a checkpoint."""
    from explorer.bounds.stand_ins import load_checkpoint
    from explorer.models.capabilities import capabilities_of
    from explorer.models.conventions import notes

    checkpoint = load_checkpoint(path)
    config = checkpoint.config
    building = _building(path)
    conventions = [*notes(config), *capabilities_of(checkpoint.model).notes]
    return {
        "checkpoint": checkpoint.name,
        "digest": checkpoint.digest,
        "n_parameters": checkpoint.n_parameters,
        **{k: v for k, v in config.items() if k not in ("format_version", "training")},
        "training": config.get("training", {}),
        "conventions": conventions or [_PLAIN],
        **({"atlas being built": building} if building else {}),
    }


def _building(path: Path) -> str:
    """How far the atlas of a checkpoint is that has no whole one; "" where none was begun."""
    from explorer.atlas.build.control import partial_of
    from explorer.cli.checks.stored import how_far
    from explorer.workspace import ATLAS_FOLDER

    partial = partial_of(path / ATLAS_FOLDER)
    return how_far(partial) if partial.is_dir() and not (path / ATLAS_FOLDER).exists() else ""


def describe_atlas(path: Path) -> dict[str, Any]:
    """Content of an atlas, after its checksums were compared."""
    import numpy as np

    from explorer.atlas import Atlas, query
    from explorer.cli.checks.stored import said

    atlas = Atlas.open(path)
    atlas.verify()
    manifest = atlas.manifest
    growth = manifest.growth
    # Of the examples that are scored, so that the gap is the one between the other two.
    rows = None if growth is None else np.flatnonzero(atlas.columns(["trust"])["trust"] != "")
    means = query.means(atlas, ("elbo_nats", "log_px_nats", "gap_nats"), rows=rows)
    so_far = {} if growth is None else {"scored so far": said(growth, atlas.n_examples)}
    return {
        "atlas": str(path),
        "digest": atlas.digest,
        "model": manifest.model_name,
        "model_digest": manifest.model_digest,
        "data": f"{manifest.data.name} {manifest.data.split}",
        "n_examples": atlas.n_examples,
        "latent_dim": atlas.latent_dim,
        "maps": list(atlas.maps),
        "n_samples": manifest.settings.n_samples,
        "seed": manifest.settings.seed,
        **so_far,
        **{f"mean_{name}": found.mean for name, found in means.items()},
        "checksums": "match",
    }


def _plain(value: Any) -> str:
    if isinstance(value, dict) and "nodes" in value:
        from explorer.models.model_card import in_words

        return in_words(value)
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
