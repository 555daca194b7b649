"""`explorer train --data NAME [--config RECIPE] --out DIR`."""

from __future__ import annotations

import argparse
import platform
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from explorer.cli.invocation import command
from explorer.cli.sources import (
    add_data_arguments,
    add_device_argument,
    add_seed_argument,
    chosen_device,
    positive,
    read_data,
)
from explorer.cli.understood import closest
from explorer.datasets import Dataset
from explorer.models import checkpoints
from explorer.models.latent_model import DataSpec
from explorer.models.model_card import write_card
from explorer.training import loop
from explorer.training.loop import EpochRecord, StepRecord
from explorer.training.recipes import RECIPES, Recipe, fitting
from explorer.training.resume import STATE_FOLDER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser, default_split="train")
    usual = "the recipe, one of those below; default: the usual one for the data's kind, which is named"
    parser.add_argument("--config", type=_known, metavar="RECIPE", help=usual)
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, recipe_table()
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder")
    parser.add_argument("--epochs", type=positive, help="length of the schedule; default: the recipe's")
    add_seed_argument(parser)
    add_device_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    data = read_data(arguments)
    x = torch.from_numpy(data.x(slice(None)))
    name = _recipe_name(arguments.config, data, x)
    recipe = _recipe(name, arguments.epochs)
    device = chosen_device(arguments.device)
    split = loop.split_held_out(x, recipe.training.held_out, arguments.seed)
    records = loop.train(
        recipe.model_config(data.shape, data.kind, data.n_levels),
        recipe.training,
        split,
        arguments.out,
        arguments.seed,
        device,
        _description(arguments, name, data, device),
    )
    _show(records, recipe.training.n_epochs)
    shutil.rmtree(arguments.out / STATE_FOLDER)
    write_card(checkpoints.load(arguments.out))
    print(f"\n{arguments.out}: trained. Next: {command('open', arguments.out)}")
    return 0


def recipe_table() -> str:
    """What each recipe is for, a line each."""
    heads = ("recipe", "data", "likelihood", "minutes on 2 cores")
    rows = [(name, r.data, r.likelihood_name, r.minutes) for name, r in RECIPES.items()]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (heads, *rows))
    return "\n".join(lines)


def _known(text: str) -> str:
    """The name of a recipe."""
    if text not in RECIPES:
        near = closest(text, RECIPES)
        said = f"; did you mean {near}?" if near else ""
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(RECIPES)}, found {text!r}{said}")
    return text


def _recipe_name(asked: str | None, data: Dataset, x: torch.Tensor) -> str:
    """The recipe asked for, or the usual one for these data, which is said.

    Raises:
        ValueError: these data cannot be trained on by it; says by which they can.
    """
    if not len(x):
        return asked or next(iter(RECIPES))
    low, high = map(float, torch.aminmax(x))
    spec = DataSpec(data.shape, data.kind, data.n_levels)
    found = fitting(spec, (low, high))
    name = asked or next(iter(found), "linear-8")
    if name not in found:
        others = f"; of the recipes {', '.join(found)} can be trained on {data.name}" if found else ""
        raise ValueError(f"--config {name}: {RECIPES[name].misfit(spec, (low, high))}{others}")
    if asked is None:
        chosen = RECIPES[name]
        said = f"{chosen.data}; {chosen.likelihood_name}; minutes on 2 cores: {chosen.minutes}"
        print(f"--config {name}: the usual one for {data.name}, for {said}", file=sys.stderr)
    return name


def _recipe(name: str, n_epochs: int | None) -> Recipe:
    recipe = RECIPES[name]
    if n_epochs is None:
        return recipe
    return replace(recipe, training=replace(recipe.training, n_epochs=n_epochs))


def _description(arguments: argparse.Namespace, recipe: str, data: Dataset, device: str) -> dict[str, object]:
    processor = torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()} CPU"
    return {
        "data": data.name,
        "split": data.split,
        "data_digest": data.digest,
        "recipe": recipe,
        "command": shlex.join(["python", "-m", "explorer", *arguments.argv]),
        "device": f"{device} ({processor}, {torch.get_num_threads()} threads)",
        "torch": torch.__version__,
    }


def _show(records, n_epochs: int) -> None:  # type: ignore[no-untyped-def]  # an iterator of records
    bar = tqdm(unit="step", leave=False, dynamic_ncols=True)
    for record in records:
        if isinstance(record, StepRecord):
            bar.total = record.n_steps
            bar.set_description(f"epoch {record.epoch + 1}/{n_epochs}", refresh=False)
            bar.set_postfix_str(f"ELBO {record.elbo_nats:.1f}", refresh=False)
            bar.update(record.step - bar.n)
        elif isinstance(record, EpochRecord):
            bar.reset()
            bar.write(_line(record), file=sys.stdout)
            sys.stdout.flush()
    bar.close()


def _line(record: EpochRecord) -> str:
    mark = " *" if record.is_best else ""
    return (
        f"epoch {record.epoch + 1:4d}  ELBO {record.elbo_nats:10.3f}  held out {record.held_out_elbo_nats:10.3f} nats"
        f"  KL {record.held_out_kl_nats:6.2f}  {record.seconds:5.1f} s{mark}"
    )
