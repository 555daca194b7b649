"""Every operator of ONNX that is known, held against onnx's own reference implementation."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from explorer.importing.draft import ImportFault
from explorer.importing.graphs.onnx.lowering import LOWERINGS, lowered
from explorer.importing.graphs.onnx.parsed import parsed

N = 5
IMAGE, ROWS = (4, 6, 6), (6,)
rng = np.random.default_rng(0)


def numbers(*shape):
    return rng.normal(size=shape).astype(np.float32)


def floats(*values):
    return np.array(values, np.float32)


def ints(*values):
    return np.array(values, np.int64)


# operator: (shape of x, constants behind it, attributes, opset); several a row are told apart by what follows the dot.
CASES = {
    "Gemm": (ROWS, [numbers(3, 6), numbers(3)], {"transB": 1}, 18),
    "Gemm.scaled": (ROWS, [numbers(6, 3), numbers(3)], {"alpha": 0.5, "beta": 2.0}, 18),
    "Gemm.bare": (ROWS, [numbers(6, 3)], {}, 13),
    "MatMul": (ROWS, [numbers(6, 3)], {}, 18),
    "Add": (ROWS, [numbers(6)], {}, 18),
    "Sub": (ROWS, [numbers(6)], {}, 18),
    "Mul": (ROWS, [numbers(6)], {}, 18),
    "Div": (ROWS, [numbers(6)], {}, 18),
    "Pow": (ROWS, [np.float32(2)], {}, 18),
    "Neg": (ROWS, [], {}, 18),
    "Exp": (ROWS, [], {}, 18),
    "Log": (ROWS, [], {}, 18),
    "Sqrt": (ROWS, [], {}, 18),
    "Abs": (ROWS, [], {}, 18),
    "Reciprocal": (ROWS, [], {}, 18),
    "Erf": (ROWS, [], {}, 18),
    "Sin": (ROWS, [], {}, 18),
    "Cos": (ROWS, [], {}, 18),
    "Min": (ROWS, [numbers(6)], {}, 18),
    "Max": (ROWS, [numbers(6), numbers(6)], {}, 18),
    "Sum": (ROWS, [numbers(6), numbers(6)], {}, 18),
    "Relu": (ROWS, [], {}, 18),
    "LeakyRelu": (ROWS, [], {"alpha": 0.2}, 18),
    "LeakyRelu.usual": (ROWS, [], {}, 18),
    "Elu": (ROWS, [], {}, 18),
    "Celu": (ROWS, [], {"alpha": 2.0}, 18),
    "Selu": (ROWS, [], {}, 18),
    "PRelu": (IMAGE, [numbers(4, 1, 1)], {}, 18),
    "Sigmoid": (ROWS, [], {}, 18),
    "HardSigmoid": (ROWS, [], {"alpha": 0.3}, 18),
    "HardSwish": (ROWS, [], {}, 18),
    "Tanh": (ROWS, [], {}, 18),
    "Softplus": (ROWS, [], {}, 18),
    "Softsign": (ROWS, [], {}, 18),
    "Mish": (ROWS, [], {}, 18),
    "Gelu": (ROWS, [], {}, 20),
    "Gelu.tanh": (ROWS, [], {"approximate": "tanh"}, 20),
    "Softmax": (ROWS, [], {}, 18),
    "Softmax.old": (ROWS, [], {}, 11),
    "LogSoftmax": (ROWS, [], {"axis": 1}, 18),
    "Clip": (ROWS, [np.float32(-0.5), np.float32(0.5)], {}, 18),
    "Clip.old": (ROWS, [], {"min": -0.5, "max": 0.5}, 6 + 1),
    "Identity": (ROWS, [], {}, 18),
    "Dropout": (ROWS, [], {}, 18),
    "Cast": (ROWS, [], {"to": TensorProto.FLOAT}, 18),
    "Reshape": (IMAGE, [ints(-1, 12, 12)], {}, 18),
    "Reshape.kept": (IMAGE, [ints(0, 2, 72)], {}, 18),
    "Flatten": (IMAGE, [], {}, 18),
    "Transpose": (IMAGE, [], {"perm": [0, 2, 3, 1]}, 18),
    "Unsqueeze": (ROWS, [ints(1, 2)], {}, 18),
    "Unsqueeze.old": (ROWS, [], {"axes": [1]}, 11),
    "Squeeze": ((1, 6), [ints(1)], {}, 18),
    "Concat": (ROWS, [], {"axis": 1}, 18),
    "Slice": (IMAGE, [ints(1, 0), ints(5, 100), ints(2, 3), ints(2, 1)], {}, 18),
    "Slice.old": (IMAGE, [], {"starts": [1], "ends": [3], "axes": [2]}, 9),
    "Gather": (IMAGE, [ints(2, 0)], {"axis": 1}, 18),
    "Gather.one": (IMAGE, [np.int64(1)], {"axis": 1}, 18),
    "Pad": (IMAGE, [ints(0, 0, 1, 0, 0, 0, 2, 3), np.float32(0.5)], {}, 18),
    "Pad.reflect": (IMAGE, [ints(0, 0, 1, 1, 0, 0, 1, 2)], {"mode": "reflect"}, 18),
    "Conv": (IMAGE, [numbers(3, 4, 3, 3), numbers(3)], {"strides": [2, 2], "pads": [1, 1, 1, 1]}, 18),
    "Conv.uneven": (IMAGE, [numbers(3, 4, 3, 3)], {"strides": [2, 2], "pads": [0, 0, 1, 1]}, 18),
    "Conv.same": (IMAGE, [numbers(3, 4, 3, 3)], {"strides": [2, 2], "auto_pad": "SAME_UPPER"}, 18),
    "Conv.lower": (IMAGE, [numbers(3, 4, 2, 2)], {"auto_pad": "SAME_LOWER"}, 18),
    "Conv.groups": (IMAGE, [numbers(4, 2, 3, 3)], {"group": 2, "dilations": [2, 2]}, 18),
    "ConvTranspose": (
        IMAGE,
        [numbers(4, 3, 4, 4), numbers(3)],
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "kernel_shape": [4, 4]},
        18,
    ),
    "ConvTranspose.padding": (
        IMAGE,
        [numbers(4, 3, 3, 3)],
        {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1]},
        18,
    ),
    "BatchNormalization": (IMAGE, [numbers(4), numbers(4), numbers(4), numbers(4) ** 2], {}, 15),
    "LayerNormalization": (ROWS, [numbers(6), numbers(6)], {}, 18),
    "GroupNormalization": (IMAGE, [numbers(4), numbers(4)], {"num_groups": 2}, 21),
    "InstanceNormalization": (IMAGE, [numbers(4), numbers(4)], {}, 18),
    "MaxPool": (IMAGE, [], {"kernel_shape": [2, 2], "strides": [2, 2]}, 18),
    "AveragePool": (IMAGE, [], {"kernel_shape": [2, 2], "strides": [2, 2]}, 18),
    "GlobalAveragePool": (IMAGE, [], {}, 18),
    "ReduceMean": (IMAGE, [ints(2, 3)], {"keepdims": 0}, 18),
    "ReduceMean.old": (IMAGE, [], {"axes": [1]}, 11),
    "ReduceSum": (IMAGE, [ints(1)], {}, 18),
    "ReduceMax": (IMAGE, [ints(1)], {}, 18),
    "Resize": (
        IMAGE,
        [floats(), floats(1, 1, 2, 2)],
        {"coordinate_transformation_mode": "asymmetric"},
        18,
    ),
    "Resize.linear": (IMAGE, [floats(), floats(1, 1, 2, 2)], {"mode": "linear"}, 18),
    "Resize.sizes": (IMAGE, [floats(), None, ints(N, 4, 12, 12)], {}, 18),
    "Upsample": (IMAGE, [floats(1, 1, 2, 2)], {"mode": "nearest"}, 9),
    "DepthToSpace": (IMAGE, [], {"blocksize": 2, "mode": "CRD"}, 18),
    "Expand": ((1, 6), [ints(1, 3, 6)], {}, 18),
    "Tile": (ROWS, [ints(1, 2)], {}, 18),
}
# Seen in graphs of several nodes, below; or refused, which is tested with the file's other faults.
ELSEWHERE = {
    *("Constant", "ConstantOfShape", "Mod", "Shape", "Split", "Where"),
    "RandomNormalLike",
}


def model(nodes, constants, shape, opset, outputs=("y",)):
    """A model of x (N, *shape)."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def both(proto, shape, tmp_path):
    """What we make of it, and what the reference does, on positive numbers (logarithms are among the operators)."""
    path = tmp_path / "model.onnx"
    onnx.save(proto, path)
    x = np.abs(numbers(N, *shape)) + np.float32(0.1)
    ours = lowered(parsed(path)).program(torch.from_numpy(x))
    return [o.numpy() for o in ours], ReferenceEvaluator(proto).run(None, {"x": x})


