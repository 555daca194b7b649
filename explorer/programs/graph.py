"""What a network computes: a list of nodes, each an operator of `operators.py` and what it is given.

In JSON a text names an input, an earlier node or a tensor; numbers, true, false and null are themselves; whatever else
an operator takes is an object of one entry: {"text": "nearest"}, {"dtype": "float32"}, {"number": "inf"}.

    {"inputs": ["z"], "tensors": {"weight": [784, 2]}, "outputs": ["probabilities"], "nodes": [
        ["logits", "aten.linear.default", ["z", "weight"]], ["probabilities", "aten.sigmoid.default", ["logits"]]]}
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from explorer.programs.operators import DTYPES, OPERATORS

MAX_NODES = 20_000
MAX_TENSORS = 20_000
MAX_RANK = 8
# Of one tensor: no file holds as many.
MAX_WEIGHTS = 1 << 40
_MAX_DEPTH = 3
_MAX_TEXT = 64
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")


@dataclass(frozen=True)
class Text:
    """A text that an operator is given, such as the mode of an upsampling."""

    value: str


@dataclass(frozen=True)
class Node:
    """One step.

    Attributes:
        name: of its result.
        operator: a key of `OPERATORS`.
        args: in the operator's order; a `str` names an input, an earlier node or a tensor. Lists are tuples.
        kwargs: by name.
    """

    name: str
    operator: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def names(self) -> Iterator[str]:
        """What it needs."""
        for value in (*self.args, *self.kwargs.values()):
            yield from _names(value)


@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they are run.

    Attributes:
        inputs: names of what it is given, batches of one size.
        tensors: names and shapes of its weights and constants.
        nodes: each needs only what stands before it.
        outputs: names of what it returns.
        most_rows: how long a batch may be; None for any.
    """

    inputs: tuple[str, ...]
    tensors: Mapping[str, tuple[int, ...]]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    most_rows: int | None = None

    def __post_init__(self) -> None:
        _check_tensors(self.tensors)
        _check_nodes(self)
        if self.most_rows is not None and not (type(self.most_rows) is int and self.most_rows >= 1):
            raise ValueError(
                f"most_rows: expected a whole number from 1 on, or null, found {self.most_rows!r}"
            )

    def returning(self, *outputs: str) -> Graph:
        """The same computation with other outputs; what they do not need is left out."""
        wanted, kept = set(outputs), []
        for node in reversed(self.nodes):
            if node.name in wanted:
                kept.append(node)
                wanted.update(node.names())
        tensors = {name: shape for name, shape in self.tensors.items() if name in wanted}
        return replace(self, nodes=tuple(reversed(kept)), tensors=tensors, outputs=outputs)

    def since(self, start: str, *outputs: str) -> Graph:
        """The computation from an input or an intermediate value on, which is then its only input.

        The batch's size is that of `start`.

        Raises:
            ValueError: the outputs need another input beside it.
        """
        wanted, kept = set(outputs), []
        for node in reversed(self.nodes):
            if node.name in wanted and node.name != start:
                kept.append(self._sized_by(start, node))
                wanted.update(kept[-1].names())
        missing = sorted(wanted.intersection(self.inputs) - {start})
        if missing:
            raise ValueError(f"{', '.join(outputs)} need {', '.join(missing)} beside {start}")
        tensors = {name: shape for name, shape in self.tensors.items() if name in wanted}
        return replace(self, inputs=(start,), tensors=tensors, nodes=tuple(reversed(kept)), outputs=outputs)

    def _sized_by(self, start: str, node: Node) -> Node:
        is_rows = (
            node.operator == "aten.sym_size.int" and node.args[0] in self.inputs and node.args[1:] == (0,)
        )
        return replace(node, args=(start, 0)) if is_rows else node

    def producer(self, name: str) -> Node | None:
        """The node of a name; None for an input or a tensor."""
        return next((node for node in self.nodes if node.name == name), None)

    def to_config(self) -> dict[str, Any]:
        """JSON-ready mapping."""
        nodes = [
            [n.name, n.operator, _to_json(n.args), *([_kwargs_to_json(n.kwargs)] if n.kwargs else [])]
            for n in self.nodes
        ]
        return {
            "inputs": list(self.inputs),
            "tensors": {name: list(shape) for name, shape in self.tensors.items()},
            "nodes": nodes,
            "outputs": list(self.outputs),
            "most_rows": self.most_rows,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Graph:
        """The graph of such a mapping.

        Raises:
            ValueError: it is none; says which entry, what was expected and what was found.
        """
        if not isinstance(config, Mapping):
            raise ValueError(f"a program is an object, found {config!r:.80}")
        missing = [key for key in ("inputs", "tensors", "nodes", "outputs") if key not in config]
        if missing:
            raise ValueError(f"a program needs {missing[0]}, found {', '.join(map(str, config))!r:.80}")
        tensors = config["tensors"]
        if not isinstance(tensors, Mapping):
            raise ValueError(f"tensors: expected names and shapes, found {tensors!r:.80}")
        return cls(
            tuple(_listed("inputs", config["inputs"])),
            {name: tuple(_listed(name, shape)) for name, shape in tensors.items()},
            tuple(map(_node, _listed("nodes", config["nodes"]))),
            tuple(_listed("outputs", config["outputs"])),
            config.get("most_rows"),
        )


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _names(part)


def _check_name(name: object) -> None:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise ValueError(f"expected a name of letters, digits and underscores, found {name!r:.80}")


def _check_tensors(tensors: Mapping[str, tuple[int, ...]]) -> None:
    if len(tensors) > MAX_TENSORS:
        raise ValueError(f"tensors: expected at most {MAX_TENSORS:,}, found {len(tensors):,}")
    for name, shape in tensors.items():
        _check_name(name)
        if len(shape) > MAX_RANK or not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError(f"{name}: expected a shape of whole numbers, found {shape!r:.80}")
        if math.prod(shape) > MAX_WEIGHTS:
            raise ValueError(f"{name}: expected at most {MAX_WEIGHTS:,} numbers, found {shape!r:.80}")


def _check_nodes(graph: Graph) -> None:
    if len(graph.nodes) > MAX_NODES:
        raise ValueError(f"nodes: expected at most {MAX_NODES:,}, found {len(graph.nodes):,}")
    known: set[str] = set(graph.tensors)
    for name in graph.inputs:
        _check_new(name, known)
    for node in graph.nodes:
        if node.operator not in OPERATORS:
            raise ValueError(
                f"operator {node.operator!r:.80} of {node.name!r:.80} is not one of those that are run"
            )
        for name in node.names():
            _check_known(name, known)
        _check_new(node.name, known)
    if not graph.inputs or not graph.outputs:
        raise ValueError("a program has at least one input and one output")
    for name in graph.outputs:
        _check_known(name, known)


def _check_new(name: object, known: set[str]) -> None:
    _check_name(name)
    assert isinstance(name, str), "checked"
    if name in known:
        raise ValueError(f"{name}: expected a name that nothing has yet")
    known.add(name)


def _check_known(name: object, known: set[str]) -> None:
    if not isinstance(name, str) or name not in known:
        raise ValueError(f"{name!r:.80}: expected an input, a tensor or an earlier node")


def _listed(name: str, value: object) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name:.80}: expected a list, found {value!r:.80}")
    return value


