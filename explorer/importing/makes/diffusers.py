"""A folder that diffusers saved: `config.json` and `diffusion_pytorch_model.safetensors` of an AutoencoderKL, or the
folder of a whole pipeline, of which it is the part `vae`.

Its networks follow from its config and are of any image size; weights are found by their names. They take and return
images between -1 and 1, here between 0 and 1.

References: Rombach et al. 2022, "High-resolution image synthesis with latent diffusion models".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.files import read as files
from explorer.importing.draft import Draft, ImportFault, Networks
from explorer.importing.json_file import json_object
from explorer.importing.weights.autoencoder_kl import ACTIVATIONS, Architecture, networks
from explorer.importing.weights.container import weights

MAKE = "diffusers"
CONFIG_FILE = "config.json"
_PIPELINE_FILE, _PART = "model_index.json", "vae"
_CLASS = "AutoencoderKL"
_STEM = "diffusion_pytorch_model"
_WEIGHTS = tuple(f"{_STEM}.{end}" for end in ("safetensors", "fp16.safetensors", "bin", "fp16.bin"))
_FIRST_BYTES = 4096
_USUAL_SIDE = 32
_LARGEST_FACTOR = 1e9
_MOST_SIDE, _MOST_CHANNELS, _MOST_LEVELS, _MOST_LAYERS = 8192, 8192, 10, 32
_DOWN, _UP = "DownEncoderBlock2D", "UpDecoderBlock2D"
_EXPORT = "Where it was made: explorer.export(model, example, 'model.pt2')."
_OTHERS: Mapping[str, str] = {
    "VQModel": "Its codes are entries of a table, not points of a latent space.",
    "AutoencoderTiny": "It is a plain autoencoder, distilled from another's codes: it has no q(z|x).",
    "AutoencoderDC": "It is a plain autoencoder: it has no q(z|x), and no p(x).",
    "AsymmetricAutoencoderKL": "Its decoder takes a masked image beside the code: its p(x|z) is that of inpainting.",
    "ConsistencyDecoderVAE": "Its decoder is a diffusion: its p(x|z) has no density that could be computed.",
    "AutoencoderOobleck": "It is of sound, not of images.",
}


def takes(path: Path) -> bool:
    """Whether a path is a folder that diffusers saved, by the first bytes of its config."""
    try:
        with (_folder(path) / CONFIG_FILE).open("rb") as file:
            return b'"_class_name"' in file.read(_FIRST_BYTES)
    except OSError:
        return False


def read(path: Path) -> Draft:
    """The model of such a folder.

    Raises:
        ImportFault: it is no AutoencoderKL, or its weights are not those that its config says.
    """
    folder = _folder(path)
    config, content = json_object(folder / CONFIG_FILE)
    architecture = _architecture(folder / CONFIG_FILE, config)
    file = _weights_file(folder)
    found = weights(file)
    side = _side(folder / CONFIG_FILE, config, architecture.reduction)
    shapes = architecture.latent_shape(side), architecture.input_shape(side)
    made = Networks("", *networks(file, architecture, found.tensors), *shapes, architecture.reduction)
    _check_sizes(folder / CONFIG_FILE, made)
    return Draft(
        MAKE,
        path.name,
        hashlib.sha256(content + found.sha256.encode()).hexdigest(),
        (made,),
        known={
            "order": "mean_first",
            "spread": "log_variance",
            "output": "parameters",
            "layout": "channels_first",
        },
        likelihood={"kind": "gaussian"},
        said=(*_said(config, file), *found.said, *_license(path, folder)),
        assumed=("Its file states no sigma of p(x|z): it was trained on other losses than a log-density.",),
    )


def _folder(path: Path) -> Path:
    return path / _PART if (path / _PIPELINE_FILE).is_file() else path


def _architecture(file: Path, config: Mapping[str, Any]) -> Architecture:
    _check_class(file, config)
    channels = config.get("block_out_channels", [64])
    if not isinstance(channels, list) or not 1 <= len(channels) <= _MOST_LEVELS:
        raise ImportFault(
            file, "block_out_channels", f"a list of 1 to {_MOST_LEVELS} numbers", repr(channels)
        )
    counts = {f"block_out_channels[{i}]": n for i, n in enumerate(channels)}
    for key, n in counts.items():
        _check_count(file, key, n, _MOST_CHANNELS)
    for key, kind in (("down_block_types", _DOWN), ("up_block_types", _UP)):
        found = config.get(key, [kind])
        if found != [kind] * len(channels):
            raise ImportFault(file, key, f"{len(channels)} times {kind}", f"{found!r:.200}", _EXPORT)
    groups = _count(file, config, "norm_num_groups", 32, _MOST_CHANNELS)
    for key, n in counts.items():
        if n % groups:
            raise ImportFault(file, key, f"a multiple of norm_num_groups, {groups}", n)
    n_in, n_out = (_count(file, config, f"{end}_channels", 3, _MOST_CHANNELS) for end in ("in", "out"))
    if n_in != n_out:
        raise ImportFault(
            file, "out_channels", f"{n_in}, as in_channels", n_out, "It is no VAE of its inputs."
        )
    activation = config.get("act_fn", "silu")
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ImportFault(file, "act_fn", f"one of {', '.join(ACTIVATIONS)}", f"{activation!r:.80}", _EXPORT)
    return Architecture(
        n_image_channels=n_in,
        n_code_channels=_count(file, config, "latent_channels", 4, _MOST_CHANNELS),
        channels=tuple(channels),
        n_layers=_count(file, config, "layers_per_block", 1, _MOST_LAYERS),
        n_groups=groups,
        activation=activation,
        has_attention=_flag(file, config, "mid_block_add_attention"),
        has_quant=_flag(file, config, "use_quant_conv"),
        has_post_quant=_flag(file, config, "use_post_quant_conv"),
    )


def _check_class(file: Path, config: Mapping[str, Any]) -> None:
    name = config.get("_class_name")
    if name != _CLASS:
        why = _OTHERS.get(name, _EXPORT) if isinstance(name, str) else "Restore the file."
        raise ImportFault(file, "_class_name", _CLASS, f"{name!r:.80}", why)


def _count(file: Path, config: Mapping[str, Any], key: str, usual: int, most: int) -> int:
    """An entry that is a number of things; diffusers' own where there is none."""
    found = config.get(key, usual)
    _check_count(file, key, found, most)
    assert isinstance(found, int), "checked"
    return found


