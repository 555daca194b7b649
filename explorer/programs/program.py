"""A graph with its tensors, as a module. Nothing is compiled: the operators are called one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.programs.graph import Graph, Node, Text
from explorer.programs.operators import FAULTS, OPERATORS

# Of any one value of a program, an example: a gigabyte in float32.
MAX_NUMBERS = 1 << 28

_Values = dict[str, Any]
_Getter = Callable[[_Values], Any]


class Program(nn.Module):
    """f(*inputs) -> outputs, all of them batches (N, ...).

    Args:
        graph: what is computed.
        tensors: its weights and constants by name; without them they are made empty, as `load_state_dict` wants them.
    """

    def __init__(self, graph: Graph, tensors: Mapping[str, Tensor] | None = None):
        super().__init__()
        self.graph = graph
        for name, shape in graph.tensors.items():
            value = torch.empty(shape) if tensors is None else tensors[name].detach()
            assert tuple(value.shape) == tuple(shape), f"{name} as the graph says"
            # Under a prefix, so that no name is one of a module's own.
            self.register_parameter(_PREFIX + name, nn.Parameter(value, requires_grad=False))
        self._steps = _steps(graph)
        # Asked again for every way in which a program may be read.
        self._shapes: dict[tuple[tuple[tuple[int, ...], ...], int], tuple[tuple[int, ...], ...]] = {}
        self._returning: dict[tuple[str, ...], Program] = {}

    @property
    def tensors(self) -> dict[str, Tensor]:
        """Weights and constants by their names in the graph."""
        return {name.removeprefix(_PREFIX): value for name, value in self.named_parameters()}

    def returning(self, *outputs: str) -> Program:
        """The same computation with other outputs; the same program for the same ones."""
        if outputs not in self._returning:
            self._returning[outputs] = Program(self.graph.returning(*outputs), self.tensors)
        return self._returning[outputs]

    def since(self, start: str, *outputs: str) -> Program:
        """The computation from an input or an intermediate value on; raises as `Graph.since`."""
        return Program(self.graph.since(start, *outputs), self.tensors)

    def values(self, *inputs: Tensor) -> dict[str, Any]:
        """What every node computes, and the inputs, by name."""
        found: _Values = dict(zip(self.graph.inputs, inputs, strict=True))
        self._run(inputs, found.__setitem__)
        return found

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        most = self.graph.most_rows
        if most is None or len(inputs[0]) <= most:
            return self._run(inputs)
        parts = zip(*(x.split(most) for x in inputs), strict=True)
        return tuple(map(torch.cat, zip(*map(self._run, parts), strict=True)))

    def _run(
        self, inputs: Sequence[Tensor], seen: Callable[[str, Any], None] | None = None
    ) -> tuple[Tensor, ...]:
        values: _Values = {
            name.removeprefix(_PREFIX): value for name, value in self._parameters.items()
        } | dict(zip(self.graph.inputs, inputs, strict=True))
        for step in self._steps:
            values[step.name] = step.run(values)
            if seen is not None:
                seen(step.name, values[step.name])
            for name in step.last_used:
                del values[name]
        return tuple(values[name] for name in self.graph.outputs)

    def output_shapes(self, *shapes: Sequence[int], n: int = 2) -> tuple[tuple[int, ...], ...]:
        """Shapes of the outputs of one example, from the inputs' (without the batch), without computing anything.

        Raises:
            ValueError: an operator refuses what it is given, or makes more numbers than fit: names the node.
        """
        n = min(n, self.graph.most_rows or n)
        key = tuple(map(tuple, shapes)), n
        if key not in self._shapes:
            self._shapes[key] = _measured(self, key[0], n)
        return self._shapes[key]


def _measured(program: Program, shapes: Sequence[tuple[int, ...]], n: int) -> tuple[tuple[int, ...], ...]:
    """`Program.output_shapes` by a run on tensors without memory."""
    module = Program(program.graph, {k: v.to("meta") for k, v in program.tensors.items()})
    dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)
    at = ""

    def seen(name: str, value: Any) -> None:
        nonlocal at
        at = name
        if isinstance(value, Tensor) and value.numel() > n * MAX_NUMBERS:
            raise ValueError(
                f"{value.numel() // n:,} numbers an example, at most {MAX_NUMBERS:,} are computed"
            )

    try:
        inputs = [torch.empty(n, *shape, device="meta", dtype=dtype) for shape in shapes]
        with torch.no_grad():
            outputs = module._run(inputs, seen)
    except FAULTS as error:
        reason = f"{error}".partition("\n")[0]
        raise ValueError(
            f"the node after {at or 'the inputs'!r} cannot be computed: {reason:.300}"
        ) from error
    for name, value in zip(program.graph.outputs, outputs, strict=True):
        if not isinstance(value, Tensor) or value.ndim < 1 or len(value) != n:
            found = tuple(value.shape) if isinstance(value, Tensor) else value
            raise ValueError(f"output {name}: expected {n} rows for {n} examples, found {found!r:.80}")
    return tuple(tuple(value.shape[1:]) for value in outputs)


_PREFIX = "t_"


@dataclass(frozen=True)
class _Step:
    """A node, ready to be called."""

    name: str
    call: Callable[..., Any]
    args: tuple[_Getter, ...]
    kwargs: tuple[tuple[str, _Getter], ...]
    last_used: tuple[str, ...]

    def run(self, values: _Values) -> Any:
        return self.call(
            *[get(values) for get in self.args], **{key: get(values) for key, get in self.kwargs}
        )


def _steps(graph: Graph) -> tuple[_Step, ...]:
    """The nodes, each with the names that nobody needs after it."""
    kept, steps = {*graph.outputs, *graph.tensors}, []
    for node in reversed(graph.nodes):
        done = {*node.names(), node.name} - kept
        kept |= done
        steps.append(_step(node, tuple(done)))
    return tuple(reversed(steps))


def _step(node: Node, last_used: tuple[str, ...]) -> _Step:
    args = tuple(map(_getter, node.args))
    kwargs = tuple((key, _getter(value)) for key, value in node.kwargs.items())
    return _Step(node.name, OPERATORS[node.operator], args, kwargs, last_used)


def _getter(value: Any) -> _Getter:
    if isinstance(value, str):
        return lambda values: values[value]
    if isinstance(value, Text):
        return lambda values: value.value
    if isinstance(value, tuple) and any(isinstance(part, str | tuple | Text) for part in value):
        parts = tuple(map(_getter, value))
        return lambda values: [get(values) for get in parts]
    fixed = list(value) if isinstance(value, tuple) else value
    return lambda values: fixed
