"""Tensors to layers: those of one name and another last word are one layer, and their shapes say of which kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from explorer.importing.draft import ImportFault

EXPORT = (
    "What weights alone do not say an exported model does: explorer.export(model, example, 'model.pt2'), "
    "called where the model's code is."
)
_PARTS = frozenset({"weight", "bias", "running_mean", "running_var"})


@dataclass(frozen=True)
class Layer:
    """A layer with weights.

    Attributes:
        name: as in the file, without the tensors' last word.
        kind: "linear", "conv" (transposed or not), "batch_norm", "norm" (of a layer or of groups) or "prelu".
        tensors: "weight" and the like.
    """

    name: str
    kind: str
    tensors: Mapping[str, Tensor]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its weight, or of its running mean."""
        return tuple(next(iter(self.tensors.values())).shape)

    @property
    def has_weights(self) -> bool:
        """Whether it mixes features, which a norm does not."""
        return self.kind in ("linear", "conv")

    @property
    def kernel(self) -> tuple[int, int]:
        """Rows and columns of a convolution."""
        return self.shape[2], self.shape[3]

    def channels(self, is_transposed: bool) -> tuple[int, int] | None:
        """Features in and out; None where its bias says that it is of the other kind."""
        n_in, n_out = (self.shape[0], self.shape[1]) if is_transposed else (self.shape[1], self.shape[0])
        bias = self.tensors.get("bias")
        return None if bias is not None and len(bias) != n_out else (n_in, n_out)

    def __str__(self) -> str:
        return f"{self.name} {self.kind} {'x'.join(map(str, self.shape))}"


def layers(path: Path, tensors: Mapping[str, Tensor]) -> tuple[list[Layer], dict[str, Tensor]]:
    """All layers in the order of the tensors, and the tensors that belong to none.

    Raises:
        ImportFault: one is of a kind that is not known.
    """
    parts: dict[str, dict[str, Tensor]] = {}
    others: dict[str, Tensor] = {}
    for name, value in tensors.items():
        owner, _, part = name.rpartition(".")
        if part in _PARTS and owner:
            parts.setdefault(owner, {})[part] = value
        else:
            others[name] = value
    return [_layer(path, name, found) for name, found in parts.items()], others


def _layer(path: Path, name: str, found: Mapping[str, Tensor]) -> Layer:
    shapes = {part: tuple(value.shape) for part, value in found.items()}
    ordered = {
        part: found[part] for part in ("weight", "bias", "running_mean", "running_var") if part in found
    }
    kind = _kind(shapes)
    if kind is None:
        expected = "a linear layer, a convolution of images, or a norm"
        raise ImportFault(path, name, expected, listed(shapes), EXPORT)
    return Layer(name, kind, ordered)


def _kind(shapes: Mapping[str, tuple[int, ...]]) -> str | None:
    """By the shapes of its tensors."""
    if any(0 in shape for shape in shapes.values()):
        return None
    weight, bias, mean = (shapes.get(part) for part in ("weight", "bias", "running_mean"))
    if mean is not None:
        fits = len(mean) == 1 and all(shape == mean for shape in shapes.values()) and "running_var" in shapes
        return "batch_norm" if fits else None
    if weight is None:
        return None
    if len(weight) == 1:
        return "norm" if bias == weight else "prelu" if bias is None else None
    if bias is not None and (len(bias) != 1 or bias[0] not in weight[:2]):
        return None
    if len(weight) == 2:
        return "linear" if bias is None or bias[0] == weight[0] else None
    return "conv" if len(weight) == 4 else None


def listed(shapes: Mapping[str, Sequence[int]]) -> str:
    """Names with shapes, for people."""
    return ", ".join(f"{name} {'x'.join(map(str, shape)) or '()'}" for name, shape in shapes.items())