def _node(found: object) -> Node:
    if not isinstance(found, list) or not 3 <= len(found) <= 4:
        raise ValueError(f"expected a node as [name, operator, args, kwargs], found {found!r:.80}")
    name, operator, args = found[:3]
    kwargs = found[3] if len(found) == 4 else {}
    _check_name(name)
    if not isinstance(operator, str) or not isinstance(kwargs, Mapping):
        raise ValueError(f"{name}: expected an operator's name and arguments by name, found {found!r:.80}")
    named = {key: _from_json(value) for key, value in kwargs.items()}
    return Node(name, operator, tuple(map(_from_json, _listed(name, args))), named)


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_to_json(part) for part in value]
    if isinstance(value, Text):
        return {"text": value.value}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    assert value is None or isinstance(value, str | int | float | bool), f"an argument, found {value!r}"
    return value


def _kwargs_to_json(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _to_json(value) for key, value in kwargs.items()}


def _from_json(value: Any, depth: int = 0) -> Any:
    if isinstance(value, list) and depth < _MAX_DEPTH:
        return tuple(_from_json(part, depth + 1) for part in value)
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, text),) = value.items()
        if key == "text" and isinstance(text, str) and len(text) <= _MAX_TEXT:
            return Text(text)
        if key == "dtype" and isinstance(text, str) and text in DTYPES:
            return DTYPES[text]
        if key == "number" and text in ("inf", "-inf"):
            return float(text)
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"expected a name, a number or a list of them, found {value!r:.80}")
