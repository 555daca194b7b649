"""Weights alone: `.pt`, `.pth`, `.ckpt`, `.bin`, `.safetensors`. Names and shapes say how they are put together; what
they do not say, activations above all, is kept as alternatives that data decide.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from explorer.importing.draft import Draft, ImportFault
from explorer.importing.weights import names
from explorer.importing.weights.assembly import is_possible, networks
from explorer.importing.weights.chain import Chain, ChainSearch, is_named
from explorer.importing.weights.container import SUFFIXES, weights
from explorer.importing.weights.layers import EXPORT, Layer, layers

_LOG_SIGMA = re.compile(r"(^|_)log_?(sigma|std|scale|stddev)(_|$)")
_LOG_VARIANCE = re.compile(r"(^|_)log_?(var|variance)(_|$)")
_PRIOR = re.compile(r"(^|_)(prior|pz)\w*(_|$)")


def takes(path: Path) -> bool:
    """Whether a path is a file of weights, by its name."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def read(path: Path) -> Draft:
    """The networks of a file of weights.

    Raises:
        ImportFault: its layers are not those of a VAE, or are more than names and shapes can tell.
    """
    found = weights(path)
    order = found.tensors if found.is_ordered else sorted(found.tensors, key=names.natural)
    made, others = layers(path, {name: found.tensors[name] for name in order})
    likelihood, said = _beside(path, others)
    chain = chained(path, made)
    return Draft(
        "state_dict",
        path.name,
        found.sha256,
        networks(path, chain),
        known=known(chain),
        likelihood=likelihood,
        said=(*found.said, *said),
        assumed=tuple(_assumed(made, chain)),
    )


def chained(path: Path, made: Sequence[Layer]) -> Chain:
    """All layers in an order that makes a VAE.

    Raises:
        ImportFault: there is none; says what they are instead, where that is plain.
    """
    search = ChainSearch(made)
    found = search.chain(is_possible) or search.named()
    if found is not None:
        return found
    shown = "; ".join(map(str, made)) or "no layers"
    if (line := search.line()) is not None:
        given, returned = line[0].before.n, line[-1].after.n
        if given == returned:
            why = "It is a plain autoencoder: its code has no spread, so there is no q(z|x) and no p(x)."
            raise ImportFault(path, "head", "two layers, for mean and spread", shown, why)
        why = f"It is one network from {given} to {returned} numbers, not an encoder and a decoder."
        raise ImportFault(path, "decoder", "layers from a code back to data", shown, why)
    raise ImportFault(
        path, "layers", "an encoder, a head and a decoder that chain", shown, _stuck(search, made)
    )


def _stuck(search: ChainSearch, made: Sequence[Layer]) -> str:
    if not search.longest:
        return EXPORT
    last, taken = search.longest[-1], {p.layer.name for p in search.longest}
    rest = ", ".join(str(layer) for layer in made if layer.name not in taken)
    return f"After {last.layer.name}, which gives {last.after.n}, none of the rest fits ({rest or 'nothing'}). {EXPORT}"


def known(chain: Chain) -> dict[str, str]:
    """What the names of the heads say of their reading."""
    found: dict[str, str] = {}
    if chain.heads and is_named(chain.heads):
        found["order"] = "mean_first"
        if kind := names.spread(chain.heads[1][-1].layer.name):
            found["spread"] = kind
    if chain.outputs and (kind := names.spread(chain.outputs[1][-1].layer.name)):
        found["output_spread"] = kind
    return found


def _beside(path: Path, others: Mapping[str, Tensor]) -> tuple[dict[str, object], list[str]]:
    """What stands beside the layers: a scale of p(x|z), or a prior that is the usual one."""
    likelihood: dict[str, object] = {}
    said = []
    for name, value in others.items():
        words = names.plain(name)
        factor = 1.0 if _LOG_SIGMA.search(words) else 0.5 if _LOG_VARIANCE.search(words) else None
        if value.numel() == 1 and factor is not None and not likelihood:
            scale = math.exp(min(factor * value.item(), 80.0))
            likelihood = {"kind": "gaussian", "scale": scale}
            said.append(f"{name} is taken for the scale of p(x|z): sigma = {scale:.4g}.")
        elif _PRIOR.search(words) and (torch.all(value == 0) or torch.all(value == 1)):
            said.append(f"{name} is that of a standard normal prior.")
        else:
            shown = f"{name} {tuple(value.shape)}"
            raise ImportFault(
                path, "content", "tensors of layers (weight, bias, running_mean, ...)", shown, EXPORT
            )
    return likelihood, said


def _assumed(made: Sequence[Layer], chain: Chain) -> list[str]:
    """What no alternative changes."""
    found = []
    if any(layer.kind in ("norm", "batch_norm") for layer in made):
        found.append("Norms add 1e-5 to the variance, as torch's do: weights do not say it.")
    if any(layer.kind == "conv" for layer in made):
        found.append("Strides and paddings are those that fit the sizes: weights do not say them.")
    found.append(
        "One activation stands behind every layer but the last of a network; the same in both networks."
    )
    if chain.outputs and not is_named(chain.outputs):
        first, second = (branch[-1].layer.name for branch in chain.outputs)
        found.append(f"Of the decoder's two outputs {first} is the location and {second} the scale.")
    return found
