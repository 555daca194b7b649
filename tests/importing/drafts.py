"""Drafts written by hand, for whoever needs one."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.importing.draft import Draft, Networks
from explorer.programs import GraphBuilder, Program


def linear(weight: Tensor, *after: str, name: str = "x") -> Program:
    """One layer (no offset) and operators behind it."""
    builder = GraphBuilder(name)
    found = builder.add("aten.linear.default", name, builder.tensor("weight", weight))
    for operator in after:
        found = builder.add(operator, found)
    return builder.program(found)


def draft(**changes) -> Draft:
    """A VAE of 8x8 pixels with three latent dimensions and random weights, of which nothing is known."""
    generator = torch.Generator().manual_seed(0)
    head = torch.randn(6, 64, generator=generator) / 8
    out = torch.randn(64, 3, generator=generator)
    networks = Networks("", linear(head), linear(out, "aten.sigmoid.default", name="z"), (3,), (64,))
    return Draft(**{"make": "draft", "source": "mine", "sha256": "0" * 64, "networks": (networks,)} | changes)
