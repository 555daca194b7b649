"""`explorer atlas CHECKPOINT --data NAME [--out DIR]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from explorer.atlas import Atlas, AtlasSettings
from explorer.atlas.build.builder import build, n_scored
from explorer.atlas.build.control import BuildStopped
from explorer.bounds import Reliability
from explorer.bounds.stand_ins import load_checkpoint
from explorer.cli.bars import ProgressBars
from explorer.cli.invocation import command
from explorer.cli.sources import (
    about_training,
    add_data_arguments,
    add_draws_arguments,
    add_seed_argument,
    positive,
    read_data,
)
from explorer.latent.maps import MAPS
from explorer.models.fit_data import fitted
from explorer.models.model_card import write_card
from explorer.workspace import ATLAS_FOLDER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    defaults = AtlasSettings()
    parser.add_argument("checkpoint", type=Path)
    add_data_arguments(parser, default_split="test")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: CHECKPOINT/atlas, where the app looks"
    )
    add_draws_arguments(parser)
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N examples")
    add_seed_argument(parser)
    parser.add_argument("--maps", nargs="+", choices=tuple(MAPS), default=defaults.maps)


def run(arguments: argparse.Namespace) -> int:
    checkpoint = load_checkpoint(arguments.checkpoint)
    data = fitted(read_data(arguments, checkpoint), checkpoint.model, arguments.seed).take(
        slice(arguments.limit)
    )
    out = arguments.out or arguments.checkpoint / ATLAS_FOLDER
    settings = AtlasSettings(
        arguments.samples,
        arguments.target_se,
        arguments.max_samples,
        arguments.seed,
        maps=tuple(arguments.maps),
    )
    try:
        with ProgressBars() as bars:
            build(checkpoint, data, out, settings, bars)
    except (KeyboardInterrupt, BuildStopped):
        kept = f"{n_scored(out):,} of {len(data):,} examples are scored and kept"
        print(f"\nStopped. {kept}; the same command goes on from there.", file=sys.stderr)
        return 130
    atlas = Atlas.open(out)
    for name, why in atlas.manifest.omitted.items():
        print(f"{name} was left out: {why}", file=sys.stderr)
    if out == arguments.checkpoint / ATLAS_FOLDER:
        write_card(checkpoint, _figures(atlas))
    if note := about_training(data, checkpoint):
        print(note, file=sys.stderr)
    print(f"{out}: {len(data):,} examples. Next: {_next(arguments.checkpoint, out)}")
    return 0


def _next(checkpoint: Path, out: Path) -> str:
    # The app looks for an atlas in its checkpoint.
    is_found = out == checkpoint / ATLAS_FOLDER
    return command("open", checkpoint) if is_found else command("info", out)


def _figures(atlas: Atlas) -> dict[str, object]:
    """What the model card says of an atlas."""
    columns = atlas.columns(["elbo_nats", "log_px_nats", "encoder_log_px_nats", "trust"])
    n_encoder = atlas.manifest.settings.n_samples
    return {
        "scored_on": f"{atlas.manifest.data.name} {atlas.manifest.data.split}, {atlas.n_examples} examples",
        "elbo_nats": round(float(np.nanmean(columns["elbo_nats"])), 3),
        "log_px_nats": round(float(np.nanmean(columns["log_px_nats"])), 3),
        "target_se": atlas.manifest.settings.target_se,
        "n_trusted": int((columns["trust"] != Reliability.UNRELIABLE).sum()),
        f"encoder_{n_encoder}_log_px_nats": round(float(np.nanmean(columns["encoder_log_px_nats"])), 3),
    }
