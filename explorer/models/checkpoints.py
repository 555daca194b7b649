"""The only place that reads or writes weights: safetensors and JSON, nothing that can execute.

A checkpoint is a folder with `config.json`, `model.safetensors` and a model card `README.md`. How the weights came
about is said in their own file, so that no kill can part the two; older checkpoints say it in `config.json`.
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

from explorer.files import FileFault, Stamp, Watch, read, write
from explorer.models.folders import CONFIG_FILE
from explorer.models.latent_model import LatentModel
from explorer.models.registry import MODELS, kind_of
from explorer.models.stored_model import StoredModel

FORMAT_VERSION = 1
WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "README.md"
# A config is a page of JSON, or some thousand nodes of a program; a file beyond this is not one of ours.
MAX_CONFIG_BYTES = 16 << 20
# Of each number in a file of weights, and of names and shapes in its header.
_MOST_BYTES_A_NUMBER = 8
_MOST_BYTES_OF_HEADER = 1 << 20
# The entry that says how weights came about.
TRAINING = "training"
_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


class CheckpointError(FileFault):
    """A checkpoint folder that cannot be used."""


@dataclass(frozen=True)
class Checkpoint:
    """A model in eval mode and where it came from.

    Attributes:
        model: of any kind, parameters frozen.
        config: the whole of `config.json`, and how the weights came about under "training".
        path: the folder.
        digest: sha256 of configuration and weights, hexadecimal.
        n_parameters: how many numbers its weights are.
        stamps: of its two files, taken before they were read.
    """

    model: LatentModel
    config: Mapping[str, Any]
    path: Path
    digest: str
    n_parameters: int
    stamps: tuple[Stamp | None, ...] = ()

    @property
    def name(self) -> str:
        return self.path.resolve().name


def save(path: Path, model: StoredModel, training: Mapping[str, Any]) -> None:
    """Writes `model.safetensors` and `config.json` into `path`; `training` says how the weights came about."""
    write.folder(path)
    config = {"format_version": FORMAT_VERSION, "model_type": kind_of(model), **model.to_config()}
    save_tensors(path / WEIGHTS_FILE, model.state_dict(), {TRAINING: json.dumps(training)})
    # Last, as it makes a checkpoint of the folder; the same at every save of a run.
    write_json(path / CONFIG_FILE, config)


def load(path: Path | str, device: str | torch.device = "cpu") -> Checkpoint:
    """Reads a checkpoint folder into memory: what happens to its files later changes nothing of the model.

    Raises:
        CheckpointError: a file is missing, damaged, of another format, or does not fit its configuration.
    """
    path = Path(path)
    stamps = stamps_of(path)
    text = _content(path / CONFIG_FILE, MAX_CONFIG_BYTES)
    config = _parsed(path / CONFIG_FILE, text)
    model = _build(path / CONFIG_FILE, config)
    expected = model.state_dict()
    content = _content(path / WEIGHTS_FILE, most_bytes(expected))
    weights = _tensors(path / WEIGHTS_FILE, content)
    check_weights(path / WEIGHTS_FILE, expected, weights)
    config = {**config, TRAINING: _origin(path, config, content)}
    model.load_state_dict({k: v.to(expected[k].dtype) for k, v in weights.items()}, assign=True)
    model.eval().requires_grad_(False).to(device)
    n_parameters = sum(p.numel() for p in model.parameters())
    return Checkpoint(model, config, path, _digest(text, content), n_parameters, stamps)


def watch(checkpoint: Checkpoint) -> Watch:
    """Notices when the checkpoint's folder holds another model, or none."""
    path = checkpoint.path
    return Watch(files_of(path), checkpoint.stamps, lambda: digest_of(path) == checkpoint.digest)


def digest_of(path: Path) -> str | None:
    """The digest of a checkpoint's files as they are now, usable or not; None where one is missing."""
    try:
        # Their sizes are those that are there: nothing is believed of them, and nothing built.
        return _digest(*(read.content(file, 1 << 40) for file in files_of(path)))
    except OSError:
        return None


