"""Encoders and decoders built from a configuration: linear, MLP, conv.

An encoder maps x (N, *shape) to (N, n_out); a decoder maps z (N, d) to (N, *out_shape).
A configuration is a plain mapping, as `config.json` holds it:
{"kind": "linear"}, {"kind": "mlp", "hidden": [512, 256]}, {"kind": "conv", "channels": [32, 64], "hidden": 256}.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS = {"silu": nn.SiLU, "gelu": nn.GELU, "relu": nn.ReLU, "tanh": nn.Tanh}
KINDS = ("linear", "mlp", "conv")
MAX_FOLDED = 3
# A hundred times as many as anybody has trained; a page of JSON can name a hundred thousand.
MAX_LAYERS = 256


class Doubling(nn.ConvTranspose2d):
    """The transposed convolution (N, C, H, W) -> (N, C', 2H, 2W) with a 4x4 kernel."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__(n_in, n_out, 4, stride=2, padding=1)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        assert output_size is None, "the output has twice the size"
        if self.out_channels > MAX_FOLDED or x.device.type != "cpu":
            return super().forward(x)
        assert self.bias is not None, "made with a bias"
        # The last layer of a decoder has an image's few channels. There one matrix product and a sum of shifted
        # patches take a third of the time of the CPU's convolution.
        patches = self.weight.flatten(1).T @ x.flatten(2)
        size = (2 * x.shape[2], 2 * x.shape[3])
        return F.fold(patches, size, kernel_size=4, stride=2, padding=1) + self.bias[:, None, None]


def build_encoder(config: Mapping[str, Any], shape: Sequence[int], n_out: int) -> nn.Module:
    """Encoder of x (N, *shape) to (N, n_out)."""
    kind = _kind(config)
    n_in = math.prod(shape)
    if kind == "linear":
        return nn.Sequential(nn.Flatten(), nn.Linear(n_in, n_out))
    if kind == "mlp":
        return nn.Sequential(nn.Flatten(), *_dense([n_in, *config["hidden"], n_out], config))
    return _conv_encoder(config, shape, n_out)


def build_decoder(config: Mapping[str, Any], latent_dim: int, out_shape: Sequence[int]) -> nn.Module:
    """Decoder of z (N, latent_dim) to (N, *out_shape)."""
    kind = _kind(config)
    n_out, unflatten = math.prod(out_shape), nn.Unflatten(1, tuple(out_shape))
    if kind == "linear":
        return nn.Sequential(nn.Linear(latent_dim, n_out), unflatten)
    if kind == "mlp":
        return nn.Sequential(*_dense([latent_dim, *config["hidden"], n_out], config), unflatten)
    return _conv_decoder(config, latent_dim, out_shape)


def _kind(config: Mapping[str, Any]) -> str:
    kind = config.get("kind")
    if kind not in KINDS:
        raise ValueError(f"network kind {kind!r} is unknown; expected one of {', '.join(KINDS)}")
    for key in ("hidden", "channels"):
        sizes = config.get(key, ())
        sizes = sizes if isinstance(sizes, Sequence) else (sizes,)
        if len(sizes) > MAX_LAYERS:
            raise ValueError(f"{key}: expected at most {MAX_LAYERS} layers, found {len(sizes)}")
        if not all(type(size) is int and size >= 1 for size in sizes):
            raise ValueError(f"{key}: expected whole numbers from 1 on, found {config[key]!r}")
    return str(kind)


def _activation(config: Mapping[str, Any]) -> nn.Module:
    name = config.get("activation", "silu")
    if name not in ACTIVATIONS:
        raise ValueError(f"activation {name!r} is unknown; expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def _dense(sizes: Sequence[int], config: Mapping[str, Any]) -> list[nn.Module]:
    """Linear layers with activations between them, none after the last."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), _activation(config)]
    return layers[:-1]


def _grid(config: Mapping[str, Any], shape: Sequence[int]) -> tuple[int, int]:
    """Height and width after every strided layer."""
    factor = 2 ** len(config["channels"])
    if len(shape) != 3 or shape[1] % factor or shape[2] % factor:
        raise ValueError(
            f"a conv network with {len(config['channels'])} strided layers needs images (C, H, W) with H and W "
            f"divisible by {factor}, found shape {tuple(shape)}; use fewer channels or an mlp"
        )
    return shape[1] // factor, shape[2] // factor


def _conv_encoder(config: Mapping[str, Any], shape: Sequence[int], n_out: int) -> nn.Module:
    height, width = _grid(config, shape)
    channels = [shape[0], *config["channels"]]
    layers: list[nn.Module] = []
    for n_in, n_next in pairwise(channels):
        layers += [nn.Conv2d(n_in, n_next, 4, stride=2, padding=1), _activation(config)]
    sizes = [channels[-1] * height * width, config["hidden"], n_out]
    return nn.Sequential(*layers, nn.Flatten(), *_dense(sizes, config))


def _conv_decoder(config: Mapping[str, Any], latent_dim: int, out_shape: Sequence[int]) -> nn.Module:
    height, width = _grid(config, out_shape)
    channels = [*reversed(config["channels"]), out_shape[0]]
    grid = (channels[0], height, width)
    layers = _dense([latent_dim, config["hidden"], math.prod(grid)], config)
    layers += [_activation(config), nn.Unflatten(1, grid)]
    for n_in, n_next in pairwise(channels):
        layers += [Doubling(n_in, n_next), _activation(config)]
    return nn.Sequential(*layers[:-1])