def check(proto, shape, tmp_path):
    for ours, theirs in zip(*both(proto, shape, tmp_path), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("case", CASES)
def test_an_operator_is_what_onnx_says(case, tmp_path):
    shape, constants, attributes, opset = CASES[case]
    named = {f"c{i}": value for i, value in enumerate(constants) if value is not None}
    inputs = ["x", *(f"c{i}" if value is not None else "" for i, value in enumerate(constants))]
    inputs = ["x", "x"] if case == "Concat" else inputs
    node = helper.make_node(case.partition(".")[0], inputs, ["y"], **attributes)
    check(model([node], named, shape, opset), shape, tmp_path)


def test_every_operator_has_a_case():
    assert {case.partition(".")[0] for case in CASES} | ELSEWHERE == set(LOWERINGS)


def test_shape_arithmetic_follows_the_batch(tmp_path):
    """As exporters write x.view(x.size(0), -1, 3): the sizes are computed from the shape."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Constant", [], ["zero"], value=numpy_helper.from_array(np.int64(0))),
        helper.make_node("Gather", ["shape", "zero"], ["n"], axis=0),
        helper.make_node("Constant", [], ["axis"], value_ints=[0]),
        helper.make_node("Unsqueeze", ["n", "axis"], ["row"]),
        helper.make_node("Concat", ["row", "rest"], ["sizes"], axis=0),
        helper.make_node("Reshape", ["x", "sizes"], ["y"]),
    ]
    check(model(nodes, {"rest": ints(2, 3)}, (6,), 18), (6,), tmp_path)


def test_an_axis_that_is_worked_out_as_torch_does(tmp_path):
    """As torch writes nn.Unflatten(1, (2, 3)): the shape, cut at 1 mod 2, with other sizes between."""
    nodes = [
        helper.make_node("Mod", ["one", "two"], ["axis"]),
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Reshape", ["axis", "row"], ["end"]),
        helper.make_node("Slice", ["shape", "start", "end"], ["before"]),
        helper.make_node("Add", ["axis", "one"], ["next"]),
        helper.make_node("Reshape", ["next", "row"], ["from"]),
        helper.make_node("Slice", ["shape", "from", "last"], ["behind"]),
        helper.make_node("Concat", ["before", "sizes", "behind"], ["all"], axis=0),
        helper.make_node("Reshape", ["x", "all"], ["y"]),
    ]
    constants = {"one": np.int64(1), "two": np.int64(2), "row": ints(-1), "start": ints(0)}
    constants |= {"last": ints(2**63 - 1), "sizes": ints(2, 3)}
    check(model(nodes, constants, (6,), 18), (6,), tmp_path)


def test_a_head_that_is_split_and_a_clamp_by_where(tmp_path):
    nodes = [
        helper.make_node("Split", ["x"], ["mean", "spread"], axis=1, num_outputs=2),
        helper.make_node("ConstantOfShape", ["three"], ["zeros"]),
        helper.make_node("Where", ["mask", "spread", "zeros"], ["y"]),
    ]
    constants = {"three": ints(3), "mask": np.array([True, False, True])}
    check(model(nodes, constants, (6,), 18, ("mean", "y")), (6,), tmp_path)


def test_it_is_differentiated_twice(tmp_path):
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["h"]),
        helper.make_node("Elu", ["h"], ["e"]),
        helper.make_node("Sigmoid", ["e"], ["y"]),
    ]
    w = numbers(6, 2)
    path = tmp_path / "model.onnx"
    onnx.save(model(nodes, {"w": w}, (6,), 18), path)
    program, x = lowered(parsed(path)).program, torch.from_numpy(numbers(N, 6))
    weight = torch.from_numpy(w)

    def eager(x):
        return torch.nn.functional.elu(x @ weight).sigmoid()

    ours, theirs = (hessians(f, x) for f in (lambda x: program(x)[0], eager))
    torch.testing.assert_close(ours, theirs)


def hessians(f, x):
    """Backwards twice, as the fits do."""
    hessian = torch.func.jacrev(torch.func.jacrev(lambda row: f(row[None]).sum()))
    return torch.func.vmap(hessian)(x)


# what is refused


def save(tmp_path, nodes, constants=None, shape=(6,), opset=18, **changes):
    proto = model(nodes, constants or {}, shape, opset)
    for name, change in changes.items():
        change(getattr(proto, name))
    onnx.save(proto, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("operator", ["RandomUniformLike", "NonMaxSuppression", "Einsum"])
def test_an_operator_that_is_not_known_is_named(operator, tmp_path):
    path = save(tmp_path, [helper.make_node(operator, ["x"], ["y"])])
    with pytest.raises(ImportFault, match=operator):
        lowered(parsed(path))


def test_an_operator_of_another_domain_is_named(tmp_path):
    path = save(tmp_path, [helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")])
    with pytest.raises(ImportFault, match="microsoft"):
        parsed(path)


@pytest.mark.parametrize("outputs, attributes", [(["y"], {"training_mode": 1}), (["y", "m", "v"], {})])
def test_a_batch_norm_in_training_mode_is_refused(outputs, attributes, tmp_path):
    constants = {name: np.ones(6, np.float32) for name in "abcd"}
    path = save(
        tmp_path, [helper.make_node("BatchNormalization", ["x", *"abcd"], outputs, **attributes)], constants
    )
    with pytest.raises(ImportFault, match="training mode"):
        lowered(parsed(path))


def test_weights_in_another_file_are_refused(tmp_path):
    def elsewhere(graph):
        tensor = graph.initializer[0]
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../etc/passwd")

    path = save(tmp_path, [helper.make_node("Add", ["x", "w"], ["y"])], {"w": numbers(6)})
    proto = onnx.load(path)
    elsewhere(proto.graph)
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ImportFault, match="another file"):
        parsed(path)


def test_sizes_that_lie_are_refused(tmp_path):
    path = save(tmp_path, [helper.make_node("Add", ["x", "w"], ["y"])], {"w": numbers(6)})
    proto = onnx.load(path)
    proto.graph.initializer[0].dims[0] = 1 << 40
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(ImportFault, match="shape"):
        parsed(path)


def test_control_flow_is_refused(tmp_path):
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["i"])], "inner", [], [])
    path = save(tmp_path, [helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)])
    with pytest.raises(ImportFault, match="control flow"):
        parsed(path)


@pytest.mark.parametrize("opset", [6, 99])
def test_an_opset_that_is_not_known_is_named(opset, tmp_path):
    path = save(tmp_path, [helper.make_node("Relu", ["x"], ["y"])], opset=opset)
    with pytest.raises(ImportFault, match="opset"):
        parsed(path)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x08" * 100])
def test_what_is_no_model_is_said(content, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ImportFault, match="ONNX"):
        parsed(path)
