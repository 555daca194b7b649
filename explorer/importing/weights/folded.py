"""Re-parametrised weights, multiplied out: what a layer computes with, of what its training kept.

weight norm      w = g v / |v|              (Salimans & Kingma 2016)
spectral norm    w = v / (a' V b)           (Miyato et al. 2018), V a matrix of v, a and b kept from training
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from explorer.importing.draft import ImportFault

_NEW = ".parametrizations.weight.original"


def folded(path: Path, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors, with one `weight` in place of its parts.

    Raises:
        ImportFault: parts are missing, or do not fit each other.
    """
    found: dict[str, Tensor] = {}
    for name, value in tensors.items():
        owner = _owner(name)
        if owner is None:
            found[name] = value
        elif f"{owner}weight" not in found:
            found[f"{owner}weight"] = _weight(path, owner, tensors)
    return found


def _owner(name: str) -> str | None:
    """The layer ("encoder.0.") of whose weight a tensor is a part."""
    if _NEW in name:
        return name.partition(_NEW)[0] + "."
    stem, _, part = name.rpartition("weight_")
    return stem if part in ("g", "v", "u", "orig") and (not stem or stem.endswith(".")) else None


def _weight(path: Path, owner: str, tensors: Mapping[str, Tensor]) -> Tensor:
    new = owner.removesuffix(".") + _NEW
    pairs = ((f"{owner}weight_g", f"{owner}weight_v"), (f"{new}0", f"{new}1"))
    for scale, direction in pairs:
        if scale in tensors and direction in tensors:
            return _weight_norm(path, scale, tensors[scale].double(), tensors[direction].double())
    parts = [f"{owner}weight_{part}" for part in ("orig", "u", "v")]
    if all(part in tensors for part in parts):
        return _spectral_norm(path, parts[0], *(tensors[part].double() for part in parts))
    there = ", ".join(name for name in tensors if _owner(name) == owner)
    advice = "Remove the parametrisation before you save: torch.nn.utils.parametrize.remove_parametrizations."
    raise ImportFault(path, f"{owner}weight", "a weight, or a weight's norm and direction", there, advice)


def _weight_norm(path: Path, name: str, scale: Tensor, direction: Tensor) -> Tensor:
    dims = [
        i for i, (n, m) in enumerate(zip(scale.shape, direction.shape, strict=False)) if n == 1 and m != 1
    ]
    if scale.ndim != direction.ndim or any(
        n not in (1, m) for n, m in zip(scale.shape, direction.shape, strict=True)
    ):
        raise ImportFault(path, name, f"the norms of {tuple(direction.shape)}", tuple(scale.shape))
    if not dims:
        return scale * direction.sign()
    return scale * direction / torch.linalg.vector_norm(direction, dim=dims, keepdim=True)


def _spectral_norm(path: Path, name: str, weight: Tensor, left: Tensor, right: Tensor) -> Tensor:
    # Of a transposed convolution the second dimension is the outputs'.
    for dim in (0, 1):
        fits = weight.ndim > dim and (len(left), len(right) * len(left)) == (
            weight.shape[dim],
            weight.numel(),
        )
        if left.ndim == right.ndim == 1 and fits:
            matrix = weight.movedim(dim, 0).reshape(len(left), math.prod(weight.shape) // len(left))
            return weight / (left @ matrix @ right)
    raise ImportFault(
        path, name, f"directions of {tuple(weight.shape)}", (tuple(left.shape), tuple(right.shape))
    )
