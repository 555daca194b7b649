"""Tiny VAEs that are trained for a second or two, and the ways in which a file may hold them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer import datasets
from explorer.datasets import Dataset
from explorer.importing.draft import Draft, Networks
from explorer.programs import GraphBuilder, Program

LATENT_DIM, HIDDEN = 4, 48
SIGMA = 0.2


@dataclass(frozen=True)
class Weights:
    """Two layers each; the encoder's head is (mean, log-variance), the decoder returns logits or means."""

    encoder: tuple[Tensor, ...]
    decoder: tuple[Tensor, ...]


def colours() -> Dataset:
    """Digits of 8 rows and 6 columns in two colours: where channels stand cannot be overlooked."""
    grey = datasets.load("digits", "all")
    values = np.asarray(grey.values, np.float64)[:, :, :, 1:7]
    tint = np.where((grey.labels % 2)[:, None], [1.0, 0.2, 0.6], [0.1, 1.0, 0.4])[:, :, None, None]
    return Dataset(
        name="colours",
        split="all",
        values=(values / 16 * tint).astype(np.float32),
        n_levels=None,
        labels=grey.labels,
        label_names=grey.label_names,
        example_ids=grey.example_ids,
        kind="colour image",
    )


def digits() -> Dataset:
    return datasets.load("digits", "all")


@cache
def weights(kind: str = "bernoulli", beta: float = 1.0, n_steps: int = 500, which: str = "digits") -> Weights:
    """Trained on grey values: the loss is a cross-entropy, or that of a Gaussian of `SIGMA`."""
    data = colours() if which == "colours" else digits()
    x = torch.from_numpy(data.x(slice(None))).flatten(1)
    d = x.shape[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = nn.Sequential(nn.Linear(d, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2 * LATENT_DIM))
        decoder = nn.Sequential(nn.Linear(LATENT_DIM, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, d))
        optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 8e-3)
        for _ in range(n_steps):
            batch = x[torch.randint(len(x), (128,))]
            mean, log_variance = encoder(batch).chunk(2, 1)
            out = decoder(mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean))
            kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
            if kind == "bernoulli":
                loss = F.binary_cross_entropy_with_logits(out, torch.bernoulli(batch), reduction="none").sum(
                    1
                )
            else:
                loss = ((out - batch) ** 2).sum(1) / (2 * SIGMA**2)
            optimiser.zero_grad()
            (loss + beta * kl).mean().backward()
            optimiser.step()
    return Weights(*(tuple(p.detach() for p in net.parameters()) for net in (encoder, decoder)))


def mlp(layers: tuple[Tensor, ...], name: str, activation: str, *after: str) -> Program:
    """Two layers, and operators behind them."""
    builder = GraphBuilder(name)
    w1, b1, w2, b2 = (builder.tensor(f"w{i}", t) for i, t in enumerate(layers))
    hidden = builder.add(activation, builder.add("aten.linear.default", name, w1, b1))
    found = builder.add("aten.linear.default", hidden, w2, b2)
    for operator in after:
        found = builder.add(operator, found)
    return builder.program(found)


def networks(
    trained: Weights,
    head: Callable[[Tensor, Tensor], Tensor] | None = None,
    activation: str = "aten.relu.default",
    after: tuple[str, ...] = (),
    name: str = "",
    pixels: Tensor | None = None,
) -> Networks:
    """Networks of these weights.

    Args:
        head: the rows of the head's weights from those of mean and log-variance, each (d, ...).
        after: operators behind the decoder.
        pixels: the order in which they are taken and returned.
    """
    w1, b1, w2, b2 = trained.encoder
    v1, c1, v2, c2 = trained.decoder
    if head is not None:
        w2, b2 = (head(*t.chunk(2, 0)) for t in (w2, b2))
    if pixels is not None:
        w1, v2, c2 = w1[:, pixels], v2[pixels], c2[pixels]
    return Networks(
        name,
        mlp((w1, b1, w2, b2), "x", activation),
        mlp((v1, c1, v2, c2), "z", activation, *after),
        (LATENT_DIM,),
        (w1.shape[1],),
    )


def draft(*found: Networks, **changes) -> Draft:
    """A draft of networks; of the rest nothing is known but what is changed."""
    return Draft(**{"make": "draft", "source": "mine", "sha256": "0" * 64, "networks": found} | changes)
