"""A file of weights to tensors by name: what `torch.save` and safetensors write, and what training wraps them in.

Pickles are read by torch's restricted unpickler alone, which calls nothing that a file names.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from explorer.files import read
from explorer.importing.draft import ImportFault
from explorer.importing.weights.folded import folded

SUFFIXES = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")
MOST_BYTES = 8 << 30
MOST_TENSORS = 10_000
_MOST_ENTRIES = 30_000
_MOST_DEPTH = 4
_MOST_SAID = 300
_MOST_LOOKED_AT = 4096
# torch stores tensors as they are: an archive that unpacks to much more than itself is none of torch's.
_MOST_UNPACKED = 4

# Where training scripts keep the weights, the first that is there; averages only where there is nothing else.
_WRAPPERS = (
    *("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params"),
    *("ema_state_dict", "ema_model", "model_ema", "ema", "averaged_model"),
)
_AVERAGES = frozenset({"ema", "ema_model", "model_ema", "ema_state_dict", "averaged_model"})
_HYPER_PARAMETERS = ("hyper_parameters", "hparams", "config", "args")
# What stands beside a VAE and is no part of it.
_OTHERS = frozenset(
    {"loss", "criterion", "loss_fn", "discriminator", "lpips", "perceptual_loss", "optimizer"}
)
_OTHERS_STEMS = ("optim", "scheduler", "lr_scheduler", "scaler", "grad_scaler")
_WRAPPING_NAMES = frozenset({"model", "vae", "module", "net", "network", "autoencoder", "_orig_mod"})

STRIP = (
    "The file holds more than tensors, and reading such objects runs what it names. Where it was made, and if you "
    "trust it, keep the tensors: model = torch.load('{name}', weights_only=False); "
    "torch.save(getattr(model, 'state_dict', lambda: model['state_dict'])(), 'weights.pt')"
)


@dataclass(frozen=True)
class Weights:
    """What a file holds.

    Attributes:
        tensors: float32 by name, in the file's order.
        sha256: of the file.
        is_ordered: whether that is the order in which the layers were made; safetensors keeps none.
        said: sentences on what was left out, and on what the file says of itself.
    """

    tensors: Mapping[str, Tensor]
    sha256: str
    is_ordered: bool
    said: tuple[str, ...] = ()


def weights(path: Path) -> Weights:
    """All tensors of a file that belong to the model.

    Raises:
        ImportFault: it is no file of weights, or holds objects, damaged or endless tensors, NaN, or no tensors at all.
    """
    try:
        content = read.content(path, MOST_BYTES)
    except OSError as error:
        raise ImportFault(path, "file", f"one of at most {MOST_BYTES:,} bytes", error) from error
    is_safe = path.suffix == ".safetensors"
    held = _safetensors(path, content) if is_safe else _unpickled(path, content)
    inner, said = _unwrapped(held)
    found = dict(_tensors(path, inner))
    found, left_out = _of_the_model(found)
    if not found:
        raise ImportFault(path, "content", "tensors by name", f"{_kind(held)} without any", _advice(path))
    tensors = {name: _checked(path, name, value) for name, value in folded(path, found).items()}
    return Weights(tensors, hashlib.sha256(content).hexdigest(), not is_safe, (*said, *left_out))


def _safetensors(path: Path, content: bytes) -> Mapping[str, Any]:
    try:
        return safetensors.torch.load(content)
    except (safetensors.SafetensorError, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise ImportFault(
            path, "content", "a whole safetensors file", error, "Copy the file again."
        ) from error


def _unpickled(path: Path, content: bytes) -> Any:
    if content[:2] == b"PK":
        _check_archive(path, content)
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    # The restricted unpickler has no error of its own kind: a damaged file raises whatever its operations do.
    except Exception as error:
        # What it says holds the file's own names, however long.
        told = str(error)[:_MOST_LOOKED_AT]
        named = re.search(r"GLOBAL ([\w.]+)", told) or re.search(r"`?([\w.]+)`? was not an", told)
        if named or "Weights only load failed" in str(error):
            reason = f"an object of {named[1]}" if named else f"{error}".splitlines()[-1]
            raise ImportFault(path, "content", "tensors by name", reason, _advice(path)) from error
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise ImportFault(
            path, "content", "a file that torch.save wrote", reason, "Copy the file again."
        ) from error


def _check_archive(path: Path, content: bytes) -> None:
    """Refuses archives of another kind, and those that would fill the memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    # A damaged directory, in zipfile's own words.
    except (
        zipfile.BadZipFile,
        ValueError,
        LookupError,
        OverflowError,
        NotImplementedError,
        OSError,
    ) as error:
        raise ImportFault(
            path, "content", "a whole archive of torch.save", error, "Copy the file again."
        ) from error
    n_bytes = sum(entry.file_size for entry in entries)
    if len(entries) > _MOST_ENTRIES or n_bytes > _MOST_UNPACKED * len(content):
        found = f"{len(entries):,} entries of {n_bytes:,} bytes in {len(content):,}"
        raise ImportFault(path, "content", "an archive of torch.save, which packs nothing", found)
    names = {entry.filename.partition("/")[2] for entry in entries}
    if "constants.pkl" in names:
        advice = f"torch.save(torch.jit.load('{path.name}').state_dict(), 'weights.pt') keeps its weights."
        raise ImportFault(path, "content", "weights", "a TorchScript program, which is code", advice)
    if not any(name.endswith("data.pkl") for name in names):
        raise ImportFault(path, "content", "an archive of torch.save", "an archive without data.pkl")


