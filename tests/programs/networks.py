"""Networks as people write them: small ones, of random weights, each with what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LATENT_DIM = 3


@dataclass(frozen=True)
class Case:
    """A network in eval mode, and the shape of one row of what it takes."""

    network: nn.Module
    shape: tuple[int, ...]

    def rows(self, n: int, seed: int = 1) -> Tensor:
        return torch.randn(n, *self.shape, generator=torch.Generator().manual_seed(seed))


class Upsampling(nn.Module):
    """A decoder of pictures with all that is usual: ELU in place, BatchNorm, GroupNorm, attention, upsampling."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(LATENT_DIM, 8 * 4)
        self.rest = nn.Sequential(
            nn.ELU(inplace=True),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.SiLU(),
            nn.GroupNorm(2, 8),
            nn.ConvTranspose2d(8, 4, 2, stride=2),
            nn.LeakyReLU(0.1, inplace=True),
        )
        self.last = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        h = self.rest(self.first(z).view(z.shape[0], 8, 2, 2))
        q = h.flatten(2)
        return self.last(h + F.scaled_dot_product_attention(q, q, q).view_as(h))


class Attending(nn.Module):
    """A transformer's layer over the features."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True, activation="gelu")
        self.up = nn.Linear(1, 4)

    def forward(self, z: Tensor) -> Tensor:
        return self.layer(self.up(z.unsqueeze(-1))).flatten(1)


class Convolving(nn.Module):
    """An encoder of pictures that returns mean and log-variance."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
        )
        self.mean, self.log_variance = nn.Linear(16, LATENT_DIM), nn.Linear(16, LATENT_DIM)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.mean(h), self.log_variance(h).clamp(-8, 4)


class Writing(nn.Module):
    """Writes into a part of what it has, and reads the whole of it afterwards."""

    def forward(self, z: Tensor) -> Tensor:
        h = z * 3
        h[:, 0].add_(1).sub_(z[:, 1])
        h += 2
        h[:, 1:] = h[:, 1:].clone().square()
        return h.tanh()


class Placed(nn.Module):
    """A spatial broadcast: coordinates beside the code, made in the forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(LATENT_DIM + 2, 2, 1)
        self.order: Tensor
        self.register_buffer("order", torch.tensor([2, 0, 1]))

    def forward(self, z: Tensor) -> Tensor:
        line = torch.linspace(-1, 1, 4)
        rows, columns = torch.meshgrid(line, line, indexing="ij")
        places = torch.stack([rows, columns])[None].expand(z.shape[0], -1, -1, -1)
        code = z[:, self.order].view(z.shape[0], -1, 1, 1).expand(-1, -1, 4, 4)
        return self.conv(torch.cat([code, places], 1))


def perceptron(*sizes: int, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    pairs = [[nn.Linear(a, b), activation()] for a, b in pairwise(sizes)]
    return nn.Sequential(*[layer for pair in pairs for layer in pair][:-1])


def cases() -> Mapping[str, Case]:
    """By name; every network's numbers are moved away from what they are at the start."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        found = {
            "perceptron": Case(
                perceptron(LATENT_DIM, 16, 10, activation=lambda: nn.ReLU(inplace=True)), (LATENT_DIM,)
            ),
            "smooth": Case(perceptron(LATENT_DIM, 8, 8, 5, activation=nn.Softplus), (LATENT_DIM,)),
            "upsampling": Case(Upsampling(), (LATENT_DIM,)),
            "attending": Case(Attending(), (LATENT_DIM,)),
            "convolving": Case(Convolving(), (1, 8, 8)),
            "writing": Case(Writing(), (LATENT_DIM,)),
            "placed": Case(Placed(), (LATENT_DIM,)),
        }
        for case in found.values():
            for value in (*case.network.parameters(), *case.network.buffers()):
                if value.is_floating_point():
                    value.data += 0.1 * torch.rand_like(value)
            case.network.eval()
    return found
