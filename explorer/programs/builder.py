"""Writes a graph down node by node: what reads another format says what it found with this."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, count
from typing import Any

from torch import Tensor

from explorer.programs.graph import Graph, Node
from explorer.programs.program import Program


class GraphBuilder:
    """A program in the making; every method returns the name under which its result is known."""

    def __init__(self, *inputs: str):
        self._inputs = inputs
        self._tensors: dict[str, Tensor] = {}
        self._nodes: list[Node] = []
        self._taken = set(inputs)

    def tensor(self, name: str, value: Tensor) -> str:
        """Weights or a constant, under a name made of `name`."""
        name = self._fresh(name)
        self._tensors[name] = value
        return name

    def add(self, operator: str, *args: Any, name: str | None = None, **kwargs: Any) -> str:
        """A node. A text among the arguments is a name; lists are taken as tuples."""
        name = self._fresh(name or operator.removeprefix("aten.").partition(".")[0])
        named = {key: _frozen(value) for key, value in kwargs.items()}
        self._nodes.append(Node(name, operator, tuple(map(_frozen, args)), named))
        return name

    def program(self, *outputs: str, most_rows: int | None = None) -> Program:
        """What was written down; tensors that nothing needs are left out.

        Raises:
            ValueError: it is no program.
        """
        shapes = {name: tuple(value.shape) for name, value in self._tensors.items()}
        graph = Graph(self._inputs, shapes, tuple(self._nodes), outputs, most_rows)
        return Program(graph.returning(*outputs), self._tensors)

    def _fresh(self, name: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)[:100] or "value"
        plain = plain if not plain[0].isdigit() else f"_{plain}"
        others = (f"{plain}_{i}" for i in count(1))
        found = next(n for n in chain((plain,), others) if n not in self._taken)
        self._taken.add(found)
        return found


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
