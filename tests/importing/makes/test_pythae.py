"""Folders that pythae saved compute what pythae computed; what is none of its VAEs is refused with the reason."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.importing.draft import ImportFault
from explorer.importing.makes import pythae
from explorer.importing.registry import make_of
from explorer.models.latent_model import DataSpec
from explorer.models.program_vae import ProgramVAE, Shapes
from explorer.models.reading import Reading

FIXTURES = Path(__file__).parents[1] / "fixtures"
NAMES = ("pythae-vae", "pythae-beta")
BENCHMARKS = json.loads((FIXTURES / "pythae_benchmarks.json").read_text())


@pytest.fixture
def folder(tmp_path):
    """A copy that may be changed."""
    return Path(shutil.copytree(FIXTURES / "pythae-vae", tmp_path / "mine"))


def changed(folder, **entries):
    file = folder / "model_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))


def refused(folder):
    with pytest.raises(ImportFault) as caught:
        pythae.read(folder)
    assert str(folder) in str(caught.value)
    return caught.value


def agree(networks, x, z, mean, log_var, decoded, at=slice(None)):
    found = (*networks.encoder(x), networks.decoder(z)[0].reshape(len(z), *networks.input_shape)[..., at, at])
    for value, expected in zip(found, (mean, log_var, decoded), strict=True):
        assert np.abs(value.numpy() - expected).max() < 1e-5 * max(1, np.abs(expected).max())


@pytest.mark.parametrize("name", NAMES)
def test_its_networks_compute_what_pythae_computed(name):
    assert make_of(FIXTURES / name) == "pythae"
    draft, kept = pythae.read(FIXTURES / name), np.load(FIXTURES / "pythae.npz")
    mean, log_var, decoded = (kept[f"{name}.{part}"] for part in ("mean", "log_var", "x"))
    agree(draft.networks[0], torch.from_numpy(kept["x"]), torch.from_numpy(mean), mean, log_var, decoded)


def test_its_loss_is_its_likelihood():
    bce, mse = (pythae.read(FIXTURES / name) for name in NAMES)
    assert (bce.likelihood, bce.known["output"]) == ({"kind": "bernoulli"}, "probabilities")
    assert (mse.likelihood, mse.known["output"]) == ({"kind": "gaussian", "scale": 1.0}, "parameters")
    assert any("beta = 0.1" in line for line in mse.said)
    assert not any("beta" in line for line in bce.said)
    assert bce.sha256 != mse.sha256


def elbo(draft, x, **reading):
    """Nats, with the mean of q in place of a draw of it."""
    networks = draft.networks[0]
    model = ProgramVAE(
        DataSpec((1, 8, 8), "grey image", 2),
        draft.likelihood,
        networks.decoder,
        networks.encoder,
        Shapes(networks.latent_shape, networks.input_shape),
        Reading(**{**draft.known, **reading}),
    )
    q, p = model.posterior(x), model.prior()
    kl = torch.distributions.kl_divergence(q.base_dist, p.base_dist).sum(-1)
    return (model.likelihood(q.mean).log_prob(x) - kl).mean().item()


def test_no_other_reading_is_as_good():
    draft, x = (
        pythae.read(FIXTURES / "pythae-vae"),
        torch.from_numpy(np.load(FIXTURES / "pythae.npz")["x"]).round(),
    )
    best = elbo(draft, x)
    assert best > elbo(draft, x, order="spread_first") + 5
    assert best > elbo(draft, x, spread="log_sigma") + 0.5
    assert best > elbo(draft, x, output="parameters") + 5


def wave(i, name, shape):
    """As the fixture's script fills them."""
    n = int(np.prod(shape))
    found = torch.sin(torch.arange(n, dtype=torch.float64) * (0.7 + 0.01 * i)).reshape(shape)
    size = 1.0 if len(shape) == 1 else 3 / (n / shape[0]) ** 0.5
    return (1 + 0.5 * found if name.endswith("running_var") else size * found).float()


