"""Torch's graphs as ours: what writes in place becomes pure, or is refused where a view would have changed too."""

from __future__ import annotations

import pytest
import torch

from explorer.programs import Text
from explorer.programs.lowering import Call, Lowering, Unsupported
from explorer.programs.operators import OPERATORS


def lowered(*calls: Call, outputs=("y",), tensors=None):
    lowering = Lowering(["x"], lambda name: True)
    for name, value in (tensors or {}).items():
        lowering.tensor(name, value)
    for call in calls:
        lowering.call(call)
    return lowering.program(outputs)


def call(target, *args, results="y", **kwargs):
    names = results.split()
    return Call(f"aten.{target}", args, kwargs, tuple(names), is_list=len(names) > 1)


X = torch.tensor([[1.0, -2.0], [3.0, 4.0]])


def run(*calls, **kwargs):
    return lowered(*calls, **kwargs).program(X)[0]


def test_in_place_becomes_pure_under_every_name_of_the_value():
    found = run(
        call("mul.Tensor", "x", 2.0, results="h"),
        call("detach.default", "h", results="same"),
        call("relu_.default", "h", results="r"),
        call("add.Tensor", "same", "h"),
    )
    torch.testing.assert_close(found, 2 * (2 * X).relu())
    torch.testing.assert_close(X, torch.tensor([[1.0, -2.0], [3.0, 4.0]]))


def test_a_copy_is_not_changed_with_its_original():
    found = run(
        call("clone.default", "x", results="h"),
        call("relu_.default", "h", results="r"),
        call("sub.Tensor", "x", "h"),
    )
    torch.testing.assert_close(found, X - X.relu())


@pytest.mark.parametrize("later", ["base", "view"])
def test_a_view_of_what_is_changed_cannot_be_used_later(later):
    changed = "view" if later == "base" else "base"
    with pytest.raises(Unsupported, match=rf"relu_?\.default changes {changed} in place, and {later} shares"):
        lowered(
            call("mul.Tensor", "x", 2.0, results="base"),
            call("select.int", "base", 1, 0, results="view"),
            call("relu_.default", changed, results="r"),
            call("neg.default", later),
        )


def test_a_view_that_nobody_needs_may_change():
    found = run(
        call("view.default", "x", (2, 1, 2), results="v"),
        call("relu_.default", "v", results="r"),
        outputs=["r"],
    )
    torch.testing.assert_close(found, X.relu()[:, None])


def test_chance_is_an_input_and_only_of_what_needs_it():
    calls = (
        call("randn_like.default", "x", results="e"),
        call("add.Tensor", "x", "e", results="z"),
        call("neg.default", "x"),
    )
    found = lowered(*calls, outputs=["z"])
    assert found.draws == ("e",)
    assert torch.equal(found.program(X, torch.ones_like(X))[0], X + 1)


def test_several_results_have_their_names():
    halves = call("chunk.default", "x", 2, 1, results="a b")
    torch.testing.assert_close(run(halves, call("sub.Tensor", "b", "a")), X[:, 1:] - X[:, :1])
    norm = call("native_layer_norm.default", "x", (2,), None, None, 1e-5, results="n mean rstd")
    torch.testing.assert_close(run(norm, outputs=["n"]), torch.nn.functional.layer_norm(X, (2,)))
    up = call("unsqueeze.default", "x", 0, results="u")
    pool = call("max_pool2d_with_indices.default", "u", (1, 2), (1, 1), (0, 1), results="n i")
    torch.testing.assert_close(
        run(up, pool, outputs=["n"]), torch.nn.functional.max_pool2d(X[None], (1, 2), (1, 1), (0, 1))
    )
    with pytest.raises(Unsupported, match="first result alone"):
        lowered(norm, outputs=["mean"])


def test_whole_numbers_are_kept_and_weights_are_float32():
    tensors = {"w": torch.ones(2, dtype=torch.float64), "i": torch.tensor([1, 0])}
    found = lowered(
        call("index_select.default", "x", 1, "i", results="h"), call("mul.Tensor", "h", "w"), tensors=tensors
    )
    assert {t.dtype for t in found.program.tensors.values()} == {torch.float32}
    torch.testing.assert_close(found.program(X)[0], X.flip(1))
    with pytest.raises(Unsupported, match="cannot tell apart"):
        lowered(call("add.Tensor", "x", "i"), tensors={"i": torch.tensor([(1 << 24) + 1, 0])})


def test_arguments_by_name_stand_in_the_operators_order():
    found = lowered(call("softplus.default", beta=2, self="x")).program
    assert found.graph.nodes[0].args == ("x", 2)
    node = lowered(call("gelu.default", "x", approximate=Text("tanh"))).program.graph.nodes[0]
    assert node.kwargs == {"approximate": Text("tanh")}


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([call("as_strided.default", "x", (9,), (1,))], "aten.as_strided.default is not one of"),
        ([call("relu.default", "x", 1, 2)], "takes no 'further argument'"),
        ([call("relu.default", "x", shape=1)], "takes no 'shape'"),
        ([call("mul.Tensor", "x")], "needs other"),
        ([call("relu_.default", 5)], "which is no tensor"),
        ([call("relu.default", "z")], "'z' is used and never computed"),
        ([call("relu.default", "x"), call("relu.default", "x")], "'y' is computed twice"),
        ([call("dropout.default", "x", 0.5, True)], r"training mode.*model\.eval\(\)"),
        ([call("to.dtype", "x", torch.complex64)], "complex64 is not one of the types"),
        ([call("arange.default", 1 << 21)], "depends on the batch"),
        ([call("eye.default", 1 << 12)], "constant of 16,777,216 numbers"),
        ([call("_assert_tensor_metadata.default", "x")], "is the result of a check"),
        (
            [Call("int.add", ("x", 1), results=("n",)), call("randn.default", (2,), results="y z")],
            "expected 0 and 1",
        ),
    ],
)
def test_what_is_no_program_is_refused(calls, said):
    with pytest.raises(Unsupported, match=said):
        lowered(*calls)


def test_batch_norm_that_still_learns_is_refused():
    weights = {name: torch.ones(2) for name in "wbmv"}
    with pytest.raises(Unsupported, match="training mode"):
        lowered(call("batch_norm.default", "x", *"wbmv", True, 0.1, 1e-5, False), tensors=weights)


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("is_causal", [False, True])
def test_attention_is_torchs_own(n, is_causal):
    q, k, v = torch.randn(3, n, 2, 5, 4)
    ours = OPERATORS["aten.scaled_dot_product_attention.default"]
    theirs = torch.nn.functional.scaled_dot_product_attention
    torch.testing.assert_close(ours(q, k, v, None, 0.0, is_causal), theirs(q, k, v, is_causal=is_causal))
    for mask in (torch.randn(5, 5), torch.rand(5, 5) > 0.3):
        torch.testing.assert_close(ours(q, k, v, mask, scale=0.3), theirs(q, k, v, mask, scale=0.3))
