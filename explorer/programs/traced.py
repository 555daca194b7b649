"""From a function of torch to a program: torch.export follows it once, on examples, in this process.

What comes out is compared with the function itself, for one row, two and all. Where torch can follow it only for one
size of the batch, it is followed for a single row, and the program is run a row at a time.
"""

from __future__ import annotations

import dis
import io
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.distributions import Distribution
from torch.export import Dim, ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind

from explorer.programs.graph import Text
from explorer.programs.lowering import Call, Lowered, Lowering, Unsupported
from explorer.programs.program import Program

Function = Callable[..., Tensor | tuple[Tensor, ...]]
# Of the largest number of an output; the same kernels in the same order differ by less.
TOLERANCE = 1e-6
# A batch and its rows one by one go through other kernels.
_TOLERANCE_BY_ROW = 1e-5
_HERE = Path(__file__).resolve().parent
_TORCH = Path(torch.__file__).resolve().parent
_WHOLE = {"add", "sub", "mul", "floordiv", "neg"}


class TraceError(ValueError):
    """A function that cannot be followed: says what torch said, the line of the code, and what to do."""


def program_of(f: Function, *examples: Tensor, name: str = "the function") -> Program:
    """The program of a function of tensors (N, ...) that returns one or several (N, ...).

    Args:
        f: deterministic, in eval mode; a module, a method, a function over modules.
        examples: what it takes, at least one row.
        name: what it is called in errors.

    Raises:
        TraceError: it cannot be followed, draws random numbers, or the program differs from it.
    """
    _check_eval(f, name)
    inputs = tuple(x if len(x) > 1 else torch.cat([x] * 2) for x in examples)
    expected = _called(f, inputs, name)
    if not _same(expected, _called(f, inputs, name), 0):
        raise TraceError(
            f"{name} gives another result each time it is called: leave out what draws random numbers, and return "
            "mean and log-variance in place of a sample"
        )
    if not _same(
        tuple(y[:1] for y in expected), _called(f, [x[:1] for x in inputs], name), _TOLERANCE_BY_ROW
    ):
        raise TraceError(
            f"{name} returns something else of a row alone than of the row in a batch: is it in eval mode?"
        )
    try:
        return _checked(f, _followed(f, inputs, name), inputs, name, TOLERANCE)
    except TraceError as error:
        try:
            found = _followed(f, tuple(x[:1] for x in inputs), name)
            found = _checked(f, found, inputs, name, _TOLERANCE_BY_ROW)
        except TraceError:
            raise error from None
    warnings.warn(
        f"{name} fixes the size of the batch (write x.shape[0] where it has len(x) or a number): it is run a row at a "
        "time, which is slow",
        stacklevel=2,
    )
    return found


def modules_of(f: object) -> list[nn.Module]:
    """The modules that a function is, belongs to, or closes over, as far as they can be found."""
    if isinstance(f, nn.Module):
        return [f]
    if isinstance(f, partial):
        return [m for part in (f.func, *f.args, *f.keywords.values()) for m in modules_of(part)]
    cells = [cell.cell_contents for cell in getattr(f, "__closure__", None) or () if _is_full(cell)]
    function = getattr(f, "__func__", f)
    known = getattr(function, "__globals__", {})
    named = [known[n] for n in _globals_of(function) if n in known]
    owner = [getattr(f, "__self__", None), *(getattr(f, "__defaults__", None) or ())]
    found = [m for part in (*cells, *named, *owner) for m in _modules_in(part)]
    return list({id(m): m for m in found}.values())


def _modules_in(part: object) -> list[nn.Module]:
    """A module, or the modules that a plain object has."""
    if isinstance(part, nn.Module):
        return [part]
    has_any = not isinstance(part, type | ModuleType | Tensor)
    return [v for v in getattr(part, "__dict__", {}).values() if isinstance(v, nn.Module)] if has_any else []


def _globals_of(function: object) -> set[str]:
    if not hasattr(function, "__code__"):
        return set()
    return {i.argval for i in dis.get_instructions(function.__code__) if i.opname == "LOAD_GLOBAL"}


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # the question is whether it can be had
    except ValueError:
        return False
    return True


