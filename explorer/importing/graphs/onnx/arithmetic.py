"""Operators of ONNX that work on each number, or sum over some."""

from __future__ import annotations

from typing import Any

from explorer.importing.graphs.onnx.parsed import OnnxNode
from explorer.importing.graphs.onnx.state import Lowered, OnnxLowering, ShapeNumbers, Value
from explorer.programs import Text
from explorer.programs.operators import OPERATORS


def plain(operator: str, *extra: Any) -> Lowered:
    """An operator of the same name and arguments."""

    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        inputs = [state.name(node, i) for i in range(len(node.inputs))]
        return state.builder.add(operator, *inputs, *extra)

    return lower


def scaled(operator: str, attribute: str, usual: float) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        return state.builder.add(operator, state.name(node, 0), float(node.attributes.get(attribute, usual)))

    return lower


_INT_OPERATORS = {
    "aten.add.Tensor": "int.add",
    "aten.sub.Tensor": "int.sub",
    "aten.mul.Tensor": "int.mul",
    "aten.div.Tensor": "int.floordiv",
}


def arithmetic(operator: str) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> Value:
        a, b = state.input(node, 0), state.input(node, 1)
        if isinstance(a, ShapeNumbers) or isinstance(b, ShapeNumbers):
            return _of_sizes(state, node, operator)
        return state.builder.add(operator, state.name(node, 0), state.name(node, 1))

    return lower


def _of_sizes(state: OnnxLowering, node: OnnxNode, operator: str) -> ShapeNumbers:
    a, b = state.sizes(node, 0), state.sizes(node, 1)
    assert a is not None, "two inputs"
    assert b is not None, "two inputs"
    n = max(len(a), len(b))
    pairs = zip(a * (n if len(a) == 1 else 1), b * (n if len(b) == 1 else 1), strict=True)
    found = ShapeNumbers(_size(state, _INT_OPERATORS[operator], x, y) for x, y in pairs)
    found.is_scalar = a.is_scalar and b.is_scalar
    return found


def modulo(state: OnnxLowering, node: OnnxNode) -> ShapeNumbers:
    """Of whole numbers that are known: torch writes the axis of an `Unflatten` so."""
    if node.attributes.get("fmod"):
        raise state.fault(node, "fmod 0", "fmod 1")
    a, b = state.ints(node, 0, ""), state.ints(node, 1, "")
    if not a or not b or len(b) != 1 or b[0] == 0:
        raise state.fault(node, "numbers, and one that is not 0", f"{a} and {b}")
    found = ShapeNumbers(n % b[0] for n in a)
    first = state.sizes(node, 0)
    found.is_scalar = first is not None and first.is_scalar
    return found


def _size(state: OnnxLowering, operator: str, a: int | str, b: int | str) -> int | str:
    if isinstance(a, int) and isinstance(b, int):
        return int(OPERATORS[operator](a, b))
    return state.builder.add(operator, a, b)


def many(operator: str) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        names = [state.name(node, i) for i in range(len(node.inputs))]
        found = names[0]
        for other in names[1:]:
            found = state.builder.add(operator, found, other)
        return found

    return lower


def gemm(state: OnnxLowering, node: OnnxNode) -> str:
    a, b = state.name(node, 0), state.name(node, 1)
    add, of = state.builder.add, node.attributes
    a = add("aten.t.default", a) if of.get("transA") else a
    alpha, beta = of.get("alpha", 1.0), of.get("beta", 1.0)
    if alpha != 1:
        a = add("aten.mul.Scalar", a, alpha)
    if of.get("transB") and state.input(node, 2) is not None and beta == 1:
        c = state.name(node, 2)
        if len(state.shape(c)) == 1 and state.shape(c)[0] == state.shape(b)[0]:
            return add("aten.linear.default", a, b, c)
    product = add("aten.matmul.default", a, add("aten.t.default", b) if of.get("transB") else b)
    if state.input(node, 2) is None:
        return product
    c = state.name(node, 2)
    return add("aten.add.Tensor", product, add("aten.mul.Scalar", c, beta) if beta != 1 else c)


def prelu(state: OnnxLowering, node: OnnxNode) -> str:
    x, slope, add = state.name(node, 0), state.name(node, 1), state.builder.add
    below = add("aten.relu.default", add("aten.neg.default", x))
    return add("aten.sub.Tensor", add("aten.relu.default", x), add("aten.mul.Tensor", below, slope))


def clip(state: OnnxLowering, node: OnnxNode) -> str:
    low, high = state.number(node, 1, "min"), state.number(node, 2, "max")
    return state.builder.add("aten.clamp.default", state.name(node, 0), low, high)


def softmax(operator: str) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        x = state.name(node, 0)
        usual = 1 if state.graph.opset < 13 else -1
        axis = int(node.attributes.get("axis", usual))
        if state.graph.opset < 13 and axis % len(state.shape(x)) != len(state.shape(x)) - 1:
            raise state.fault(node, "the last axis in an opset before 13", axis)
        return state.builder.add(operator, x, axis)

    return lower


def gelu(state: OnnxLowering, node: OnnxNode) -> str:
    how = str(node.attributes.get("approximate", "none"))
    if how not in ("none", "tanh"):
        raise state.fault(node, "approximate none or tanh", how[:80])
    return state.builder.add("aten.gelu.default", state.name(node, 0), approximate=Text(how))


def softsign(state: OnnxLowering, node: OnnxNode) -> str:
    x, add = state.name(node, 0), state.builder.add
    return add("aten.div.Tensor", x, add("aten.add.Scalar", add("aten.abs.default", x), 1.0))


def hard_sigmoid(state: OnnxLowering, node: OnnxNode) -> str:
    add, of = state.builder.add, node.attributes
    line = add("aten.mul.Scalar", state.name(node, 0), of.get("alpha", 0.2))
    return add("aten.clamp.default", add("aten.add.Scalar", line, of.get("beta", 0.5)), 0.0, 1.0)


def reduced(operator: str) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        x = state.name(node, 0)
        axes = state.ints(node, 1, "axes") or list(range(len(state.shape(x))))
        if 0 in [axis % len(state.shape(x)) for axis in axes]:
            raise state.fault(node, "axes other than the batch's", axes)
        return state.builder.add(operator, x, axes, bool(node.attributes.get("keepdims", 1)))

    return lower
