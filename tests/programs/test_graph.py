"""What a graph may say, and its JSON; the builder that writes one down."""

import json
import math

import pytest
import torch

from explorer.programs import Graph, GraphBuilder, Node, Program, Text

SIGMOID = "aten.sigmoid.default"


def built():
    """A layer, its activation, and a branch that nothing needs."""
    builder = GraphBuilder("z")
    weight = builder.tensor("layer.0.weight", torch.arange(12.0).reshape(4, 3))
    h = builder.add("aten.linear.default", "z", weight)
    builder.add("aten.relu.default", h)
    clipped = builder.add("aten.clamp.default", h, -math.inf, 2.0)
    gelu = builder.add("aten.gelu.default", clipped, approximate=Text("tanh"))
    sizes = [builder.add("aten.sym_size.int", "z", 0), 2, 2]
    return builder.program(builder.add("to_dtype", builder.add("reshape", gelu, sizes), torch.float64))


def config(**changes):
    whole = {
        "inputs": ["x"],
        "tensors": {"w": [2]},
        "nodes": [["y", "aten.mul.Tensor", ["x", "w"]]],
        "outputs": ["y"],
    }
    return {**whole, **changes}


def test_a_program_computes_its_nodes():
    z = torch.randn(5, 3)
    weight = torch.arange(12.0).reshape(4, 3)
    expected = torch.nn.functional.gelu((z @ weight.T).clamp(max=2), approximate="tanh")
    (found,) = built()(z)
    torch.testing.assert_close(found, expected.reshape(5, 2, 2).double())


def test_a_graph_is_the_same_after_json():
    graph = built().graph
    assert Graph.from_config(json.loads(json.dumps(graph.to_config()))) == graph


def test_what_no_output_needs_is_left_out():
    graph = built().graph
    assert "aten.relu.default" not in {node.operator for node in graph.nodes}
    assert Graph(("x",), {"w": (2,)}, (Node("y", SIGMOID, ("x",)),), ("y",)).returning("y").tensors == {}


def test_names_are_made_plain_and_never_twice():
    builder = GraphBuilder("z")
    names = [builder.tensor(name, torch.ones(1)) for name in ("a.b", "a_b", "0", "", "forward", "x" * 300)]
    assert len(set(names)) == len(names)
    total = names[0]
    for name in names[1:]:
        total = builder.add("aten.add.Tensor", total, name)
    (found,) = builder.program(total)(torch.zeros(2, 1))
    assert float(found) == 6


def test_long_batches_are_computed_in_parts():
    builder = GraphBuilder("x")
    program = builder.program(builder.add(SIGMOID, "x"), builder.add("aten.neg.default", "x"), most_rows=3)
    x = torch.randn(8, 2)
    torch.testing.assert_close(program(x), (x.sigmoid(), -x))


def test_weights_come_back_by_their_names():
    program = built()
    again = Program(program.graph)
    again.load_state_dict(program.state_dict())
    z = torch.randn(2, 3)
    assert torch.equal(again(z)[0], program(z)[0])
    assert list(again.tensors) == ["layer_0_weight"]


def test_shapes_are_known_without_computing():
    assert built().output_shapes((3,)) == ((2, 2),)


def test_shapes_are_worked_out_once(monkeypatch):
    program, runs = built(), []
    monkeypatch.setattr(Program, "_run", lambda *_: runs.append(1) or (torch.empty(2, 2, 2),))
    assert [program.output_shapes((3,)) for _ in range(3)] == [((2, 2),)] * 3
    assert len(runs) == 1


@pytest.mark.parametrize(
    "nodes, said",
    [
        ([["y", "aten.matmul.default", ["x", "w"]]], "cannot be computed"),
        ([["y", "reshape", ["x", [-1]]]], "rows"),
        ([["y", "aten.repeat.default", ["x", [1, 1 << 30]]]], "numbers an example"),
        ([["y", "aten.sym_size.int", ["x", 0]]], "rows"),
    ],
)
def test_what_does_not_fit_is_said_without_computing(nodes, said):
    program = Program(Graph.from_config(config(nodes=nodes)).returning("y"))
    with pytest.raises(ValueError, match=said):
        program.output_shapes((3,))


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"nodes": [["y", "os.system", ["x"]]]}, "os.system"),
        ({"nodes": [["y", "aten.relu_.default", ["x"]]]}, "relu_"),
        ({"nodes": [["y", SIGMOID, ["later"]]]}, "later"),
        ({"nodes": [["x", SIGMOID, ["x"]]]}, "nothing has yet"),
        ({"nodes": [["y.z", SIGMOID, ["x"]]]}, "letters"),
        ({"nodes": [["y", SIGMOID]]}, "a node"),
        ({"nodes": [["y", SIGMOID, [{"code": "1"}]]]}, "expected a name"),
        ({"nodes": [["y", SIGMOID, [{"text": "x" * 65}]]]}, "expected a name"),
        ({"nodes": [["y", SIGMOID, [[[[["x"]]]]]]]}, "expected a name"),
        ({"nodes": {}}, "a list"),
        ({"tensors": {"w": [-1]}}, "shape"),
        ({"tensors": {"w": [1.5]}}, "shape"),
        ({"tensors": {"w": [1] * 9}}, "shape"),
        ({"tensors": {"w": [1 << 40, 2]}}, "numbers"),
        ({"tensors": {"w w": [1]}}, "letters"),
        ({"tensors": []}, "names and shapes"),
        ({"outputs": ["z"]}, "z"),
        ({"outputs": []}, "at least one"),
        ({"inputs": [3]}, "letters"),
        ({"most_rows": 0}, "most_rows"),
        ({"most_rows": True}, "most_rows"),
    ],
)
def test_a_graph_that_is_none_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        Graph.from_config(config(**changes))


@pytest.mark.parametrize("key", ["inputs", "tensors", "nodes", "outputs"])
def test_an_entry_that_is_missing_is_named(key):
    with pytest.raises(ValueError, match=key):
        Graph.from_config({k: v for k, v in config().items() if k != key})


@pytest.mark.parametrize("found", [None, [], "x", 3])
def test_what_is_no_object_is_refused(found):
    with pytest.raises(ValueError, match="an object"):
        Graph.from_config(found)


@pytest.mark.parametrize("size", [1 << 62, 1 << 70])
def test_an_input_beyond_all_memory_is_said(size):
    with pytest.raises(ValueError, match="cannot be computed"):
        built().output_shapes((size,))