@pytest.mark.parametrize("name", BENCHMARKS)
def test_its_larger_networks_are_known_by_their_shapes(name, tmp_path):
    shapes = BENCHMARKS[name]["state"]
    state = {k: wave(i, k, shape) for i, (k, shape) in enumerate(shapes.items()) if shape}
    torch.save({"model_state_dict": state}, tmp_path / "model.pt")
    config = {
        "name": "VAEConfig",
        "latent_dim": 5,
        "reconstruction_loss": "mse",
        "uses_default_encoder": False,
    }
    shape = BENCHMARKS[name]["input_dim"]
    (tmp_path / "model_config.json").write_text(json.dumps(config | {"input_dim": shape}))
    # It lies beside them, and is never read.
    (tmp_path / "encoder.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    kept = np.load(FIXTURES / "pythae_benchmarks.npz")
    x = torch.linspace(0, 1, 2 * int(np.prod(shape))).reshape(2, *shape)
    z = torch.linspace(-1, 1, 10).reshape(2, 5)
    expected = [kept[f"{name}.{part}"] for part in ("mean", "log_var", "x")]
    agree(pythae.read(tmp_path).networks[0], x, z, *expected, at=slice(None, None, 7))


@pytest.mark.parametrize(
    "name, reason",
    [
        ("AEConfig", "plain autoencoder"),
        ("RAE_L2_Config", "regularised autoencoder"),
        ("SVAEConfig", "sphere"),
        ("PoincareVAEConfig", "hyperbolic"),
        ("VQVAEConfig", "table"),
        ("WAE_MMD_Config", "deterministic"),
    ],
)
def test_other_models_are_refused_with_the_reason(name, reason, folder):
    changed(folder, name=name)
    found = refused(folder)
    assert found.key == "name"
    assert reason in found.advice


@pytest.mark.parametrize(
    "key, value",
    [
        ("name", "MyConfig"),
        ("name", 3),
        ("input_dim", None),
        ("input_dim", [1, 0, 8]),
        ("latent_dim", "4"),
        ("reconstruction_loss", "l1"),
    ],
)
def test_an_entry_that_is_wrong_is_named(key, value, folder):
    changed(folder, **{key: value})
    assert refused(folder).key == key


@pytest.mark.parametrize("latent_dim, shape", [(5, [1, 8, 8]), (4, [1, 8, 9])])
def test_networks_of_another_size_are_refused(latent_dim, shape, folder):
    changed(folder, latent_dim=latent_dim, input_dim=shape)
    assert refused(folder).key == "encoder"


def test_a_network_of_ones_own_is_refused_with_the_reason(folder):
    state = torch.load(folder / "model.pt", weights_only=True)["model_state_dict"]
    own = {k.replace("decoder.layers", "decoder.net"): v for k, v in state.items()}
    torch.save({"model_state_dict": own}, folder / "model.pt")
    found = refused(folder)
    assert found.key == "decoder"
    assert "runs code" in found.advice
    assert "explorer.export" in found.advice


def test_an_encoder_without_a_spread_is_refused(folder):
    state = torch.load(folder / "model.pt", weights_only=True)["model_state_dict"]
    torch.save(
        {"model_state_dict": {k: v for k, v in state.items() if "log_var" not in k}}, folder / "model.pt"
    )
    assert "log_var" in refused(folder).expected


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"name": ' * 5000])
def test_a_damaged_config_is_refused(content, folder):
    (folder / "model_config.json").write_bytes(content)
    assert refused(folder).path == folder / "model_config.json"


DENSITIES = np.load(FIXTURES / "pythae_densities.npz")
D = 3


def told(name):
    return torch.from_numpy(DENSITIES[name])


def flowing(folder, name, flow):
    """The folder as another class, with three codes and the tensors of a flow."""
    state = torch.load(folder / "model.pt", weights_only=True)["model_state_dict"]
    heads = {k: v[:D] for k, v in state.items() if "embedding" in k or "log_var" in k}
    first = {k: v[:, :D] for k, v in state.items() if k == "decoder.layers.0.0.weight"}
    torch.save({"model_state_dict": {**state, **heads, **first, **flow}}, folder / "model.pt")
    changed(folder, name=name, latent_dim=D)


FLOWS = {
    "iaf": (
        "VAE_IAF_Config",
        lambda: {f"iaf_flow.{k[4:]}": told(k) for k in DENSITIES if k.startswith("iaf.")},
        1e-5,
    ),
    # pythae adds 1e-4 to |det J| of a planar layer.
    "linear": (
        "VAE_LinNF_Config",
        lambda: {f"net.{k[7:]}": told(k) for k in DENSITIES if k.startswith("linear.")},
        1e-3,
    ),
}


@torch.no_grad()
@pytest.mark.parametrize("kind", FLOWS)
def test_its_flows_are_pythaes(kind, folder):
    name, flow, tolerance = FLOWS[kind]
    flowing(folder, name, flow())
    posterior = pythae.read(folder).posterior
    y = told("y")
    q = posterior((torch.zeros(1, D), torch.zeros(1, D)), Reading())
    z, log_det = y, torch.zeros(len(y))
    for transform in q.transforms:
        after = transform(z)
        z, log_det = after, log_det + transform.log_abs_det_jacobian(z, after)
    torch.testing.assert_close(z, told(f"{kind}_z"), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(log_det, told(f"{kind}_log_det"), rtol=tolerance, atol=tolerance)


def test_its_vamp_prior_is_what_its_encoder_answers(folder):
    weight, bias = torch.rand(64, 5, generator=torch.Generator().manual_seed(0)) * 2 - 0.5, torch.zeros(64)
    flowing(folder, "VAMPConfig", {"pseudo_inputs.0.weight": weight, "pseudo_inputs.0.bias": bias})
    draft = pythae.read(folder)
    mean, log_var = draft.networks[0].encoder(weight.T.clamp(0, 1).reshape(5, 1, 8, 8))
    torch.testing.assert_close(draft.prior.means.data, mean)
    torch.testing.assert_close(draft.prior.log_sigmas.data, log_var / 2)


@pytest.mark.parametrize(
    "name, key",
    [("VAMPConfig", "pseudo_inputs.0.weight"), ("VAE_IAF_Config", "flow"), ("VAE_LinNF_Config", "flow")],
)
def test_a_density_that_is_missing_is_named(name, key, folder):
    changed(folder, name=name)
    assert refused(folder).key == key


def test_a_flow_of_another_size_is_named(folder):
    flowing(folder, "VAE_IAF_Config", {**FLOWS["iaf"][1](), "iaf_flow.net.0.net.4.bias": torch.zeros(5)})
    assert refused(folder).key == "iaf_flow.net.0"
    flowing(folder, "VAE_LinNF_Config", {**FLOWS["linear"][1](), "net.1.x0": torch.zeros(1, 5)})
    assert refused(folder).key == "net.1"
