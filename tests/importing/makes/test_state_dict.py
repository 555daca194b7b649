"""Weights of tutorials' VAEs come out as the networks that they were, among few alternatives."""

import math
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.makes import state_dict
from explorer.importing.registry import make_of
from explorer.models.latent_model import DataSpec
from explorer.models.program_vae import ProgramVAE, Shapes
from explorer.models.reading import Reading
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


def refused(tensors, tmp_path):
    torch.save(tensors, tmp_path / "a.pt")
    with pytest.raises(ImportFault) as caught:
        state_dict.read(tmp_path / "a.pt")
    return caught.value


def weights_of(**shapes):
    """Linear layers by their names, from and to so many features."""
    return {
        f"{name.replace('__', '.')}.{part}": torch.ones((n_out, n_in) if part == "weight" else (n_out,))
        for name, (n_in, n_out) in shapes.items()
        for part in ("weight", "bias")
    }


def test_a_lightning_checkpoint_is_read(tmp_path):
    tutorial = TUTORIALS["upsampling"]()
    state = {f"model.{k}": v for k, v in tutorial.module.state_dict().items()}
    lightning = {"state_dict": state, "optimizer_states": [{"state": {}}], "hyper_parameters": {"d": 6}}
    torch.save(lightning, tmp_path / "last.ckpt")
    draft = state_dict.read(tmp_path / "last.ckpt")
    assert any(same(n, tutorial) for n in draft.networks)
    assert any("hyper-parameters" in line for line in draft.said)


def test_a_plain_autoencoder_is_called_so(tmp_path):
    layers = {"encoder__0": (30, 8), "encoder__2": (8, 3), "decoder__0": (3, 8), "decoder__2": (8, 30)}
    found = refused(weights_of(**layers), tmp_path)
    assert found.key == "head"
    assert "plain autoencoder" in found.advice


def test_a_classifier_is_called_what_it_is(tmp_path):
    found = refused(weights_of(fc1=(784, 64), fc2=(64, 10)), tmp_path)
    assert "from 784 to 10" in found.advice


def test_what_does_not_chain_is_listed(tmp_path):
    layers = {"fc1": (30, 8), "fc21": (8, 3), "fc22": (8, 3), "fc3": (3, 8), "fc4": (9, 30)}
    found = refused(weights_of(**layers), tmp_path)
    assert "fc4 linear 30x9" in found.found
    assert "which gives 3, none of the rest fits (fc4 linear 30x9)" in found.advice
    assert "explorer.export" in found.advice


def test_a_missing_layer_is_missed(tmp_path):
    state = TUTORIALS["one_head"]().module.state_dict()
    found = refused({k: v for k, v in state.items() if not k.startswith("decoder.2.")}, tmp_path)
    assert found.key == "layers"


@pytest.mark.parametrize(
    "name, value",
    [("lstm.weight_ih_l0", (8, 4)), ("vq.codebook", (8, 4)), ("encoder.conv.weight", (4, 4, 3, 3, 3))],
)
def test_tensors_of_other_layers_are_named(name, value, tmp_path):
    found = refused({**weights_of(fc1=(4, 8)), name: torch.ones(value)}, tmp_path)
    assert name.rpartition(".")[0] in f"{found.key} {found.found}"
    assert "explorer.export" in found.advice


def test_sizes_that_nothing_fits_are_told(tmp_path):
    state = TUTORIALS["keras_port"]().module.state_dict()
    state["dec_dense.weight"], state["dec_dense.bias"] = torch.ones(12 * 10007, 2), torch.ones(12 * 10007)
    assert refused(state, tmp_path).key == "sizes"


def test_a_learnt_scale_is_that_of_the_likelihood(tmp_path):
    state = TUTORIALS["linear"]().module.state_dict()
    torch.save({**state, "log_sigma": torch.tensor(-1.0)}, tmp_path / "a.pt")
    found = state_dict.read(tmp_path / "a.pt")
    assert found.likelihood == {"kind": "gaussian", "scale": pytest.approx(math.exp(-1))}
    torch.save({**state, "log_var_x": torch.tensor([-1.0])}, tmp_path / "a.pt")
    assert state_dict.read(tmp_path / "a.pt").likelihood["scale"] == pytest.approx(math.exp(-0.5))


def test_layers_that_are_called_spread_and_mean_the_other_way_round_are_told_apart(tmp_path):
    tutorial = TUTORIALS["keras_port"]()
    state = tutorial.module.state_dict()
    swapped = sorted(state, key=lambda name: name.startswith("z_mean"))
    torch.save({name: state[name] for name in swapped}, tmp_path / "a.pt")
    draft = state_dict.read(tmp_path / "a.pt")
    assert any(same(n, tutorial) for n in draft.networks)


def test_the_networks_make_a_model(tmp_path):
    tutorial = TUTORIALS["keras_port"]()
    torch.save(tutorial.module.state_dict(), tmp_path / "a.pt")
    draft = state_dict.read(tmp_path / "a.pt")
    found = next(n for n in draft.networks if same(n, tutorial))
    model = ProgramVAE(
        DataSpec((1, 28, 28), "grey image", 2),
        {"kind": "bernoulli"},
        found.decoder,
        found.encoder,
        Shapes(found.latent_shape, found.input_shape),
        Reading(**draft.known, output="probabilities"),
    )
    x = torch.rand(3, 1, 28, 28)
    mean, log_variance = tutorial.encode(x)
    q = model.posterior(x)
    assert torch.allclose(q.mean, mean, atol=1e-5)
    assert torch.allclose(q.variance.log(), log_variance, atol=1e-5)
    assert torch.allclose(model.likelihood(mean).mean, tutorial.decode(mean)[0], atol=1e-5)


def test_a_checkpoint_of_lightning_is_its_weights(tmp_path):
    """Which its Trainer wrote beside an optimiser, loops and hyper-parameters."""
    folder = Path(__file__).parents[1] / "fixtures"
    draft = state_dict.read(folder / "lightning.ckpt")
    told = np.load(folder / "lightning.npz")
    x, mean, log_variance, logits = (
        torch.from_numpy(told[n]) for n in ("x", "mean", "log_variance", "logits")
    )
    assert draft.known == {"order": "mean_first", "spread": "log_variance"}
    expected = torch.cat([mean, log_variance, logits], 1)
    found = [torch.cat([*n.encoder(x), *n.decoder(mean)], 1) for n in draft.networks]
    assert any(torch.allclose(one, expected, rtol=1e-5, atol=1e-6) for one in found)
