"""A known network as a line of text: what a library's own architecture is, step by step.

    conv layers.0.0 2 1 | norm layers.0.1 | ReLU | flat | linear embedding

names the layers as the library's state dict does. `conv` and `transposed` are followed by stride, padding and output
padding; `image` by channels, rows and columns; `residual` by the folder of pythae's block; a name of an activation
stands for itself. A template fits weights if it uses all their layers and their shapes chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from explorer.importing.weights import stack
from explorer.importing.weights.layers import Layer
from explorer.importing.weights.sizes import Setting
from explorer.importing.weights.stack import ACTIVATIONS, Step
from explorer.programs import GraphBuilder, Program


def program(
    given: str, layers: Mapping[str, Layer], trunk: str, heads: Sequence[str], shape: Sequence[int]
) -> Program | None:
    """The template's network; None where it is not what these layers are.

    Args:
        given: the input's name.
        layers: by their names.
        trunk: a template.
        heads: templates, each continuing the trunk; none for the trunk alone.
        shape: of the input without the batch.
    """
    named = {name for line in (trunk, *heads) for name in _named(line)}
    if named != layers.keys():
        return None
    builder = GraphBuilder(given)
    try:
        shared = stack.run(builder, given, list(_steps(trunk, layers)))
        outputs = [stack.run(builder, shared, list(_steps(head, layers))) for head in heads or ("",)]
        found = builder.program(*outputs)
        found.output_shapes(shape)
    except (ValueError, LookupError):
        return None
    return found


def _words(line: str) -> Iterable[list[str]]:
    return (part.split() for part in line.split("|") if part.strip())


def _named(line: str) -> Iterable[str]:
    for kind, *words in _words(line):
        if kind == "residual":
            yield from (f"{words[0]}.conv_block.{i}" for i in (1, 3))
        elif kind in ("conv", "transposed", "linear", "norm"):
            yield words[0]


def _steps(line: str, layers: Mapping[str, Layer]) -> Iterable[Step]:
    for kind, *words in _words(line):
        if kind in ACTIVATIONS:
            yield stack.activation(kind)
        elif kind == "flat":
            yield stack.flattened()
        elif kind == "image":
            yield stack.reshaped(*map(int, words))
        elif kind == "residual":
            yield _residual(words[0], layers)
        else:
            yield _layer(kind, layers[words[0]], [int(n) for n in words[1:]])


def _layer(kind: str, layer: Layer, numbers: Sequence[int]) -> Step:
    if kind == "linear":
        return stack.linear(layer)
    if kind == "norm":
        return stack.norm(layer, None)
    stride, padding, output_padding = (*numbers, 0)[:3]
    return stack.convolution(layer, Setting(stride, padding, output_padding, kind == "transposed"))


def _residual(name: str, layers: Mapping[str, Layer]) -> Step:
    """x + w1 ReLU(w3 ReLU(x)), w3 of three by three pixels and w1 of one."""
    inner = f"ReLU | conv {name}.conv_block.1 1 1 | ReLU | conv {name}.conv_block.3 1 0"
    return stack.residual(*_steps(inner, layers))
