"""A graph of ONNX as a program, by a row an operator in `LOWERINGS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.cut import Exported
from explorer.importing.graphs.onnx.arithmetic import (
    arithmetic,
    clip,
    gelu,
    gemm,
    hard_sigmoid,
    many,
    modulo,
    plain,
    prelu,
    reduced,
    scaled,
    softmax,
    softsign,
)
from explorer.importing.graphs.onnx.layers import (
    batch_norm,
    conv,
    conv_transpose,
    depth_to_space,
    dropout,
    global_pool,
    group_norm,
    instance_norm,
    layer_norm,
    pad,
    pool,
    random_draw,
    resize,
)
from explorer.importing.graphs.onnx.parsed import TRY_EXPORT, OnnxGraph, OnnxNode
from explorer.importing.graphs.onnx.shapes import (
    cast,
    concat,
    constant,
    constant_of_shape,
    expand,
    flatten,
    gather,
    identity,
    reshape,
    shape_of,
    slice_of,
    split,
    squeeze,
    tile,
    transpose,
    unsqueeze,
)
from explorer.importing.graphs.onnx.state import BATCH, Lowered, OnnxLowering, ShapeNumbers, TracedBuilder
from explorer.programs.operators import FAULTS


def lowered(graph: OnnxGraph, shape: Sequence[int] | None = None) -> Exported:
    """The program of a graph with one input, and what is drawn in it.

    Args:
        graph: as parsed.
        shape: of one example, where the file leaves it open.

    Raises:
        ImportFault: an operator that is not known or is used in a way that is not; names it.
    """
    ((source, found),) = _one_input(graph)
    size = [BATCH, *(found[1:] if shape is None else shape)]
    if not found or any(n is None for n in size):
        raise ImportFault(
            graph.path, f"input {source:.80}", "a shape that is known but for the batch", f"{found!r:.80}"
        )
    builder = TracedBuilder({"x": [n for n in size if n is not None]})
    state = OnnxLowering(graph, builder, {source: "x", **graph.tensors})
    for node in graph.nodes:
        _lower(state, node)
    names = [state.named(state.values[name]) for name in graph.outputs if name in state.values]
    if len(names) != len(graph.outputs) or not names:
        raise ImportFault(graph.path, "outputs", "ones that are computed", f"{graph.outputs!r:.80}")
    return Exported(builder.program(*names, most_rows=found[0]), tuple(builder.shapes["x"]), builder.drawn)


def _one_input(graph: OnnxGraph) -> list[tuple[str, tuple[int | None, ...]]]:
    if len(graph.inputs) != 1:
        found = ", ".join(graph.inputs) or "none"
        advice = "Export encoder and decoder apart, each with one input: encoder.onnx and decoder.onnx in one folder."
        raise ImportFault(graph.path, "inputs", "one", found[:200], advice)
    return list(graph.inputs.items())


def _lower(state: OnnxLowering, node: OnnxNode) -> None:
    if node.operator not in LOWERINGS:
        raise ImportFault(
            state.graph.path, "operator", "one that is known here", f"{node.operator:.80}", TRY_EXPORT
        )
    try:
        found = LOWERINGS[node.operator](state, node)
    except ImportFault:
        raise
    except FAULTS as error:
        reason = f"{error}".partition("\n")[0]
        raise state.fault(node, "inputs that fit it", f"{reason:.300}") from error
    results = [found] if isinstance(found, str | Tensor | ShapeNumbers) else list(found)
    # A size that only shape arithmetic needs is not asked for again.
    for name, value in zip(node.outputs, results, strict=False):
        state.values[name] = value


LOWERINGS: Mapping[str, Lowered] = {
    "Gemm": gemm,
    "MatMul": plain("aten.matmul.default"),
    "Add": arithmetic("aten.add.Tensor"),
    "Sub": arithmetic("aten.sub.Tensor"),
    "Mul": arithmetic("aten.mul.Tensor"),
    "Mod": modulo,
    "Div": arithmetic("aten.div.Tensor"),
    "Pow": plain("aten.pow.Tensor_Tensor"),
    "Neg": plain("aten.neg.default"),
    "Exp": plain("aten.exp.default"),
    "Log": plain("aten.log.default"),
    "Sqrt": plain("aten.sqrt.default"),
    "Abs": plain("aten.abs.default"),
    "Reciprocal": plain("aten.reciprocal.default"),
    "Erf": plain("aten.erf.default"),
    "Sin": plain("aten.sin.default"),
    "Cos": plain("aten.cos.default"),
    "Min": many("aten.minimum.default"),
    "Max": many("aten.maximum.default"),
    "Sum": many("aten.add.Tensor"),
    "Where": plain("aten.where.self"),
    "Relu": plain("aten.relu.default"),
    "LeakyRelu": scaled("aten.leaky_relu.default", "alpha", 0.01),
    "Elu": scaled("aten.elu.default", "alpha", 1.0),
    "Celu": scaled("aten.celu.default", "alpha", 1.0),
    "Selu": plain("aten.selu.default"),
    "PRelu": prelu,
    "Sigmoid": plain("aten.sigmoid.default"),
    "HardSigmoid": hard_sigmoid,
    "HardSwish": plain("aten.hardswish.default"),
    "Tanh": plain("aten.tanh.default"),
    "Softplus": plain("aten.softplus.default"),
    "Softsign": softsign,
    "Mish": plain("aten.mish.default"),
    "Gelu": gelu,
    "Softmax": softmax("aten.softmax.int"),
    "LogSoftmax": softmax("aten.log_softmax.int"),
    "Clip": clip,
    "Identity": identity,
    "Dropout": dropout,
    "Constant": constant,
    "ConstantOfShape": constant_of_shape,
    "Shape": shape_of,
    "Cast": cast,
    "Reshape": reshape,
    "Flatten": flatten,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Concat": concat,
    "Split": split,
    "Slice": slice_of,
    "Gather": gather,
    "Expand": expand,
    "Tile": tile,
    "Pad": pad,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "GroupNormalization": group_norm,
    "InstanceNormalization": instance_norm,
    "MaxPool": pool("max"),
    "AveragePool": pool("average"),
    "GlobalAveragePool": global_pool,
    "ReduceMean": reduced("aten.mean.dim"),
    "ReduceSum": reduced("aten.sum.dim_IntList"),
    "ReduceMax": reduced("aten.amax.default"),
    "Resize": resize,
    "Upsample": resize,
    "DepthToSpace": depth_to_space,
    "RandomNormalLike": random_draw,
}
