"""`explorer train --data NAME --config RECIPE --out DIR`."""

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
from explorer.datasets import Dataset
from explorer.models import checkpoints
from explorer.models.model_card import write_card
from explorer.training import loop
from explorer.training.loop import EpochRecord, StepRecord
from explorer.training.recipes import RECIPES, Recipe
from explorer.training.resume import STATE_FOLDER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser, default_split="train")
    parser.add_argument("--config", required=True, choices=sorted(RECIPES), help="the recipe")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the checkpoint folder")
    parser.add_argument("--epochs", type=positive, help="length of the schedule; default: the recipe's")
    add_seed_argument(parser)
    add_device_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    data = read_data(arguments)
    recipe = _recipe(arguments)
    device = chosen_device(arguments.device)
    split = loop.split_held_out(
        torch.from_numpy(data.x(slice(None))), recipe.training.held_out, arguments.seed
    )
    records = loop.train(
        recipe.model_config(data.shape, data.kind, data.n_levels),
        recipe.training,
        split,
        arguments.out,
        arguments.seed,
        device,
        _description(arguments, data, device),
    )
    _show(records, recipe.training.n_epochs)
    shutil.rmtree(arguments.out / STATE_FOLDER)
    write_card(checkpoints.load(arguments.out))
    print(f"\n{arguments.out}: trained. Next: {command('open', arguments.out)}")
    return 0


def _recipe(arguments: argparse.Namespace) -> Recipe:
    recipe = RECIPES[arguments.config]
    if arguments.epochs is None:
        return recipe
    return replace(recipe, training=replace(recipe.training, n_epochs=arguments.epochs))


def _description(arguments: argparse.Namespace, data: Dataset, device: str) -> dict[str, object]:
    processor = torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()} CPU"
    return {
        "data": data.name,
        "split": data.split,
        "data_digest": data.digest,
        "recipe": arguments.config,
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
