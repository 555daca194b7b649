"""The networks of diffusers' AutoencoderKL, written down as programs of any image size.

encoder   conv, per level L residual blocks and halving, middle, norm, conv, [1x1 conv] -> mean, log-variance
decoder   [1x1 conv], conv, middle, per level L + 1 residual blocks and doubling, norm, conv -> image
middle    residual block, [attention over all places], residual block
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from explorer.importing.draft import ImportFault
from explorer.programs import GraphBuilder, Program

ACTIVATIONS: Mapping[str, str] = {
    "silu": "aten.silu.default",
    "swish": "aten.silu.default",
    "mish": "aten.mish.default",
    "gelu": "aten.gelu.default",
    "relu": "aten.relu.default",
}
_EPS = 1e-6
# What diffusers clamps the log-variance to.
_LEAST, _MOST = -30.0, 20.0
# What it called the parts of attention before it had a module for that.
_OLD_NAMES: Mapping[str, str] = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_OLD = re.compile(rf"(?<=\.attentions\.0\.)({'|'.join(_OLD_NAMES)})(?=\.)")


@dataclass(frozen=True)
class Architecture:
    """What its config says.

    Attributes:
        n_image_channels, n_code_channels: of x and of z.
        channels: of each level, the finest first.
        n_layers: residual blocks a level of the encoder; the decoder has one more.
        n_groups: of every norm.
        activation: a key of `ACTIVATIONS`.
        has_attention: in the middle.
        has_quant, has_post_quant: whether a convolution of one pixel stands behind the encoder, before the decoder.
    """

    n_image_channels: int
    n_code_channels: int
    channels: tuple[int, ...]
    n_layers: int
    n_groups: int
    activation: str
    has_attention: bool = True
    has_quant: bool = True
    has_post_quant: bool = True

    @property
    def reduction(self) -> int:
        """By which the sides of an image are divided in its code."""
        return int(2 ** (len(self.channels) - 1))

    def input_shape(self, side: int) -> tuple[int, ...]:
        """Of a square image."""
        return (self.n_image_channels, side, side)

    def latent_shape(self, side: int) -> tuple[int, ...]:
        """Of its code."""
        return (self.n_code_channels, side // self.reduction, side // self.reduction)


def networks(path: Path, of: Architecture, tensors: Mapping[str, Tensor]) -> tuple[Program, Program]:
    """Encoder (N, C, H, W) in [0, 1] -> mean and log-variance, (N, c, h, w) each; decoder (N, c, h, w) -> (N, C, H, W).

    Raises:
        ImportFault: a tensor is missing, or of another shape, or one is left over.
    """
    named = {_OLD.sub(lambda old: _OLD_NAMES[old[0]], name): value for name, value in tensors.items()}
    left = dict(named)
    found = (
        _encoder(_Writer(path, of, left, GraphBuilder("x"))),
        _decoder(_Writer(path, of, left, GraphBuilder("z"))),
    )
    if left:
        shown = ", ".join(sorted(left)[:5])
        expected = "only the weights of what config.json describes"
        raise ImportFault(
            path, min(left), expected, f"{len(left):,} others: {shown:.300}", "Restore config.json."
        )
    return found


@dataclass(frozen=True)
class _Writer:
    """Writes parts of a network down; every method returns the name of its result. Weights are taken out of `left`."""

    path: Path
    of: Architecture
    left: dict[str, Tensor]
    graph: GraphBuilder = field(default_factory=GraphBuilder)

    def weight(self, name: str, *shape: int) -> str:
        """A tensor of the file."""
        value = self.left.pop(name, None)
        if value is None or tuple(value.shape) != shape:
            found = "nothing of this name" if value is None else f"{tuple(value.shape)}"
            advice = "Its config.json and its weights are not of one model: restore either."
            raise ImportFault(self.path, name, f"a tensor of {shape}", found, advice)
        return self.graph.tensor(name, value)

    def conv(self, x: str, name: str, n_in: int, n_out: int, side: int = 3, stride: int = 1) -> str:
        """A convolution that keeps the size, or halves what was padded before."""
        weight, bias = (
            self.weight(f"{name}.weight", n_out, n_in, side, side),
            self.weight(f"{name}.bias", n_out),
        )
        padding = side // 2 if stride == 1 else 0
        return self.graph.add("aten.conv2d.default", x, weight, bias, [stride] * 2, [padding] * 2)

    def linear(self, x: str, name: str, n: int) -> str:
        """One layer of attention."""
        weight, bias = self.weight(f"{name}.weight", n, n), self.weight(f"{name}.bias", n)
        return self.graph.add("aten.linear.default", x, weight, bias)

    def norm(self, x: str, name: str, n: int) -> str:
        """A norm of groups of channels."""
        weight, bias = self.weight(f"{name}.weight", n), self.weight(f"{name}.bias", n)
        return self.graph.add("aten.group_norm.default", x, self.of.n_groups, weight, bias, _EPS)

    def activated(self, x: str, name: str, n: int) -> str:
        """Norm and activation."""
        return self.graph.add(ACTIVATIONS[self.of.activation], self.norm(x, name, n))

    def residual(self, x: str, name: str, n_in: int, n_out: int) -> str:
        """x + conv act norm conv act norm x, with a convolution of one pixel where channels change."""
        inner = self.conv(self.activated(x, f"{name}.norm1", n_in), f"{name}.conv1", n_in, n_out)
        inner = self.conv(self.activated(inner, f"{name}.norm2", n_out), f"{name}.conv2", n_out, n_out)
        around = x if n_in == n_out else self.conv(x, f"{name}.conv_shortcut", n_in, n_out, side=1)
        return self.graph.add("aten.add.Tensor", around, inner)

    def attention(self, x: str, name: str, n: int) -> str:
        """x + attention of one head over all places of its norm."""
        flat = self.graph.add("aten.flatten.using_ints", self.norm(x, f"{name}.group_norm", n), 2)
        places = self.graph.add("aten.transpose.int", flat, 1, 2)
        parts = [self.linear(places, f"{name}.to_{part}", n) for part in "qkv"]
        seen = self.graph.add("aten.scaled_dot_product_attention.default", *parts)
        back = self.graph.add("aten.transpose.int", self.linear(seen, f"{name}.to_out.0", n), 1, 2)
        return self.graph.add("aten.add.Tensor", self.graph.add("aten.reshape_as.default", back, x), x)

    def middle(self, x: str, name: str, n: int) -> str:
        """The coarsest level, where every place sees every other."""
        x = self.residual(x, f"{name}.resnets.0", n, n)
        x = self.attention(x, f"{name}.attentions.0", n) if self.of.has_attention else x
        return self.residual(x, f"{name}.resnets.1", n, n)

    def halved(self, x: str, name: str, n: int) -> str:
        """Padded at the right and below, as diffusers does."""
        padded = self.graph.add("aten.constant_pad_nd.default", x, [0, 1, 0, 1], 0.0)
        return self.conv(padded, f"{name}.downsamplers.0.conv", n, n, stride=2)

    def doubled(self, x: str, name: str, n: int) -> str:
        """Every pixel four times, and a convolution."""
        larger = self.graph.add("aten.upsample_nearest2d.vec", x, None, [2.0, 2.0])
        return self.conv(larger, f"{name}.upsamplers.0.conv", n, n)

    def blocks(self, x: str, name: str, n_blocks: int, n_in: int, n_out: int) -> str:
        """The residual blocks of a level."""
        for j in range(n_blocks):
            x = self.residual(x, f"{name}.resnets.{j}", n_out if j else n_in, n_out)
        return x


def _encoder(writer: _Writer) -> Program:
    of, add, n_both = writer.of, writer.graph.add, 2 * writer.of.n_code_channels
    x = add("aten.sub.Scalar", add("aten.mul.Scalar", "x", 2.0), 1.0)
    before = of.channels[0]
    x = writer.conv(x, "encoder.conv_in", of.n_image_channels, before)
    for i, n in enumerate(of.channels):
        name = f"encoder.down_blocks.{i}"
        x = writer.blocks(x, name, of.n_layers, before, n)
        x, before = (x if i == len(of.channels) - 1 else writer.halved(x, name, n)), n
    x = writer.activated(writer.middle(x, "encoder.mid_block", before), "encoder.conv_norm_out", before)
    x = writer.conv(x, "encoder.conv_out", before, n_both)
    x = writer.conv(x, "quant_conv", n_both, n_both, side=1) if of.has_quant else x
    mean = add("aten.slice.Tensor", x, 1, 0, of.n_code_channels, name="mean")
    spread = add("aten.slice.Tensor", x, 1, of.n_code_channels, n_both)
    return writer.graph.program(mean, add("aten.clamp.default", spread, _LEAST, _MOST, name="log_variance"))


def _decoder(writer: _Writer) -> Program:
    of, add, n_code = writer.of, writer.graph.add, writer.of.n_code_channels
    z = writer.conv("z", "post_quant_conv", n_code, n_code, side=1) if of.has_post_quant else "z"
    before = of.channels[-1]
    z = writer.middle(writer.conv(z, "decoder.conv_in", n_code, before), "decoder.mid_block", before)
    for i, n in enumerate(reversed(of.channels)):
        name = f"decoder.up_blocks.{i}"
        z = writer.blocks(z, name, of.n_layers + 1, before, n)
        z, before = (z if i == len(of.channels) - 1 else writer.doubled(z, name, n)), n
    z = writer.activated(z, "decoder.conv_norm_out", before)
    x = writer.conv(z, "decoder.conv_out", before, of.n_image_channels)
    return writer.graph.program(add("aten.add.Scalar", add("aten.mul.Scalar", x, 0.5), 0.5, name="image"))