def _check_count(file: Path, key: str, found: object, most: int) -> None:
    if type(found) is not int or not 1 <= found <= most:
        raise ImportFault(file, key, f"a whole number from 1 to {most:,}", f"{found!r:.80}")


def _flag(file: Path, config: Mapping[str, Any], key: str) -> bool:
    found = config.get(key, True)
    if not isinstance(found, bool):
        raise ImportFault(file, key, "true or false", f"{found!r:.80}")
    return found


def _side(file: Path, config: Mapping[str, Any], reduction: int) -> int:
    """Of the images that its config names, in whole places of a code; data may be of another size."""
    side = _count(file, config, "sample_size", _USUAL_SIDE, _MOST_SIDE)
    return -(-side // reduction) * reduction


def _weights_file(folder: Path) -> Path:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    parts = sorted(folder.glob(f"{_STEM}*.index*.json"))[:1]
    if parts:
        advice = "Save it in one: model.save_pretrained(folder, max_shard_size='100GB')."
        raise ImportFault(
            parts[0], "file", f"weights in one file, {_WEIGHTS[0]}", "weights in several", advice
        )
    raise ImportFault(folder, "file", _WEIGHTS[0], "no weights", "Restore the file.")


def _check_sizes(file: Path, networks: Networks) -> None:
    assert networks.encoder is not None, "it was read"
    try:
        networks.encoder.output_shapes(networks.input_shape)
        networks.decoder.output_shapes(networks.latent_shape)
    except ValueError as error:
        raise ImportFault(file, "sample_size", "images that can be computed", error) from error


def _said(config: Mapping[str, Any], file: Path) -> Iterator[str]:
    yield f"{_CLASS} of diffusers."
    for key in ("scaling_factor", "shift_factor"):
        found = config.get(key)
        # A number that is none of a factor's, however long, is not told.
        if isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < _LARGEST_FACTOR:
            name = key.replace("_", " ")
            yield f"Its {name} {found:.6g} is for a diffusion on its codes: q(z|x) is without it, as in diffusers."
    if ".fp16." in file.name:
        yield "Its weights are those of float16."


def _license(*folders: Path) -> Iterator[str]:
    """What the model card says, the part's own or the pipeline's."""
    for folder in dict.fromkeys(folders):
        try:
            card = files.content(folder / "README.md", 1 << 20).decode("utf-8", "replace")
        except (OSError, ValueError):
            continue
        if found := re.search(r"\A---\n(?:.*\n)*?license:[ ]*(\S[^\n]{0,80})", card):
            yield f"Its license, as its card says: {found[1].strip()}."
            return