def _check_eval(f: Function, name: str) -> None:
    for module in modules_of(f):
        for at, layer in module.named_modules():
            if layer.training and (layer is module or not list(layer.children())):
                where = f"{type(layer).__name__} {at}".strip()
                raise TraceError(f"{name}: {where} is in training mode; call model.eval() first")


def _called(f: Function, inputs: Sequence[Tensor], name: str) -> tuple[Tensor, ...]:
    try:
        with torch.no_grad(), _unchecked():
            found = f(*inputs)
    except Exception as error:  # whatever the code of somebody else raises
        rows = f"{len(inputs[0])} rows of shape {tuple(inputs[0].shape[1:])}"
        raise TraceError(f"{name} cannot be called on {rows}{_where(error)}: {_line(error)}") from error
    outputs = found if isinstance(found, tuple) else (found,)
    if not outputs or not all(isinstance(output, Tensor) for output in outputs):
        raise TraceError(
            f"{name} is to return a tensor or a tuple of them, and returns {type(found).__name__}"
        )
    return outputs


def _checked(f: Function, found: Program, inputs: Sequence[Tensor], name: str, tolerance: float) -> Program:
    """The program, if it does what the function does."""
    for n in sorted({1, 2, len(inputs[0])}):
        rows = [x[:n] for x in inputs]
        try:
            with torch.no_grad():
                outputs = found(*rows)
        except (RuntimeError, TypeError, ValueError, LookupError) as error:
            raise TraceError(
                f"{name}, as it was followed, cannot be run on {n} rows: {_line(error)}"
            ) from error
        if not _same(_called(f, rows, name), outputs, tolerance):
            raise TraceError(
                f"{name}, as it was followed, returns something else on {n} rows than {name} itself: a row's result "
                "is to depend on that row alone, and on no value outside torch"
            )
    return found


def _same(one: Sequence[Tensor], other: Sequence[Tensor], tolerance: float) -> bool:
    return len(one) == len(other) and all(
        a.shape == b.shape and bool(((a - b).abs() <= tolerance * a.abs().max()).all() or torch.equal(a, b))
        for a, b in zip(one, other, strict=True)
    )


def _followed(f: Function, inputs: tuple[Tensor, ...], name: str) -> Program:
    """What torch made of the function, for batches of any size if it could and there are several rows."""
    n = len(inputs[0])
    rows = None if n == 1 else {0: Dim.AUTO}
    try:
        with torch.no_grad(), _unchecked(), _quiet():
            exported = torch.export.export(_Called(f), inputs, dynamic_shapes=((rows,) * len(inputs),))
            lowered, most_rows = _lowered(exported), _most_rows(exported)
    except Exception as error:  # torch raises what it likes, and what the function does, of any kind
        raise TraceError(_told(error, name)) from error
    if lowered.draws:
        raise TraceError(f"{name} draws random numbers: return mean and log-variance in place of a sample")
    if n > 1 and most_rows == n:
        raise TraceError(
            f"{name} fixes the size of the batch at {n}: write x.shape[0] where the code has a number"
        )
    return Program(replace(lowered.program.graph, most_rows=most_rows), lowered.program.tensors)


class _Called(nn.Module):
    """A function as the module that torch.export wants."""

    def __init__(self, f: Function):
        super().__init__()
        self._f = f

    def forward(self, *inputs: Tensor) -> Any:
        return self._f(*inputs)


def _most_rows(exported: ExportedProgram) -> int | None:
    """How many rows the graph may be given at once; None for any."""
    first = next(n for n in exported.graph.nodes if n.name in exported.graph_signature.user_inputs)
    rows = first.meta["val"].shape[0]
    if isinstance(rows, int) or rows.node.expr.is_number:
        return int(rows)
    most = exported.range_constraints[rows.node.expr].upper
    return int(most) if most.is_finite and most < 1 << 30 else None


def _lowered(exported: ExportedProgram) -> Lowered:
    """As it is, or else as torch decomposes it: there what writes into views is made pure, where that can be done."""
    try:
        return _as_it_is(exported)
    except Unsupported:
        return _as_it_is(exported.run_decompositions({}))