def _digest(text: bytes, weights: bytes) -> str:
    digest = hashlib.sha256(text)
    digest.update(weights)
    return digest.hexdigest()


def stamps_of(path: Path) -> tuple[Stamp | None, ...]:
    """By what a checkpoint's files are known; None for one that is not there."""
    return tuple(map(read.stamp, files_of(path)))


def files_of(path: Path) -> tuple[Path, ...]:
    """The two files that make a checkpoint, in the order of its stamps."""
    return path / CONFIG_FILE, path / WEIGHTS_FILE


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes tensors, and texts that go with them, all or nothing."""
    content = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
    # Safetensors refuses those that share their memory, as tied weights do.
    seen: set[int] = set()
    for name, value in content.items():
        if value.data_ptr() in seen:
            content[name] = value.clone()
        seen.add(value.data_ptr())
    # Not save_file, whose files nobody but their owner may read: the app may run under another account.
    write.content(path, safetensors.torch.save(content, dict(metadata or {}) or None))


def load_tensors(path: Path, most_bytes: int = 1 << 40) -> dict[str, Tensor]:
    """Reads a safetensors file onto the CPU."""
    return _tensors(path, _content(path, most_bytes))


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes JSON, all of it or nothing."""
    write.text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object of bounded size."""
    return _parsed(path, _content(path, MAX_CONFIG_BYTES))


def _content(path: Path, most_bytes: int) -> bytes:
    """All of a file, in memory once."""
    if not path.exists():
        raise CheckpointError(path, "file", "one of this name", "nothing", "Check the folder's path.")
    try:
        return read.content(path, most_bytes)
    except OSError as error:
        raise CheckpointError(path, "file", f"one of at most {most_bytes:,} bytes", error) from error


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    try:
        content = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(path, "content", "JSON", error, "Restore the file or train anew.") from error
    if not isinstance(content, dict):
        raise CheckpointError(path, "content", "a JSON object", type(content).__name__)
    return content


def _tensors(path: Path, content: bytes) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, LookupError, TypeError, RuntimeError) as error:
        advice = "Copy the file again or train anew; pickled weights (.pt, .ckpt) are never read."
        raise CheckpointError(path, "content", "a whole safetensors file", error, advice) from error


def _origin(path: Path, config: Mapping[str, Any], weights: bytes) -> dict[str, Any]:
    """How the weights came about, by their own file or, of older ones, by `config.json`; empty where nobody says."""
    n_bytes = int.from_bytes(weights[:8], "little")
    metadata = json.loads(weights[8 : 8 + n_bytes]).get("__metadata__") or {}
    file = WEIGHTS_FILE if TRAINING in metadata else CONFIG_FILE
    found = config.get(TRAINING, {})
    if TRAINING in metadata:
        found = _parsed(path / file, metadata[TRAINING].encode())
    if not isinstance(found, dict):
        raise CheckpointError(path / file, TRAINING, "an object", type(found).__name__)
    return found


def most_bytes(tensors: Mapping[str, Tensor]) -> int:
    """The size that no file of these tensors exceeds, whatever their type."""
    return _MOST_BYTES_OF_HEADER + _MOST_BYTES_A_NUMBER * sum(t.numel() for t in tensors.values())


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
        # torch adds its own stack, a line each.
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
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
        if found[key].dtype not in _DTYPES:
            advice = "Convert the weights to float32."
            raise CheckpointError(
                path, key, "float64, float32, float16 or bfloat16", found[key].dtype, advice
            )
        # A NaN is the least and the largest of all; one pass, where isfinite and all are two.
        if found[key].numel() and not all(map(torch.isfinite, torch.aminmax(found[key]))):
            raise CheckpointError(
                path, key, "finite numbers", "NaN or infinity", "Training diverged; train anew."
            )
    extra = sorted(set(found) - set(expected))
    if extra:
        raise CheckpointError(path, extra[0], "no such tensor (see config.json)", "one")
