"""A VAE of two programs is the VAE that its programs were."""

import json

import pytest
import torch
from torch import nn

from explorer.bounds import Examples, ScoreSettings, score_all
from explorer.models import checkpoints
from explorer.models.capabilities import capabilities_of
from explorer.models.checkpoints import CONFIG_FILE, CheckpointError
from explorer.models.latent_model import DataSpec
from explorer.models.program_vae import ProgramVAE, Shapes
from explorer.models.reading import Reading
from explorer.programs import GraphBuilder
from tests import tiny


def as_program(network: nn.Sequential, name: str):
    """Linear layers, SiLUs and flattening, node by node."""
    builder = GraphBuilder(name)
    at = name
    for layer in network:
        if isinstance(layer, nn.Flatten):
            at = builder.add("aten.flatten.using_ints", at, 1)
        elif isinstance(layer, nn.Linear):
            weight, bias = builder.tensor("weight", layer.weight), builder.tensor("bias", layer.bias)
            at = builder.add("aten.linear.default", at, weight, bias)
        elif isinstance(layer, nn.SiLU):
            at = builder.add("aten.silu.default", at)
        else:
            assert isinstance(layer, nn.Unflatten), "the last one, whose shape the model restores"
    return builder.program(at)


def of(vae):
    """The same model as two programs."""
    likelihood = {**vae.config.likelihood, "scale": float(torch.exp(vae.head.log_scale))}
    encoder, decoder = as_program(vae.encoder, "x"), as_program(vae.decoder, "z")
    return ProgramVAE(
        vae.data_spec, likelihood, decoder, encoder, Shapes((vae.latent_dim,), vae.data_spec.shape), Reading()
    )


def test_every_bound_is_that_of_the_model_it_was():
    vae = tiny.model()
    data = tiny.digits(6)
    examples = Examples(torch.from_numpy(data.x(slice(6))), data.example_ids[:6])
    found, expected = (score_all(model, examples, ScoreSettings(64)) for model in (of(vae), vae))
    for name in ("elbo_nats", "log_px_nats", "kl_nats"):
        assert found[name] == pytest.approx(expected[name], abs=1e-3), name


def test_probabilities_of_a_sigmoid_are_kept_as_the_logits_before_it():
    model = tiny.program_vae()
    assert model.reading.output == "parameters"
    z = 200 * torch.randn(5, tiny.LATENT_DIM)
    # Logits of hundreds, which no probability of float32 says.
    assert model.likelihood(z).logits.abs().max() > 100


def test_probabilities_of_something_else_are_turned_into_logits():
    builder = GraphBuilder("z")
    weight = builder.tensor("w", torch.randn(4, 2) / 10)
    half = builder.tensor("half", torch.tensor(0.5))
    line = builder.add("aten.add.Tensor", builder.add("aten.linear.default", "z", weight), half)
    program = builder.program(builder.add("aten.clamp.default", line, 0.0, 1.0))
    data = DataSpec((4,), "vector", 2)
    model = ProgramVAE(
        data, {"kind": "bernoulli"}, program, None, Shapes((2,), (4,)), Reading(output="probabilities")
    )
    z = torch.randn(3, 2)
    torch.testing.assert_close(model.likelihood(z).mean, program(z)[0])


def test_without_an_encoder_it_says_so(tmp_path):
    model = tiny.program_vae()
    bare = ProgramVAE(
        model.data_spec,
        {"kind": "bernoulli"},
        model.decoder,
        None,
        Shapes((tiny.LATENT_DIM,), (64,)),
        Reading(),
    )
    checkpoints.save(tmp_path, bare, {})
    found = checkpoints.load(tmp_path).model
    assert not capabilities_of(found).encoder
    with pytest.raises(ValueError, match="no encoder"):
        found.posterior(torch.zeros(1, 1, 8, 8))


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda c: c.update(latent_shape=[4]), "cannot be computed"),
        (lambda c: c["data"].update(shape=[1, 8, 9]), "64|72"),
        (lambda c: c.update(input_shape=[63]), "63"),
        (lambda c: c.update(reading={"order": "last_first"}), "mean_first"),
        (
            lambda c: c.update(
                likelihood={"kind": "gaussian", "scale": "per_element"},
                data={"shape": [1, 8, 8], "kind": "grey image", "n_levels": 17},
            ),
            "128",
        ),
        (
            lambda c: c.update(
                likelihood={"kind": "gaussian", "scale": 1.0}, reading={"output": "probabilities"}
            ),
            "no logits",
        ),
        (lambda c: c.update(prior={"kind": "cauchy"}), "standard_normal"),
        (lambda c: c.update(posterior=3), "diagonal"),
        (lambda c: c["decoder"]["nodes"].append(["evil", "os.system", ["z"]]), "os.system"),
    ],
)
def test_a_config_that_cannot_be_built_says_why(change, said, tmp_path):
    checkpoints.save(tmp_path, tiny.program_vae(), {})
    config = json.loads((tmp_path / CONFIG_FILE).read_text())
    change(config)
    (tmp_path / CONFIG_FILE).write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=said):
        checkpoints.load(tmp_path)