def _as_it_is(exported: ExportedProgram) -> Lowered:
    nodes = {node.name: node for node in exported.graph.nodes}
    lowering = Lowering(exported.graph_signature.user_inputs, lambda name: _is_floating(nodes[name]))
    for spec in exported.graph_signature.input_specs:
        if spec.kind != InputKind.USER_INPUT and nodes[spec.arg.name].users:
            lowering.tensor(spec.arg.name, _tensor(exported, spec.target))
    for node in nodes.values():
        if node.op == "call_function" and not _is_part(node):
            lowering.call(_call(node))
    specs = exported.graph_signature.output_specs
    return lowering.program([s.arg.name for s in specs if s.kind == OutputKind.USER_OUTPUT])


def _is_floating(node: fx.Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, Tensor) and value.is_floating_point()


def _tensor(exported: ExportedProgram, target: str | None) -> Tensor:
    found = exported.state_dict.get(target or "", exported.constants.get(target or ""))
    if not isinstance(found, Tensor):
        raise Unsupported(f"{target} is no tensor")
    return found


def _is_part(node: fx.Node) -> bool:
    """Whether it takes one of a node's several results."""
    return getattr(node.target, "__name__", "") == "getitem"


def _call(node: fx.Node) -> Call:
    """A node of torch's as a call; of several results by the nodes that take them."""
    parts = {int(user.args[1]): user.name for user in node.users if _is_part(user)}  # type: ignore[arg-type]
    results = tuple(parts.get(i, f"{node.name}__{i}") for i in range(max(parts, default=-1) + 1))
    kwargs = {key: _argument(value) for key, value in node.kwargs.items()}
    args = tuple(map(_argument, node.args))
    is_list = isinstance(node.meta.get("val"), tuple | list)
    return Call(_target(node), args, kwargs, results if is_list else (node.name,), is_list)


def _target(node: fx.Node) -> str:
    if isinstance(node.target, torch._ops.OpOverload):
        return str(node.target)
    name = getattr(node.target, "__name__", str(node.target))
    return f"int.{name}" if name in _WHOLE else f"check.{name}"


def _argument(value: Any) -> Any:
    if isinstance(value, fx.Node):
        return value.name
    if isinstance(value, str):
        return Text(value)
    return tuple(map(_argument, value)) if isinstance(value, list | tuple) else value


@contextmanager
def _unchecked() -> Iterator[None]:
    """Distributions that look at no values: torch cannot follow what depends on them."""
    before = Distribution._validate_args
    Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        Distribution.set_default_validate_args(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch prints of what it cannot follow: the error says it."""
    logger = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    before, logger.disabled = logger.disabled, True
    try:
        # It prints the graph, too, that it could not make.
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _told(error: Exception, name: str) -> str:
    """What torch could not follow, where, and what to do about it."""
    advice = next((said for word, said in _ADVICE.items() if word in f"{type(error).__name__} {error}"), "")
    return f"{name} cannot be followed by torch.export{_where(error)}: {_line(error)}. {advice}".strip()


def _where(error: Exception) -> str:
    return next((f" ({f.filename}, line {f.lineno}: {f.line})" for f in _frames(error)), "")


def _frames(error: Exception) -> Iterator[traceback.FrameSummary]:
    """Lines of the user's code, the innermost first."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename).resolve()
        if _TORCH not in path.parents and _HERE not in path.parents and path.exists():
            yield frame


def _line(error: Exception) -> str:
    return f"{error}".strip().partition("\n")[0].rstrip(".")[:300] or type(error).__name__


_ADVICE = {
    "DataDependent": "It decides by the values of its input: use torch.where in place of if, and no .item().",
    "data-dependent": "It decides by the values of its input: use torch.where in place of if, and no .item().",
    "item.default": "It takes a number out of a tensor (.item(), float()): keep it a tensor.",
    "numpy": "It leaves torch for numpy: use torch's own functions.",
    "is mutated": "A layer is in training mode, or keeps what it has computed: call model.eval() first.",
}
