"""VAEs as tutorials write them: small modules with the names, layers and habits of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.models.networks import build_decoder, build_encoder


@dataclass(frozen=True)
class Tutorial:
    """A module, and what it computes.

    Attributes:
        module: in eval mode.
        encode: x to its heads, one or two.
        decode: z to what the decoder returns, one or two.
        shape: of x without the batch.
        latent_dim: d.
        known: what its names say of the reading.
    """

    module: nn.Module
    encode: Callable[[Tensor], tuple[Tensor, ...]]
    decode: Callable[[Tensor], tuple[Tensor, ...]]
    shape: tuple[int, ...]
    latent_dim: int
    known: dict[str, str]


class PyTorchExample(nn.Module):
    """github.com/pytorch/examples, vae/main.py."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 40)
        self.fc21 = nn.Linear(40, 20)
        self.fc22 = nn.Linear(40, 20)
        self.fc3 = nn.Linear(20, 40)
        self.fc4 = nn.Linear(40, 784)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z):
        return (torch.sigmoid(self.fc4(F.relu(self.fc3(z)))),)


class Vanilla(nn.Module):
    """github.com/AntixK/PyTorch-VAE, with fewer channels."""

    def __init__(self, channels=(4, 6, 8), d=5, in_channels=3):
        super().__init__()
        blocks, n = [], in_channels
        for width in channels:
            conv = nn.Conv2d(n, width, kernel_size=3, stride=2, padding=1)
            blocks.append(nn.Sequential(conv, nn.BatchNorm2d(width), nn.LeakyReLU()))
            n = width
        self.encoder = nn.Sequential(*blocks)
        self.fc_mu = nn.Linear(n * 16, d)
        self.fc_var = nn.Linear(n * 16, d)
        self.decoder_input = nn.Linear(d, n * 16)
        blocks, back = [], channels[::-1]
        for width, narrow in pairwise(back):
            conv = nn.ConvTranspose2d(width, narrow, 3, stride=2, padding=1, output_padding=1)
            blocks.append(nn.Sequential(conv, nn.BatchNorm2d(narrow), nn.LeakyReLU()))
        self.decoder = nn.Sequential(*blocks)
        last = back[-1]
        self.final_layer = nn.Sequential(
            nn.ConvTranspose2d(last, last, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(last),
            nn.LeakyReLU(),
            nn.Conv2d(last, in_channels, 3, padding=1),
            nn.Tanh(),
        )
        self.n = n

    def encode(self, x):
        h = torch.flatten(self.encoder(x), start_dim=1)
        return self.fc_mu(h), self.fc_var(h)

    def decode(self, z):
        return (self.final_layer(self.decoder(self.decoder_input(z).view(-1, self.n, 4, 4))),)


class KerasPort(nn.Module):
    """The convolutional VAE of keras.io, its layers named as there."""

    def __init__(self):
        super().__init__()
        self.enc_conv1 = nn.Conv2d(1, 8, 3, stride=2, padding=1)
        self.enc_conv2 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.enc_dense = nn.Linear(12 * 49, 16)
        self.z_mean = nn.Linear(16, 2)
        self.z_log_var = nn.Linear(16, 2)
        self.dec_dense = nn.Linear(2, 12 * 49)
        self.dec_conv1 = nn.ConvTranspose2d(12, 12, 3, stride=2, padding=1, output_padding=1)
        self.dec_conv2 = nn.ConvTranspose2d(12, 8, 3, stride=2, padding=1, output_padding=1)
        self.dec_conv3 = nn.ConvTranspose2d(8, 1, 3, padding=1)

    def encode(self, x):
        h = F.relu(self.enc_conv2(F.relu(self.enc_conv1(x))))
        h = F.relu(self.enc_dense(h.flatten(1)))
        return self.z_mean(h), self.z_log_var(h)

    def decode(self, z):
        h = F.relu(self.dec_dense(z)).view(-1, 12, 7, 7)
        h = F.relu(self.dec_conv2(F.relu(self.dec_conv1(h))))
        return (torch.sigmoid(self.dec_conv3(h)),)


class OneHead(nn.Module):
    """Sequential networks, mean and log-variance in one layer."""

    def __init__(self, d=4):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 6, 4, 2, 1),
            nn.ELU(),
            nn.Conv2d(6, 8, 4, 2, 1),
            nn.ELU(),
            nn.Flatten(),
            nn.Linear(8 * 49, 20),
            nn.ELU(),
            nn.Linear(20, 2 * d),
        )
        self.decoder = nn.Sequential(
            nn.Linear(d, 20),
            nn.ELU(),
            nn.Linear(20, 8 * 49),
            nn.ELU(),
            nn.Unflatten(1, (8, 7, 7)),
            nn.ConvTranspose2d(8, 6, 4, 2, 1),
            nn.ELU(),
            nn.ConvTranspose2d(6, 1, 4, 2, 1),
        )

    def encode(self, x):
        return (self.encoder(x),)

    def decode(self, z):
        return (self.decoder(z),)