def _unwrapped(held: Any) -> tuple[Any, tuple[str, ...]]:
    """The weights among what a training script kept, and what it says of itself."""
    said: list[str] = []
    for _ in range(_MOST_DEPTH):
        if not isinstance(held, Mapping):
            break
        said += [
            _hyper_parameters(held[key]) for key in _HYPER_PARAMETERS if isinstance(held.get(key), Mapping)
        ]
        inner = [key for key in _WRAPPERS if isinstance(held.get(key), Mapping) and held[key]]
        if not inner:
            break
        if inner[0] not in _AVERAGES and (averages := _AVERAGES & set(inner)):
            said.append(
                f"Averaged weights stand beside these ({', '.join(sorted(averages))}) and are not read."
            )
        held = held[inner[0]]
    return held, tuple(filter(None, said))


def _hyper_parameters(found: Mapping[Any, Any]) -> str:
    plain = {str(k): v for k, v in found.items() if isinstance(v, str | int | float | bool | list | tuple)}
    return f"Its hyper-parameters: {json.dumps(plain, default=str)[:_MOST_SAID]}" if plain else ""


def _tensors(path: Path, held: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Tensors of mappings within mappings, by their names joined with dots."""
    if not isinstance(held, Mapping) or depth > _MOST_DEPTH:
        return
    if len(held) > MOST_TENSORS:
        raise ImportFault(path, "content", f"at most {MOST_TENSORS:,} tensors", f"{len(held):,} entries")
    for key, value in held.items():
        # An object that is a key has no name that could be told.
        if not isinstance(key, str | int):
            continue
        name = f"{prefix}{key}"
        if str(key).lower().startswith(_OTHERS_STEMS):
            continue
        if isinstance(value, Tensor):
            yield name, value
        else:
            yield from _tensors(path, value, f"{name}.", depth + 1)


def _of_the_model(found: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Without wrapping prefixes, counters, and what stands beside the model."""
    tensors = {name.replace("_orig_mod.", ""): value for name, value in found.items()}
    tensors = {name: v for name, v in tensors.items() if not name.endswith("num_batches_tracked")}
    left_out: set[str] = set()
    while True:
        firsts = {name.partition(".")[0] for name in tensors}
        others = (
            {first for first in firsts if first.lower() in _OTHERS | _AVERAGES} if len(firsts) > 1 else set()
        )
        left_out |= others
        tensors = {name: v for name, v in tensors.items() if name.partition(".")[0] not in others}
        firsts -= others
        if len(firsts) != 1 or (first := firsts.pop()).lower() not in _WRAPPING_NAMES:
            break
        if not all(name.startswith(f"{first}.") for name in tensors):
            break
        tensors = {name.removeprefix(f"{first}."): v for name, v in tensors.items()}
    said = f"Beside the model the file holds {', '.join(sorted(left_out))}, which is not read."
    return tensors, (said,) if left_out else ()


def _checked(path: Path, name: str, value: Tensor) -> Tensor:
    """A plain tensor of finite float32, whose numbers are all there."""
    if value.layout != torch.strided or value.is_quantized or value.device.type != "cpu":
        found = "quantised numbers" if value.is_quantized else f"{value.layout} on {value.device}"
        raise ImportFault(path, name, "a plain tensor", found)
    if value.numel() * value.element_size() > value.untyped_storage().nbytes():
        found = f"{value.numel():,} of them in {value.untyped_storage().nbytes():,} bytes"
        raise ImportFault(path, name, "numbers that the file holds", found)
    if not value.is_floating_point():
        raise ImportFault(path, name, "floating-point numbers", value.dtype)
    number = value.detach().to(torch.float32, copy=True).contiguous()
    if number.numel() and not all(map(torch.isfinite, torch.aminmax(number))):
        raise ImportFault(path, name, "finite numbers", "NaN or infinity", "Training diverged; train anew.")
    return number


def _kind(held: object) -> str:
    return f"an object of {type(held).__name__}" if not isinstance(held, Mapping) else "a mapping"


def _advice(path: Path) -> str:
    return STRIP.format(name=path.name)
