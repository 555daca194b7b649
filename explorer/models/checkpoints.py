"""The only place that reads or writes weights: safetensors and JSON, nothing that can execute.

A checkpoint is a folder with `config.json`, `model.safetensors` and a model card `README.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from explorer.models.latent_model import LatentModel
from explorer.models.registry import MODELS, kind_of
from explorer.models.stored_model import StoredModel

FORMAT_VERSION = 1
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "README.md"
# A config is a page of JSON; a file beyond this is not one of ours.
MAX_CONFIG_BYTES = 1 << 20


class CheckpointError(ValueError):
    """A checkpoint folder that cannot be used: names the file, the key, what was expected and what was found."""

    def __init__(self, path: Path, key: str, expected: str, found: str, advice: str = ""):
        self.path, self.key, self.expected, self.found = path, key, expected, found
        tail = f" {advice}" if advice else ""
        super().__init__(f"{path}: {key}: expected {expected}, found {found}.{tail}")


@dataclass(frozen=True)
class Checkpoint:
    """A model in eval mode and where it came from.

    Attributes:
        model: of any kind, parameters frozen.
        config: the whole of `config.json`.
        path: the folder.
        digest: sha256 of configuration and weights, hexadecimal.
        n_parameters: how many numbers its weights are.
    """

    model: LatentModel
    config: Mapping[str, Any]
    path: Path
    digest: str
    n_parameters: int

    @property
    def name(self) -> str:
        return self.path.resolve().name


def save(path: Path, model: StoredModel, training: Mapping[str, Any]) -> None:
    """Writes `config.json` and `model.safetensors` into `path`; `training` says how the weights came about."""
    path.mkdir(parents=True, exist_ok=True)
    config = {
        "format_version": FORMAT_VERSION,
        "model_type": kind_of(model),
        **model.to_config(),
        "training": training,
    }
    save_tensors(path / WEIGHTS_FILE, model.state_dict())
    write_json(path / CONFIG_FILE, config)


def load(path: Path | str, device: str | torch.device = "cpu") -> Checkpoint:
    """Reads a checkpoint folder.

    Raises:
        CheckpointError: a file is missing, damaged, of another format, or does not fit its configuration.
    """
    path = Path(path)
    config = read_json(path / CONFIG_FILE)
    model = _build(path / CONFIG_FILE, config)
    weights = load_tensors(path / WEIGHTS_FILE)
    expected = model.state_dict()
    check_weights(path / WEIGHTS_FILE, expected, weights)
    model.load_state_dict({k: v.to(expected[k].dtype) for k, v in weights.items()}, assign=True)
    model.eval().requires_grad_(False).to(device)
    return Checkpoint(model, config, path, _digest(path), sum(p.numel() for p in model.parameters()))


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Writes tensors under a temporary name and renames, so that a kill leaves the old file whole."""
    temporary = path.with_name(path.name + ".partial")
    content = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    # Not save_file, whose files nobody but their owner may read: the app may run under another account.
    temporary.write_bytes(safetensors.torch.save(content))
    temporary.replace(path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Reads a safetensors file onto the CPU."""
    if not path.is_file():
        raise CheckpointError(path, "file", "a safetensors file", "nothing", "Check the folder's path.")
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, ValueError) as error:
        advice = "Copy the file again or train anew; pickled weights (.pt, .ckpt) are never read."
        raise CheckpointError(path, "content", "a whole safetensors file", str(error), advice) from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes JSON under a temporary name and renames."""
    temporary = path.with_name(path.name + ".partial")
    temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object of bounded size."""
    if not path.is_file():
        raise CheckpointError(path, "file", "a JSON file", "nothing", "Check the folder's path.")
    if path.stat().st_size > MAX_CONFIG_BYTES:
        found = f"{path.stat().st_size} bytes"
        raise CheckpointError(path, "size", f"at most {MAX_CONFIG_BYTES} bytes", found)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            path, "content", "JSON", str(error), "Restore the file or train anew."
        ) from error
    if not isinstance(content, dict):
        raise CheckpointError(path, "content", "a JSON object", type(content).__name__)
    return content


def _build(path: Path, config: Mapping[str, Any]) -> StoredModel:
    version = config.get("format_version")
    if version != FORMAT_VERSION:
        advice = "This may be another program's checkpoint, or one from a newer version of this one."
        raise CheckpointError(path, "format_version", str(FORMAT_VERSION), repr(version), advice)
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or model_type not in MODELS:
        advice = "This version knows no other kind of model."
        raise CheckpointError(path, "model_type", f"one of: {', '.join(MODELS)}", repr(model_type), advice)
    family = MODELS[model_type]
    missing = [k for k in family.REQUIRED if k not in config]
    if missing:
        raise CheckpointError(path, missing[0], "an entry", "nothing")
    try:
        # Shapes without memory: a configuration that asks for a terabyte costs nothing until weights match it.
        with torch.device("meta"):
            return family.from_config(config)
    except (TypeError, ValueError, LookupError, AttributeError, RuntimeError, ArithmeticError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise CheckpointError(path, "architecture", "one that can be built", reason) from error


def check_weights(path: Path, expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> None:
    """Raises `CheckpointError` unless `found` has exactly the names and shapes of `expected`, all finite."""
    for key, tensor in expected.items():
        if key not in found:
            raise CheckpointError(path, key, f"a tensor of shape {tuple(tensor.shape)}", "nothing")
        if found[key].shape != tensor.shape:
            raise CheckpointError(
                path, key, f"shape {tuple(tensor.shape)}", f"shape {tuple(found[key].shape)}"
            )
        if not torch.isfinite(found[key]).all():
            raise CheckpointError(
                path, key, "finite numbers", "NaN or infinity", "Training diverged; train anew."
            )
    extra = sorted(set(found) - set(expected))
    if extra:
        raise CheckpointError(path, extra[0], "no such tensor (see config.json)", "one")


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        digest.update((path / name).read_bytes())
    return digest.hexdigest()
