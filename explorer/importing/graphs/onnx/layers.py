"""Operators of ONNX that are layers of a network."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.onnx.parsed import OnnxNode
from explorer.importing.graphs.onnx.shapes import identity
from explorer.importing.graphs.onnx.state import BATCH, Lowered, OnnxLowering, Value
from explorer.programs import Text


def dropout(state: OnnxLowering, node: OnnxNode) -> Value:
    mode = state.input(node, 2)
    if mode is not None and not (isinstance(mode, Tensor) and not bool(mode.any())):
        advice = "Call model.eval() and export again: log p(x|z) would depend on chance."
        raise ImportFault(
            state.graph.path, "operator Dropout", "one that is switched off", "training mode", advice
        )
    return identity(state, node)


def pad(state: OnnxLowering, node: OnnxNode) -> str:
    mode = str(node.attributes.get("mode", "constant"))
    pads, value = state.ints(node, 1, "pads") or [], state.number(node, 2, "value") or 0.0
    modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}
    if mode not in modes or state.input(node, 3) is not None:
        raise state.fault(node, "constant, reflect or edge over all axes", mode[:80])
    return _padded(state, state.name(node, 0), pads, modes[mode], value)


def _padded(
    state: OnnxLowering, x: str, pads: Sequence[int], mode: str = "constant", value: float = 0.0
) -> str:
    """ONNX's order is all beginnings, then all ends; torch's from the last axis on, a pair each."""
    n = len(pads) // 2
    pairs = [(pads[i], pads[i + n]) for i in reversed(range(n))]
    while pairs and pairs[-1] == (0, 0):
        pairs.pop()
    flat = [p for pair in pairs for p in pair]
    if not flat:
        return x
    if mode == "constant":
        return state.builder.add("aten.constant_pad_nd.default", x, flat, value)
    return state.builder.add("aten.pad.default", x, flat, Text(mode))


def _spatial(
    state: OnnxLowering, node: OnnxNode, x: str, kernel: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Strides, dilations, and paddings in ONNX's order."""
    n, of = len(kernel), node.attributes
    strides, dilations = of.get("strides", [1] * n), of.get("dilations", [1] * n)
    how = of.get("auto_pad", "NOTSET")
    if how in ("NOTSET", "VALID", ""):
        return strides, dilations, of.get("pads", [0] * 2 * n) if how != "VALID" else [0] * 2 * n
    if how not in ("SAME_UPPER", "SAME_LOWER"):
        raise state.fault(node, "a padding that is known", f"{how!r:.80}")
    totals = []
    for size, k, s, d in zip(state.shape(x)[-n:], kernel, strides, dilations, strict=True):
        totals.append(max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0))
    small, large = [t // 2 for t in totals], [t - t // 2 for t in totals]
    return strides, dilations, [*small, *large] if how == "SAME_UPPER" else [*large, *small]


def conv(state: OnnxLowering, node: OnnxNode) -> str:
    x, w = state.name(node, 0), state.name(node, 1)
    kernel = state.shape(w)[2:]
    n = len(kernel)
    strides, dilations, pads = _spatial(state, node, x, kernel)
    if pads[:n] != pads[n:]:
        x, pads = _padded(state, x, [0, 0, *pads[:n], 0, 0, *pads[n:]]), [0] * 2 * n
    bias = None if state.input(node, 2) is None else state.name(node, 2)
    group = int(node.attributes.get("group", 1))
    return state.builder.add(f"aten.conv{n}d.default", x, w, bias, strides, pads[:n], dilations, group)


def conv_transpose(state: OnnxLowering, node: OnnxNode) -> str:
    x, w, of = state.name(node, 0), state.name(node, 1), node.attributes
    n = len(state.shape(w)[2:])
    if "output_shape" in of or of.get("auto_pad", "NOTSET") not in ("NOTSET", ""):
        raise state.fault(node, "paddings as numbers", "output_shape or auto_pad")
    strides, dilations = of.get("strides", [1] * n), of.get("dilations", [1] * n)
    pads, extra = of.get("pads", [0] * 2 * n), of.get("output_padding", [0] * n)
    # What is cut off more at the end is less that is added there.
    more = [e - (b - a) for a, b, e in zip(pads[:n], pads[n:], extra, strict=True)]
    bias = None if state.input(node, 2) is None else state.name(node, 2)
    group, operator = int(of.get("group", 1)), f"aten.conv_transpose{n}d.{'default' if n == 1 else 'input'}"
    least = min(more)
    if least >= 0:
        return state.builder.add(operator, x, w, bias, strides, pads[:n], more, group, dilations)
    whole = state.builder.add(operator, x, w, bias, strides, [0] * n, extra, group, dilations)
    for i, (a, b) in enumerate(zip(pads[:n], pads[n:], strict=True)):
        whole = state.builder.add("aten.slice.Tensor", whole, 2 + i, a, state.shape(whole)[2 + i] - b)
    return whole


def batch_norm(state: OnnxLowering, node: OnnxNode) -> str:
    if node.attributes.get("training_mode") or len([o for o in node.outputs if o]) > 1:
        advice = "Call model.eval() and export again: log p(x|z) would depend on the batch."
        raise ImportFault(
            state.graph.path, "operator BatchNormalization", "one that is frozen", "training mode", advice
        )
    x, scale, bias, mean, variance = (state.name(node, i) for i in range(5))
    eps = node.attributes.get("epsilon", 1e-5)
    return state.builder.add(
        "aten.batch_norm.default", x, scale, bias, mean, variance, False, 0.1, eps, False
    )


def layer_norm(state: OnnxLowering, node: OnnxNode) -> str:
    x, axis = state.name(node, 0), int(node.attributes.get("axis", -1))
    shape = state.shape(x)[axis:]
    bias = None if state.input(node, 2) is None else state.name(node, 2)
    return state.builder.add(
        "aten.layer_norm.default", x, shape, state.name(node, 1), bias, node.attributes.get("epsilon", 1e-5)
    )


def group_norm(state: OnnxLowering, node: OnnxNode) -> str:
    if state.graph.opset < 21:
        raise state.fault(node, "opset 21 or later", state.graph.opset)
    x, scale, bias = (state.name(node, i) for i in range(3))
    groups = int(node.attributes["num_groups"])
    return state.builder.add(
        "aten.group_norm.default", x, groups, scale, bias, node.attributes.get("epsilon", 1e-5), False
    )


def instance_norm(state: OnnxLowering, node: OnnxNode) -> str:
    x, scale, bias = (state.name(node, i) for i in range(3))
    eps = node.attributes.get("epsilon", 1e-5)
    # A group a channel.
    return state.builder.add("aten.group_norm.default", x, state.shape(x)[1], scale, bias, eps, False)


def pool(operator: str) -> Lowered:
    def lower(state: OnnxLowering, node: OnnxNode) -> str:
        x, of = state.name(node, 0), node.attributes
        kernel = of["kernel_shape"]
        strides, dilations, pads = _spatial(state, node, x, kernel)
        n = len(kernel)
        if n != 2 or pads[:n] != pads[n:] or any(d != 1 for d in dilations) or len(node.outputs) > 1:
            raise state.fault(node, "a pooling of rows and columns with even paddings", f"{of!r:.80}")
        ceil = bool(of.get("ceil_mode", 0))
        if operator == "max":
            return state.builder.add("aten.max_pool2d.default", x, kernel, strides, pads[:n], [1, 1], ceil)
        counted = bool(of.get("count_include_pad", 0))
        return state.builder.add("aten.avg_pool2d.default", x, kernel, strides, pads[:n], ceil, counted)

    return lower


def global_pool(state: OnnxLowering, node: OnnxNode) -> str:
    x = state.name(node, 0)
    axes = list(range(2, len(state.shape(x))))
    return state.builder.add("aten.mean.dim", x, axes, True)


def resize(state: OnnxLowering, node: OnnxNode) -> str:
    """Upsample of opset 9 has its scales second, Resize third and sizes fourth."""
    x, of = state.name(node, 0), node.attributes
    shape, mode = state.shape(x), str(of.get("mode", "nearest"))
    is_upsample = node.operator == "Upsample" or state.graph.opset < 11
    scales = state.input(node, 1 if is_upsample else 2)
    if isinstance(scales, Tensor) and scales.numel() == len(shape):
        factors = [float(s) for s in scales]
        size = [int(n * f) for n, f in zip(shape, factors, strict=True)][2:]
    else:
        found = state.ints(node, 3, "sizes") or []
        size = found[2:]
    if len(shape) != 4 or len(size) != 2:
        raise state.fault(node, "images and scales or sizes that are known", f"{tuple(shape)}")
    return _resized(state, node, x, size, mode)


def _resized(state: OnnxLowering, node: OnnxNode, x: str, size: list[int], mode: str) -> str:
    how = str(node.attributes.get("coordinate_transformation_mode", "half_pixel"))
    rounding = str(node.attributes.get("nearest_mode", "round_prefer_floor"))
    is_whole = all(b % a == 0 for a, b in zip(state.shape(x)[2:], size, strict=True))
    if mode == "nearest" and (
        (is_whole and how in ("asymmetric", "half_pixel")) or (how, rounding) == ("asymmetric", "floor")
    ):
        return state.builder.add("aten.upsample_nearest2d.vec", x, size, None)
    if mode == "linear" and how in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return state.builder.add("aten.upsample_bilinear2d.vec", x, size, how == "align_corners", None)
    raise state.fault(node, "nearest or linear, as torch has them", f"{mode:.40}, {how:.40}, {rounding:.40}")


def depth_to_space(state: OnnxLowering, node: OnnxNode) -> str:
    if node.attributes.get("mode", "DCR") != "CRD":
        raise state.fault(node, "mode CRD, which is torch's pixel shuffle", "DCR")
    return state.builder.add(
        "aten.pixel_shuffle.default", state.name(node, 0), int(node.attributes["blocksize"])
    )


def random_draw(state: OnnxLowering, node: OnnxNode) -> Value:
    """The posterior's draw, which becomes an input of its own: whoever asks for mean and spread never meets it."""
    of = node.attributes
    if of.get("mean", 0.0) != 0 or of.get("scale", 1.0) != 1:
        raise state.fault(node, "mean 0 and scale 1", f"{of.get('mean', 0.0):g} and {of.get('scale', 1.0):g}")
    shape = state.shape(state.name(node, 0))
    if not shape or shape[0] != BATCH:
        raise state.fault(node, "a draw for every example", f"shape {tuple(shape)}")
    return state.builder.draw(shape)