class Upsampling(nn.Module):
    """Pooling on the way down, doubling on the way up."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(3, 6, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 8, 3, padding=1), nn.SiLU(), nn.MaxPool2d(2)),
            nn.Flatten(),
        )
        self.mu, self.logvar = nn.Linear(8 * 64, 6), nn.Linear(8 * 64, 6)
        self.fc_decode = nn.Linear(6, 8 * 64)
        self.decoder = nn.Sequential(
            *(nn.Upsample(scale_factor=2), nn.Conv2d(8, 6, 3, padding=1), nn.SiLU()),
            *(nn.Upsample(scale_factor=2), nn.Conv2d(6, 3, 3, padding=1)),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.mu(h), self.logvar(h)

    def decode(self, z):
        return (self.decoder(F.silu(self.fc_decode(z)).view(-1, 8, 8, 8)),)


class OnePixel(nn.Module):
    """The networks of beta-VAE on dSprites: down to one pixel, and up from it."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(1, 4, 4, 2, 1), nn.ReLU(), nn.Conv2d(4, 4, 4, 2, 1), nn.ReLU()),
            *(nn.Conv2d(4, 8, 4, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 4, 2, 1), nn.ReLU()),
            *(nn.Conv2d(8, 24, 4), nn.ReLU(), nn.Flatten(), nn.Linear(24, 6)),
        )
        self.decoder = nn.Sequential(
            *(nn.Linear(3, 24), nn.Unflatten(1, (24, 1, 1)), nn.ReLU()),
            *(nn.ConvTranspose2d(24, 8, 4), nn.ReLU(), nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.ReLU()),
            *(nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(4, 4, 4, 2, 1), nn.ReLU()),
            nn.ConvTranspose2d(4, 1, 4, 2, 1),
        )

    def encode(self, x):
        return (self.encoder(x),)

    def decode(self, z):
        return (self.decoder(z),)


