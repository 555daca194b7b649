"""Weights of tutorials' VAEs come out as the networks that they were, among few alternatives."""

import math

import pytest
import safetensors.torch
import torch

from explorer.importing.makes import state_dict
from explorer.importing.registry import make_of
from tests.importing.tutorials import TUTORIALS

MOST_NETWORKS = 120


@pytest.fixture(params=TUTORIALS)
def tutorial(request):
    return TUTORIALS[request.param]()


def save_old(tensors, path):
    torch.save(tensors, path, _use_new_zipfile_serialization=False)


SAVED = {
    "weights.pt": torch.save,
    "old.pth": save_old,
    "weights.safetensors": lambda tensors, path: safetensors.torch.save_file(
        {k: v.contiguous() for k, v in tensors.items()}, path
    ),
}


def same(networks, tutorial):
    """Whether both networks compute what the module does."""
    if math.prod(networks.input_shape) != math.prod(tutorial.shape):
        return False
    g = torch.Generator().manual_seed(1)
    x, z = torch.rand(4, *tutorial.shape, generator=g), torch.randn(4, tutorial.latent_dim, generator=g)
    pairs = (
        *zip(networks.encoder(x.reshape(4, *networks.input_shape)), tutorial.encode(x), strict=True),
        *zip(networks.decoder(z), tutorial.decode(z), strict=True),
    )
    return all(torch.allclose(a.flatten(1), b.flatten(1), rtol=1e-5, atol=1e-6) for a, b in pairs)


@pytest.mark.parametrize("name", SAVED)
def test_one_of_the_networks_is_the_module(name, tutorial, tmp_path):
    SAVED[name](tutorial.module.state_dict(), tmp_path / name)
    assert make_of(tmp_path / name) == "state_dict"
    draft = state_dict.read(tmp_path / name)
    assert [n.name for n in draft.networks if same(n, tutorial)], [n.name for n in draft.networks]
    assert len(draft.networks) <= MOST_NETWORKS
    assert len({n.name for n in draft.networks}) == len(draft.networks)
    assert draft.known == tutorial.known
    assert draft.networks[0].latent_shape == (tutorial.latent_dim,)
