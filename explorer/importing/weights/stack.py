"""Layers, activations and what has no weights, one after the other: written down as a program, node by node."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from explorer.importing.weights.layers import Layer
from explorer.importing.weights.sizes import Setting
from explorer.programs import GraphBuilder

# Of batch, layer and group norms; what everybody leaves as torch has it.
EPS = 1e-5

# What a network applies after a layer, by its name for people; the usual ones first.
ACTIVATIONS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "ReLU": ("aten.relu.default", ()),
    "LeakyReLU": ("aten.leaky_relu.default", (0.01,)),
    "LeakyReLU 0.2": ("aten.leaky_relu.default", (0.2,)),
    "ELU": ("aten.elu.default", ()),
    "SELU": ("aten.selu.default", ()),
    "SiLU": ("aten.silu.default", ()),
    "GELU": ("aten.gelu.default", ()),
    "tanh": ("aten.tanh.default", ()),
    "sigmoid": ("aten.sigmoid.default", ()),
    "softplus": ("aten.softplus.default", ()),
}

Step = Callable[[GraphBuilder, str], str]


def run(builder: GraphBuilder, x: str, steps: Sequence[Step]) -> str:
    """The name of what comes out when x passes all of them."""
    for step in steps:
        x = step(builder, x)
    return x


def activation(name: str) -> Step:
    """One of `ACTIVATIONS`."""
    operator, arguments = ACTIVATIONS[name]
    return lambda builder, x: builder.add(operator, x, *arguments)


def linear(layer: Layer) -> Step:
    """w x + b."""
    return lambda builder, x: builder.add("aten.linear.default", x, *_named(builder, layer, "weight", "bias"))


def convolution(layer: Layer, fit: Setting) -> Step:
    """A convolution, after the doubling that its fit says; the pooling comes behind its activation (`pooled`)."""
    pairs = [(n, n) for n in (fit.stride, fit.padding, fit.output_padding)]

    def step(builder: GraphBuilder, x: str) -> str:
        if fit.is_doubled:
            x = builder.add("aten.upsample_nearest2d.vec", x, None, (2.0, 2.0))
        parameters = _named(builder, layer, "weight", "bias")
        if fit.is_transposed:
            return builder.add("aten.conv_transpose2d.input", x, *parameters, *pairs)
        return builder.add("aten.conv2d.default", x, *parameters, *pairs[:2])

    return step


def pooled() -> Step:
    """The largest of every two by two pixels."""
    return lambda builder, x: builder.add("aten.max_pool2d.default", x, (2, 2), (2, 2))


def averaged() -> Step:
    """The mean of all pixels."""
    return lambda builder, x: builder.add("aten.mean.dim", x, (2, 3))


def reshaped(*shape: int) -> Step:
    """To a shape, without the batch; -1 for what is left."""
    return lambda builder, x: builder.add("reshape", x, (-1, *shape))


def flattened() -> Step:
    """All numbers of an example in a row."""
    return lambda builder, x: builder.add("aten.flatten.using_ints", x, 1)


def norm(layer: Layer, groups: int | None) -> Step:
    """A batch norm as it was at the end of training, a layer norm, or a norm of groups of channels."""

    def step(builder: GraphBuilder, x: str) -> str:
        weight, bias = _named(builder, layer, "weight", "bias")
        if layer.kind == "batch_norm":
            kept = _named(builder, layer, "running_mean", "running_var")
            return builder.add("aten.batch_norm.default", x, weight, bias, *kept, False, 0.1, EPS, False)
        if groups is not None:
            return builder.add("aten.group_norm.default", x, groups, weight, bias, EPS, False)
        return builder.add("aten.layer_norm.default", x, layer.shape, weight, bias, EPS, False)

    return step


def prelu(layer: Layer) -> Step:
    """A leaky ReLU whose slope was learnt."""
    return lambda builder, x: builder.add("aten.prelu.default", x, *_named(builder, layer, "weight"))


def residual(*steps: Step) -> Step:
    """x + f(x)."""
    return lambda builder, x: builder.add("aten.add.Tensor", x, run(builder, x, steps))


def _named(builder: GraphBuilder, layer: Layer, *parts: str) -> list[str | None]:
    """Names of a layer's tensors; None for one that it does not have."""
    found: Mapping[str, Tensor] = layer.tensors
    return [builder.tensor(f"{layer.name}_{part}", found[part]) if part in found else None for part in parts]
