"""Operators of ONNX that move numbers, or work on shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from explorer.importing.graphs.onnx.parsed import OnnxNode
from explorer.importing.graphs.onnx.state import BATCH, OnnxLowering, ShapeNumbers, Value


def identity(state: OnnxLowering, node: OnnxNode) -> Value:
    found = state.input(node, 0)
    if found is None:
        raise state.fault(node, "an input", "none")
    return found


def constant(state: OnnxLowering, node: OnnxNode) -> Value:
    of = node.attributes
    if "value" in of:
        return of["value"]
    for name in ("value_float", "value_floats", "value_int", "value_ints"):
        if name in of:
            return torch.tensor(of[name])
    raise state.fault(node, "numbers", ", ".join(of)[:80] or "nothing")


def shape_of(state: OnnxLowering, node: OnnxNode) -> ShapeNumbers:
    x = state.name(node, 0)
    sizes = [
        state.builder.add("aten.sym_size.int", x, i) if n == BATCH else n
        for i, n in enumerate(state.shape(x))
    ]
    start, end = node.attributes.get("start", 0), node.attributes.get("end", len(sizes))
    return ShapeNumbers(sizes[start:end])


def constant_of_shape(state: OnnxLowering, node: OnnxNode) -> Value:
    sizes = state.ints(node, 0, "shape")
    value = node.attributes.get("value", torch.zeros(1))
    if sizes is None or any(n < 0 for n in sizes) or torch.Size(sizes).numel() > 1 << 24:
        raise state.fault(node, "a shape that is known", f"{sizes!r:.80}")
    return value.flatten()[0].expand(sizes).clone()


_CASTS = {
    1: torch.float32,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float32,
    11: torch.float32,
    16: torch.float32,
}


def cast(state: OnnxLowering, node: OnnxNode) -> Value:
    found, to = identity(state, node), node.attributes.get("to")
    if to not in _CASTS:
        raise state.fault(node, "a cast to numbers", to)
    if isinstance(found, ShapeNumbers):
        return found
    if isinstance(found, Tensor):
        return found.to(_CASTS[to])
    is_same = state.builder.known[found].dtype == _CASTS[to]
    return found if is_same else state.builder.add("to_dtype", found, _CASTS[to])


def reshape(state: OnnxLowering, node: OnnxNode) -> Value:
    sizes = state.sizes(node, 1)
    if sizes is None:
        sizes = ShapeNumbers(node.attributes.get("shape", ()))
    if isinstance(found := state.input(node, 0), ShapeNumbers):
        found.is_scalar = not sizes
        return found
    x = state.name(node, 0)
    shape = state.shape(x)
    kept = [] if node.attributes.get("allowzero") else [i for i, n in enumerate(sizes) if n == 0]
    wanted = [_kept(state, x, i, shape[i]) if i in kept else n for i, n in enumerate(sizes)]
    # A batch that was written down as a number would hold for that one only.
    if wanted and shape and shape[0] == BATCH and wanted[0] == 1 and -1 not in wanted:
        wanted[0] = -1
    return state.builder.add("reshape", x, wanted)


def _kept(state: OnnxLowering, x: str, i: int, n: int) -> int | str:
    return state.builder.add("aten.sym_size.int", x, i) if n == BATCH else n


def flatten(state: OnnxLowering, node: OnnxNode) -> str:
    x, axis = state.name(node, 0), int(node.attributes.get("axis", 1))
    if axis != 1:
        raise state.fault(node, "axis 1", axis)
    return state.builder.add("aten.flatten.using_ints", x, 1) if len(state.shape(x)) > 1 else x


def transpose(state: OnnxLowering, node: OnnxNode) -> str:
    x = state.name(node, 0)
    order = node.attributes.get("perm") or list(reversed(range(len(state.shape(x)))))
    return state.builder.add("aten.permute.default", x, order)


def unsqueeze(state: OnnxLowering, node: OnnxNode) -> Value:
    axes = state.ints(node, 1, "axes") or []
    found = identity(state, node)
    if isinstance(found, ShapeNumbers):
        found = ShapeNumbers(found)
        return found
    if isinstance(found, Tensor):
        return _stepwise(found, sorted(axes), torch.unsqueeze)
    for axis in sorted(axes):
        found = state.builder.add("aten.unsqueeze.default", found, axis)
    return found


def squeeze(state: OnnxLowering, node: OnnxNode) -> Value:
    found, axes = identity(state, node), state.ints(node, 1, "axes")
    if isinstance(found, ShapeNumbers):
        found = ShapeNumbers(found)
        found.is_scalar = len(found) == 1
        return found
    if isinstance(found, Tensor):
        return _stepwise(found, sorted(axes, reverse=True), torch.squeeze) if axes else found.squeeze()
    if axes is None:
        raise state.fault(node, "axes", "none")
    return state.builder.add("aten.squeeze.dims", found, axes)


def _stepwise(value: Tensor, axes: Sequence[int], change: Callable[[Tensor, int], Tensor]) -> Tensor:
    for axis in axes:
        value = change(value, axis)
    return value


def concat(state: OnnxLowering, node: OnnxNode) -> Value:
    values = [state.input(node, i) for i in range(len(node.inputs))]
    axis = int(node.attributes.get("axis", 0))
    if any(isinstance(value, ShapeNumbers) for value in values):
        return ShapeNumbers(n for i in range(len(values)) for n in (state.sizes(node, i) or ()))
    if all(isinstance(value, Tensor) for value in values):
        return torch.cat([value for value in values if isinstance(value, Tensor)], axis)
    return state.builder.add("aten.cat.default", [state.name(node, i) for i in range(len(values))], axis)


def split(state: OnnxLowering, node: OnnxNode) -> Sequence[str]:
    x, axis = state.name(node, 0), int(node.attributes.get("axis", 0))
    sizes = state.ints(node, 1, "split")
    if sizes is None:
        n, total = len(node.outputs), state.shape(x)[axis]
        each = -(-total // n)
        sizes = [min(each, total - i * each) for i in range(n)]
    parts = state.builder.add("aten.split_with_sizes.default", x, sizes, axis)
    return [state.builder.add("item", parts, i) for i in range(len(node.outputs))]


def slice_of(state: OnnxLowering, node: OnnxNode) -> Value:
    starts, ends = state.ints(node, 1, "starts") or [], state.ints(node, 2, "ends") or []
    axes = state.ints(node, 3, "axes") or list(range(len(starts)))
    steps = state.ints(node, 4, "steps") or [1] * len(starts)
    found = identity(state, node)
    if isinstance(found, ShapeNumbers):
        return ShapeNumbers(found[starts[0] : ends[0] : steps[0]])
    x = state.named(found)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 1:
            raise state.fault(node, "steps forwards", step)
        n = state.shape(x)[axis]
        whole = start == 0 and end >= n
        x = (
            x
            if whole and step == 1
            else state.builder.add("aten.slice.Tensor", x, axis, start, min(end, 1 << 31), step)
        )
    return x


def gather(state: OnnxLowering, node: OnnxNode) -> Value:
    found, axis = identity(state, node), int(node.attributes.get("axis", 0))
    if isinstance(found, ShapeNumbers):
        rows = state.sizes(node, 1)
        assert rows is not None, "two inputs"
        chosen = ShapeNumbers(found[i] for i in rows if isinstance(i, int))
        chosen.is_scalar = rows.is_scalar
        return chosen
    index = state.input(node, 1)
    if isinstance(index, Tensor) and index.ndim == 0:
        return state.builder.add("aten.select.int", state.named(found), axis, int(index))
    if isinstance(index, Tensor) and index.ndim == 1:
        return state.builder.add("aten.index_select.default", state.named(found), axis, state.named(index))
    raise state.fault(node, "places that are known", "ones that are computed")


def expand(state: OnnxLowering, node: OnnxNode) -> str:
    x, sizes = state.name(node, 0), state.sizes(node, 1)
    shape = state.shape(x)
    wanted = list(sizes or ())
    shape = [1] * (len(wanted) - len(shape)) + shape
    return state.builder.add(
        "aten.expand.default", x, [-1 if w == 1 and n != 1 else w for w, n in zip(wanted, shape, strict=True)]
    )


def tile(state: OnnxLowering, node: OnnxNode) -> str:
    return state.builder.add("aten.repeat.default", state.name(node, 0), list(state.sizes(node, 1) or ()))
