"""What the lowering of an ONNX graph knows while it is under way.

A value is one of three things: the name of a tensor that is computed, a tensor that the file holds, or the sizes that
shape arithmetic is made of, as a list of whole numbers and names. Every node is also run on tensors without memory, so
that the shapes are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.onnx.parsed import TRY_EXPORT, OnnxGraph, OnnxNode
from explorer.programs import GraphBuilder, Text
from explorer.programs.operators import OPERATORS

BATCH = 61


class ShapeNumbers(list[int | str]):
    """Whole numbers that are known, and names of those that the batch decides."""

    is_scalar = False


Value = str | Tensor | ShapeNumbers


class TracedBuilder(GraphBuilder):
    """Knows the shape of everything that was written down."""

    def __init__(self, shapes: Mapping[str, Sequence[int]]):
        super().__init__(*shapes)
        self._drawn: list[str] = []
        self.known: dict[str, Any] = {
            name: torch.empty(*shape, device="meta") for name, shape in shapes.items()
        }

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Of one row of each input, the draws among them."""
        return {name: tuple(self.known[name].shape[1:]) for name in self._inputs}

    @property
    def drawn(self) -> dict[str, tuple[int, ...]]:
        return {name: shape for name, shape in self.shapes.items() if name in self._drawn}

    def draw(self, shape: Sequence[int]) -> str:
        """Standard normal numbers of this shape, which are an input of their own."""
        name = self._fresh("draw")
        self._inputs = (*self._inputs, name)
        self._drawn.append(name)
        self.known[name] = torch.empty(*shape, device="meta")
        return name

    def tensor(self, name: str, value: Tensor) -> str:
        found = super().tensor(name, value.float())
        self.known[found] = value.float().to("meta")
        return found if value.is_floating_point() else self.add("to_dtype", found, value.dtype)

    def add(self, operator: str, *args: Any, name: str | None = None, **kwargs: Any) -> str:
        found = super().add(operator, *args, name=name, **kwargs)
        with torch.no_grad():
            self.known[found] = OPERATORS[operator](
                *map(self._meta, args), **{k: self._meta(v) for k, v in kwargs.items()}
            )
        return found

    def _meta(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.known[value]
        if isinstance(value, Text):
            return value.value
        return [self._meta(part) for part in value] if isinstance(value, list | tuple) else value


@dataclass
class OnnxLowering:
    """What the lowering of one graph has come to."""

    graph: OnnxGraph
    builder: TracedBuilder
    values: dict[str, Value]

    def input(self, node: OnnxNode, i: int) -> Value | None:
        """The i-th input; None where it is left out."""
        name = node.inputs[i] if i < len(node.inputs) else ""
        if not name:
            return None
        if name not in self.values:
            raise self.fault(node, "inputs that were computed before", f"{name:.80}")
        return self.values[name]

    def name(self, node: OnnxNode, i: int) -> str:
        """The i-th input as a tensor of the program."""
        found = self.input(node, i)
        if found is None:
            raise self.fault(node, f"input {i}", "none")
        return self.named(found)

    def named(self, value: Value) -> str:
        """A value as a tensor of the program."""
        if isinstance(value, str):
            return value
        if isinstance(value, Tensor):
            return self.builder.tensor("constant", value)
        if any(isinstance(n, str) for n in value):
            raise ImportFault(self.graph.path, "sizes", "numbers that are known", "the batch's", TRY_EXPORT)
        found = torch.tensor([n for n in value if isinstance(n, int)])
        return self.builder.tensor("sizes", found[0] if value.is_scalar else found)

    def shape(self, name: str) -> list[int]:
        """With `BATCH` where the batch is."""
        return list(self.builder.known[name].shape)

    def sizes(self, node: OnnxNode, i: int) -> ShapeNumbers | None:
        """The i-th input as whole numbers; None where it is left out."""
        found = self.input(node, i)
        if found is None or isinstance(found, ShapeNumbers):
            return found
        if isinstance(found, str):
            raise self.fault(node, "sizes that do not depend on values", found)
        if found.is_floating_point() or found.numel() > 1024:
            raise self.fault(node, "whole numbers", f"{found.dtype} of shape {tuple(found.shape)}")
        listed = ShapeNumbers(int(n) for n in found.flatten())
        listed.is_scalar = found.ndim == 0
        return listed

    def ints(self, node: OnnxNode, i: int, attribute: str) -> list[int] | None:
        """What newer opsets have as an input and older ones as an attribute."""
        if (found := self.sizes(node, i)) is None:
            return node.attributes.get(attribute)
        if not all(isinstance(n, int) for n in found):
            raise self.fault(node, "numbers that are known", "the batch's size")
        return [n for n in found if isinstance(n, int)]

    def number(self, node: OnnxNode, i: int, attribute: str) -> float | None:
        """The same of one number."""
        found = self.input(node, i)
        if found is None:
            return node.attributes.get(attribute)
        if isinstance(found, Tensor) and found.numel() == 1:
            return float(found)
        raise self.fault(node, f"a number for {attribute}", "one that is computed")

    def fault(self, node: OnnxNode, expected: str, found: object) -> ImportFault:
        return ImportFault(self.graph.path, f"operator {node.operator:.80}", expected, found, TRY_EXPORT)


Lowered = Callable[[OnnxLowering, OnnxNode], Value | Sequence[Value]]