class ConvHeads(nn.Module):
    """Heads and the first layer of the decoder are convolutions of one pixel, as in a DCGAN."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            *(nn.Conv2d(3, 6, 4, 2, 1, bias=False), nn.BatchNorm2d(6), nn.LeakyReLU(0.2)),
            *(nn.Conv2d(6, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2)),
            *(nn.Conv2d(8, 10, 4, 2, 1, bias=False), nn.BatchNorm2d(10), nn.LeakyReLU(0.2)),
        )
        self.conv_mu, self.conv_logvar = nn.Conv2d(10, 7, 4), nn.Conv2d(10, 7, 4)
        self.decoder = nn.Sequential(
            *(nn.ConvTranspose2d(7, 10, 4, bias=False), nn.BatchNorm2d(10), nn.LeakyReLU(0.2)),
            *(nn.ConvTranspose2d(10, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.LeakyReLU(0.2)),
            *(nn.ConvTranspose2d(8, 6, 4, 2, 1, bias=False), nn.BatchNorm2d(6), nn.LeakyReLU(0.2)),
            *(nn.ConvTranspose2d(6, 3, 4, 2, 1), nn.Sigmoid()),
        )

    def encode(self, x):
        h = self.encoder(x)
        return self.conv_mu(h).flatten(1), self.conv_logvar(h).flatten(1)

    def decode(self, z):
        return (self.decoder(z[:, :, None, None]),)


class Norms(nn.Module):
    """Norms defined behind all linear layers, as some people group them; two outputs; learnt slopes in the decoder."""

    def __init__(self):
        super().__init__()
        self.enc_fc1, self.enc_fc2 = nn.Linear(12, 16), nn.Linear(16, 16)
        self.enc_bn1, self.enc_bn2 = nn.BatchNorm1d(16), nn.BatchNorm1d(16)
        self.fc_mu, self.fc_sigma = nn.Linear(16, 3), nn.Linear(16, 3)
        self.decoder = nn.Sequential(
            *(nn.Linear(3, 16), nn.LayerNorm(16), nn.Tanh(), nn.Linear(16, 16), nn.LayerNorm(16), nn.Tanh())
        )
        self.decoder_mean, self.decoder_logvar = nn.Linear(16, 12), nn.Linear(16, 12)

    def encode(self, x):
        h = torch.tanh(self.enc_bn1(self.enc_fc1(x)))
        h = torch.tanh(self.enc_bn2(self.enc_fc2(h)))
        return self.fc_mu(h), self.fc_sigma(h)

    def decode(self, z):
        h = self.decoder(z)
        return self.decoder_mean(h), self.decoder_logvar(h)


class Slopes(nn.Module):
    """PReLU, and norms of groups of channels."""

    def __init__(self):
        super().__init__()
        self.inference = nn.Sequential(
            *(nn.Conv2d(1, 8, 3, 2, 1), nn.GroupNorm(4, 8), nn.PReLU()),
            *(nn.Conv2d(8, 8, 3, 2, 1), nn.GroupNorm(4, 8), nn.PReLU(8)),
            *(nn.Flatten(), nn.Linear(8 * 4, 8)),
        )
        self.generator = nn.Sequential(
            *(nn.Linear(4, 8 * 4), nn.PReLU(), nn.Unflatten(1, (8, 2, 2))),
            *(nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.GroupNorm(4, 8), nn.PReLU()),
            nn.ConvTranspose2d(8, 1, 4, 2, 1),
        )

    def encode(self, x):
        return (self.inference(x),)

    def decode(self, z):
        return (self.generator(z),)


class Linear(nn.Module):
    """No hidden layer at all."""

    def __init__(self):
        super().__init__()
        self.mean, self.log_std, self.decode_layer = nn.Linear(9, 2), nn.Linear(9, 2), nn.Linear(2, 9)

    def encode(self, x):
        return self.mean(x), self.log_std(x)

    def decode(self, z):
        return (self.decode_layer(z),)


class Ours(nn.Module):
    """The explorer's own networks."""

    def __init__(self, config, shape, d=3):
        super().__init__()
        self.encoder, self.decoder = build_encoder(config, shape, 2 * d), build_decoder(config, d, shape)

    def encode(self, x):
        return (self.encoder(x),)

    def decode(self, z):
        return (self.decoder(z),)


def _made(module: Any, shape: tuple[int, ...], d: int, **known: str) -> Tutorial:
    """With weights and running means of some size, so that no layer can be left out unnoticed."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for name, value in module.state_dict().items():
            if name.endswith("running_var"):
                value.copy_(torch.rand_like(value) + 0.5)
            elif value.is_floating_point():
                value.copy_(torch.randn_like(value) * 0.3)
    module.eval().requires_grad_(False)
    return Tutorial(module, module.encode, module.decode, shape, d, known)


CONV = {"kind": "conv", "channels": [4, 8], "hidden": 16, "activation": "gelu"}
LOG_VARIANCE = {"order": "mean_first", "spread": "log_variance"}
TUTORIALS: dict[str, Callable[[], Tutorial]] = {
    "pytorch_example": lambda: _made(PyTorchExample(), (784,), 20),
    "vanilla": lambda: _made(Vanilla(), (3, 32, 32), 5, order="mean_first"),
    "keras_port": lambda: _made(KerasPort(), (1, 28, 28), 2, **LOG_VARIANCE),
    "one_head": lambda: _made(OneHead(), (1, 28, 28), 4),
    "upsampling": lambda: _made(Upsampling(), (3, 32, 32), 6, **LOG_VARIANCE),
    "one_pixel": lambda: _made(OnePixel(), (1, 64, 64), 3),
    "conv_heads": lambda: _made(ConvHeads(), (3, 32, 32), 7, **LOG_VARIANCE),
    "norms": lambda: _made(Norms(), (12,), 3, order="mean_first", output_spread="log_variance"),
    "slopes": lambda: _made(Slopes(), (1, 8, 8), 4),
    "linear": lambda: _made(Linear(), (9,), 2, order="mean_first", spread="log_sigma"),
    "our_mlp": lambda: _made(Ours({"kind": "mlp", "hidden": [16, 8]}, (1, 8, 8)), (1, 8, 8), 3),
    "our_linear": lambda: _made(Ours({"kind": "linear"}, (7,)), (7,), 3),
    "our_conv": lambda: _made(Ours(CONV, (1, 8, 8)), (1, 8, 8), 3),
}
