"""What several commands ask for: a data set, a device."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import torch

from explorer import datasets
from explorer.bounds import LadderSettings, ScoreSettings
from explorer.datasets import Dataset
from explorer.datasets.registry import READERS
from explorer.models.checkpoints import Checkpoint
from explorer.models.fit_data import is_trained_on, other_data


def add_data_arguments(parser: argparse.ArgumentParser, default_split: str) -> None:
    """`--data`, `--split`, `--data-root`."""
    known = ", ".join(datasets.names())
    # A model knows what it was trained on, where there is one.
    is_needed = default_split == "train"
    default = "" if is_needed else "; default: what the model was trained on"
    text = f"{known}, or the path of your own: {', '.join(READERS)}; docs/your-data.md{default}"
    parser.add_argument("--data", required=is_needed, metavar="NAME", help=text)
    parser.add_argument(
        "--split",
        help=f"train, test or all; default: {default_split}, of a file {_default(default_split, True)}. Of a file, "
        "test is every fifth example of each label and train the others",
    )
    parser.set_defaults(default_split=default_split)
    root = os.environ.get("EXPLORER_DATA")
    text = "folder with NAME/*.gz; default: $EXPLORER_DATA, else a download with a checksum"
    parser.add_argument("--data-root", type=Path, default=Path(root) if root else None, help=text)


def read_data(arguments: argparse.Namespace, checkpoint: Checkpoint | None = None) -> Dataset:
    """The data set that the arguments name, or else that a model was trained on, which is said.

    A file of a person's own has no split: all of it is looked at. Training holds a fifth of it out, and says so.
    """
    name = arguments.data
    if name is None:
        assert checkpoint is not None, "training is told its data"
        name = trained_on(checkpoint)
        print(f"--data {name}: what {checkpoint.name} was trained on", file=sys.stderr)
    is_file = datasets.file_of(name) is not None
    split = arguments.split or _default(arguments.default_split, is_file)
    data = datasets.load(name, split, arguments.data_root)
    for note in data.notes:
        print(note, file=sys.stderr)
    if arguments.split is None and len(data) and data.n_in_file not in (None, len(data)):
        print(part_of_file(data), file=sys.stderr)
    return data


def _default(split: str, is_file: bool) -> str:
    return "all" if is_file and split != "train" else split


def part_of_file(data: Dataset) -> str:
    """How many of a file's examples are trained on, and how to have all."""
    return (
        f"{data.name}: trains on {len(data):,} of {data.n_in_file:,} examples; every fifth of each label is held out "
        "(--split test scores these alone, --split all trains on everything)"
    )


def trained_on(checkpoint: Checkpoint) -> str:
    """What a model was trained on, by its own record.

    Raises:
        ValueError: it has none.
    """
    name = checkpoint.config["training"].get("data")
    if not isinstance(name, str):
        raise ValueError(
            f"{checkpoint.path}: does not say what it was trained on; name data with --data NAME"
        )
    return name


def about_training(data: Dataset, checkpoint: Checkpoint) -> str:
    """A line that says that a model was trained on other data than it is asked about, or on some of these; empty where
    they are new examples of the same data."""
    origin = checkpoint.config["training"]
    if other := other_data(data.name, checkpoint.name, origin):
        return other
    if not is_trained_on(data.name, origin) or data.split not in ("all", origin.get("split")):
        return ""
    return (
        f"{data.name}: {checkpoint.name} was trained on {'some of ' if data.split == 'all' else ''}these examples, and "
        "is likely to give them more than new ones; --split test takes those that were held out"
    )


def add_device_argument(parser: argparse.ArgumentParser) -> None:
    """`--device auto|cpu|cuda|mps`."""
    choices = ("auto", "cpu", "cuda", "mps")
    parser.add_argument("--device", choices=choices, default="auto", help="default: auto")


def chosen_device(name: str) -> str:
    """The device to use: what was asked for, or the best that is there.

    Raises:
        ValueError: the device asked for is not there.
    """
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return next(n for n in ("cuda", "mps", "cpu") if present[n])
    if not present[name]:
        raise ValueError(f"--device {name}: no such device is available to PyTorch here; use --device auto")
    return name


def add_draws_arguments(parser: argparse.ArgumentParser) -> None:
    """`--samples`, `--target-se`, `--max-samples`."""
    defaults = ScoreSettings()
    parser.add_argument(
        "--samples",
        type=positive,
        default=defaults.n_samples,
        metavar="K",
        help=f"draws of the encoder's q an example, for the ELBO; default: {defaults.n_samples}",
    )
    parser.add_argument(
        "--target-se",
        type=float,
        default=defaults.ladder.target_se,
        metavar="NATS",
        help=f"standard error of log p(x) that is aimed at; default: {defaults.ladder.target_se}",
    )
    parser.add_argument(
        "--max-samples",
        type=positive,
        default=defaults.ladder.max_samples,
        metavar="K",
        help=f"most draws for it an example; default: {defaults.ladder.max_samples}",
    )


def chosen_settings(arguments: argparse.Namespace) -> ScoreSettings:
    """The settings that these arguments and `--seed` name."""
    ladder = LadderSettings(arguments.target_se, arguments.max_samples)
    return ScoreSettings(arguments.samples, arguments.seed, ladder)


def add_seed_argument(parser: argparse.ArgumentParser) -> None:
    """`--seed`."""
    parser.add_argument("--seed", type=_seed, default=0, help="default: 0")


def positive(text: str) -> int:
    """An argument that must be a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _seed(text: str) -> int:
    """The seeds that every generator takes; UMAP's is the narrowest."""
    if not text.isdecimal() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"expected a whole number in 0..2^32 - 1, found {text!r}")
    return int(text)
