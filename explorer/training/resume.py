"""What a training run needs to go on after a kill: weights, optimiser state and progress, beside what was asked for.

<out>/training/run.json, state.safetensors         gone when the run has ended
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from explorer.files import lock
from explorer.models import checkpoints
from explorer.models.checkpoints import CONFIG_FILE, CheckpointError
from explorer.models.vae import VAE

STATE_FOLDER = "training"
STATE_FILE = "state.safetensors"
RUN_FILE = "run.json"


@dataclass(frozen=True)
class Progress:
    """Where a run stands between epochs; with weights and optimiser state it is all that a resume needs."""

    next_epoch: int = 0
    best_epoch: int = -1
    best_elbo_nats: float = -math.inf
    seconds: float = 0.0


@contextmanager
def claimed(out: Path, run: Mapping[str, Any]) -> Iterator[None]:
    """Holds the working folder in `out` for one run: a new one, or the one that was stopped there.

    Args:
        out: the checkpoint's folder.
        run: all that fixes the result, ready for JSON.

    Raises:
        CheckpointError: `out` holds a finished checkpoint, another run that was stopped, or one that still goes on.
    """
    folder = out / STATE_FOLDER
    if not folder.exists() and (out / CONFIG_FILE).exists():
        advice = "Move it away or choose another --out."
        raise CheckpointError(out, "folder", "no trained checkpoint yet", "one", advice)
    with lock.held(folder, CheckpointError):
        _check_run(folder, json.loads(json.dumps(run)))
        yield


def _check_run(folder: Path, asked: Mapping[str, Any]) -> None:
    """Writes down which run this is, or compares it with the one that was stopped here."""
    if not (folder / RUN_FILE).exists():
        checkpoints.write_json(folder / RUN_FILE, asked)
    found = checkpoints.read_json(folder / RUN_FILE)
    for key, value in asked.items():
        if found.get(key) != value:
            advice = f"Give the earlier settings to go on with it, or delete {folder} to start anew."
            raise CheckpointError(folder / RUN_FILE, key, str(value), str(found.get(key)), advice)


def store(out: Path, model: VAE, optimiser: torch.optim.Optimizer, progress: Progress) -> None:
    """Writes weights and optimiser state in one file, so that a kill cannot mix two epochs."""
    tensors = {f"model/{k}": v for k, v in model.state_dict().items()}
    for index, entries in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{index}/{k}": v for k, v in entries.items()}
    figures = [progress.next_epoch, progress.best_epoch, progress.best_elbo_nats, progress.seconds]
    tensors["progress"] = torch.tensor(figures, dtype=torch.float64)
    checkpoints.save_tensors(out / STATE_FOLDER / STATE_FILE, tensors)


def restore(out: Path, model: VAE, optimiser: torch.optim.Optimizer) -> Progress:
    """Loads what `store` wrote, if anything, into the model and the optimiser.

    Raises:
        CheckpointError: the file is damaged or belongs to another model.
    """
    path = out / STATE_FOLDER / STATE_FILE
    if not path.is_file():
        return Progress()
    # Adam keeps two more numbers a weight.
    tensors = checkpoints.load_tensors(path, 4 * checkpoints.most_bytes(model.state_dict()))
    weights = {k.removeprefix("model/"): v for k, v in tensors.items() if k.startswith("model/")}
    checkpoints.check_weights(path, model.state_dict(), weights)
    try:
        progress, state = _progress(tensors["progress"]), _optimiser_state(tensors, optimiser)
    except (LookupError, ValueError, TypeError, OverflowError) as error:
        advice = f"Delete {path.parent} to start anew."
        raise CheckpointError(path, "content", "the state of a run", repr(error), advice) from error
    model.load_state_dict(weights)
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
    return progress


def _progress(figures: Tensor) -> Progress:
    next_epoch, best_epoch, best, seconds = figures.tolist()
    return Progress(int(next_epoch), int(best_epoch), float(best), float(seconds))


def _optimiser_state(
    tensors: Mapping[str, Tensor], optimiser: torch.optim.Optimizer
) -> dict[int, dict[str, Tensor]]:
    """What Adam keeps of each parameter: how many steps there were, and two moments as large as the parameter."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith("optimiser/"):
            _, index, name = key.split("/")
            state.setdefault(int(index), {})[name] = tensor
    parameters = dict(enumerate(p for group in optimiser.param_groups for p in group["params"]))
    for place, entries in state.items():
        found = {name: tuple(tensor.shape) for name, tensor in entries.items()}
        wanted = dict.fromkeys(("exp_avg", "exp_avg_sq"), tuple(parameters[place].shape)) | {"step": ()}
        if found != wanted:
            raise ValueError(f"of parameter {place} {found}, not {wanted}")
    return state
