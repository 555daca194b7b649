"""From torch's own graphs to ours: pure operators only, and no more of them than `operators.py` has.

What writes in place becomes what does not: after `y = relu_(x)` the name x is y's. A view of x that is needed later
would have changed too; that is refused. Checks are dropped, copies and dropout at rest are their input, and what draws
random numbers becomes an input of its own: whoever asks for an output that needs none never meets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from explorer.programs.builder import GraphBuilder
from explorer.programs.graph import Text
from explorer.programs.operators import DTYPES, OPERATORS
from explorer.programs.program import Program
from explorer.programs.rewrites import CHECKS, DRAWS, FIRST_ONLY, MAX_BAKED, REWRITES, Unsupported

__all__ = ["Call", "Lowered", "Lowering", "Unsupported"]


@dataclass(frozen=True)
class Call:
    """A node of a graph of torch's.

    Attributes:
        target: "aten.relu_.default", or "int.add" of sizes.
        args, kwargs: as in `Node`: a text is a name.
        results: names of what it returns; several where it returns a list.
        is_list: whether it returns a list or several values, of which `results` are the first.
    """

    target: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    results: tuple[str, ...] = ()
    is_list: bool = False


@dataclass(frozen=True)
class _Value:
    """What a name of the source is now.

    Attributes:
        name: in our graph.
        storage: shared by all views of the same numbers.
    """

    name: str
    storage: int


class Lowering:
    """Calls, one after the other, made into a program.

    Args:
        inputs: names of what the network is given.
        is_floating: whether the value of a name is of floating point; such values are float32 throughout.
    """

    def __init__(self, inputs: Sequence[str], is_floating: Callable[[str], bool]):
        self._inputs, self._is_floating = tuple(inputs), is_floating
        self._values: dict[str, _Value] = {}
        self._lost: dict[str, str] = {}
        self._n_storages = 0
        self._calls: list[Call] = []
        self._tensors: dict[str, Tensor] = {}

    def tensor(self, name: str, value: Tensor) -> None:
        """Weights or a constant; whole numbers are kept as such."""
        self._tensors[name] = value

    def call(self, call: Call) -> None:
        self._calls.append(call)

    def program(self, outputs: Sequence[str], most_rows: int | None = None) -> Lowered:
        """What was called.

        Raises:
            Unsupported: it is no program of ours.
            ValueError: it is no program at all.
        """
        draws = tuple(_drawn(call) for call in self._calls if call.target in DRAWS)
        self.builder = GraphBuilder(*self._inputs, *draws)
        for name in (*self._inputs, *draws):
            self._set(name, name)
        for name, value in self._tensors.items():
            self._set(name, self._baked(name, value))
        for call in self._calls:
            if call.target not in DRAWS:
                self._lower(call)
        found = self.builder.program(*(self.name(out) for out in outputs), most_rows=most_rows)
        return Lowered(found, draws)

    def name(self, source: str) -> str:
        """What a name of the source is in our graph."""
        if source in self._lost:
            raise Unsupported(self._lost[source])
        if source not in self._values:
            raise Unsupported(f"{source!r:.80} is used and never computed")
        return self._values[source].name

    def _lower(self, call: Call) -> None:
        if call.target in CHECKS:
            self._lost |= {name: f"{name} is the result of a check" for name in call.results}
            return
        if call.target in _WHOLE and len(call.results) == 1 and not call.kwargs:
            self._keep(
                call, self.builder.add(_WHOLE[call.target], *self._renamed(call.args), name=call.results[0])
            )
            return
        pure = call.target.replace("_.", ".", 1)
        in_place = pure != call.target
        if not _is_known(pure):
            raise Unsupported(f"{call.target} is not one of the operators that are run")
        call = Call(pure, *_positional(pure, call.args, call.kwargs), call.results, call.is_list)
        if in_place:
            self._replace(call)
        else:
            self._keep(call, self._add(call))

    def _add(self, call: Call) -> str:
        """The call as nodes; the name of the value that it returns."""
        args, kwargs = self._renamed(call.args), {k: self._renamed(v) for k, v in call.kwargs.items()}
        rewrite = REWRITES.get(call.target)
        if rewrite is not None:
            return rewrite(self, args, kwargs)
        if call.target == "aten.batch_norm.default" and args[5] is True:
            raise Unsupported("batch_norm is in training mode: export the model after model.eval()")
        return self.builder.add(call.target, *args, name=call.results[0] if call.results else None, **kwargs)

    def _keep(self, call: Call, name: str) -> None:
        """Gives the results their names."""
        storage = self._storage_of(call)
        if not call.is_list:
            self._set(call.results[0], name, storage)
            return
        for index, result in enumerate(call.results):
            is_first = call.target in FIRST_ONLY
            if is_first and index:
                self._lost[result] = f"{call.target} is read for its first result alone"
            else:
                self._set(
                    result, name if is_first else self.builder.add("item", name, index, name=result), storage
                )

    def _replace(self, call: Call) -> None:
        """What wrote in place: its input is its result from now on."""
        name = self._add(call)
        if not isinstance(call.args[0], str):
            raise Unsupported(f"{call.target} changes {call.args[0]!r:.80} in place, which is no tensor")
        before = self._values[call.args[0]]
        for source, value in self._values.items():
            if value == before:
                self._values[source] = _Value(name, before.storage)
            elif value.storage == before.storage:
                self._lost[source] = (
                    f"{call.target} changes {call.args[0]} in place, and {source} shares its numbers"
                )
        for result in call.results:
            self._values[result] = _Value(name, before.storage)

    def _storage_of(self, call: Call) -> int | None:
        """That of the first argument, where the result may be a view of it."""
        first = call.args[0] if call.args else None
        if not (call.target.startswith("aten.") and isinstance(first, str) and first in self._values):
            return None
        is_view = any(result.alias_info is not None for result in _schema(call.target).returns)
        return self._values[first].storage if is_view else None

    def _set(self, source: str, name: str, storage: int | None = None) -> None:
        if source in self._values:
            raise Unsupported(f"{source!r:.80} is computed twice")
        self._n_storages += 1
        self._values[source] = _Value(name, self._n_storages if storage is None else storage)

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.name(value)
        return tuple(map(self._renamed, value)) if isinstance(value, tuple) else value

    def _baked(self, name: str, value: Tensor) -> str:
        """A tensor of the graph; whole numbers are stored as float32, and read as what they were."""
        if value.is_floating_point():
            return self.builder.tensor(name, value.detach().to(torch.float32))
        whole = torch.int64 if value.dtype not in DTYPES.values() else value.dtype
        as_float = value.detach().to(torch.float32)
        if not torch.equal(as_float.to(whole), value.to(whole)):
            raise Unsupported(f"{name} holds whole numbers that float32 cannot tell apart")
        return self.builder.add("to_dtype", self.builder.tensor(name, as_float), whole)

    def bake(self, name: str, value: Tensor) -> str:
        """A constant that the graph makes."""
        if value.numel() > MAX_BAKED:
            raise Unsupported(f"{name} makes a constant of {value.numel():,} numbers")
        return self._baked(name, value)

    def cast(self, name: str, dtype: torch.dtype | None) -> str:
        """A value in another type; of floating point there is one."""
        if dtype is None:
            return name
        source = next((s for s, v in self._values.items() if v.name == name), name)
        if dtype.is_floating_point and self._is_floating(source):
            return name
        dtype = torch.float32 if dtype.is_floating_point else dtype
        if dtype not in DTYPES.values():
            raise Unsupported(f"{dtype} is not one of the types that are computed with")
        return self.builder.add("to_dtype", name, dtype)

    @property
    def like(self) -> str:
        """Of whose device and type what is made of nothing is."""
        return self._inputs[0]


@dataclass(frozen=True)
class Lowered:
    """A program and those of its inputs that are random draws.

    Attributes:
        program: inputs and draws in, outputs out.
        draws: names of inputs, each standard normal.
    """

    program: Program
    draws: tuple[str, ...]


def _is_known(target: str) -> bool:
    return target in OPERATORS or target in REWRITES


def _schema(target: str) -> Any:
    """Of an operator that is known."""
    packet, overload = target.removeprefix("aten.").split(".")
    return getattr(getattr(torch.ops.aten, packet), overload)._schema


def _positional(
    target: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments in the operator's order, with its defaults where a later one is given.

    Raises:
        Unsupported: one is not the operator's.
    """
    if not target.startswith("aten."):
        return args, dict(kwargs)
    arguments = _schema(target).arguments
    given = dict(zip((a.name for a in arguments), args, strict=False)) | dict(kwargs)
    unknown = kwargs.keys() - {a.name for a in arguments}
    if unknown or len(args) > len(arguments):
        raise Unsupported(f"{target} takes no {next(iter(unknown), 'further argument')!r:.80}")
    places = [a for a in arguments if not a.kwarg_only]
    for a in places:
        if a.name not in given and not a.has_default_value():
            raise Unsupported(f"{target} needs {a.name}")
    n = max((i + 1 for i, a in enumerate(places) if a.name in given), default=0)
    ordered = tuple(given.pop(a.name) if a.name in given else _plain(a.default_value) for a in places[:n])
    return ordered, {k: v for k, v in given.items() if k not in _PLACES}


def _plain(value: Any) -> Any:
    """A default of a schema as an argument of ours: a text is no name."""
    if isinstance(value, str):
        return Text(value)
    return tuple(value) if isinstance(value, list) else value


def _drawn(call: Call) -> str:
    """The name of standard normal numbers."""
    mean, deviation = (0, 1) if "randn" in call.target else (*call.args[1:3], 0, 1)[:2]
    if (mean, deviation) != (0, 1) or len(call.results) != 1:
        raise Unsupported(
            f"{call.target} with mean {mean!r:.20} and deviation {deviation!r:.20}: expected 0 and 1"
        )
    return call.results[0]


# Where numbers lie, and in which order: of no concern to what they are.
_PLACES = ("device", "layout", "pin_memory", "memory_format")
_WHOLE = {name: name for name in OPERATORS if name.startswith("int.")}
