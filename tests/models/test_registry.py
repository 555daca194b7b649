"""What every kind of model of the registry keeps to."""

import json

import pytest
import torch

from explorer.models import checkpoints
from explorer.models.checkpoints import CONFIG_FILE, CheckpointError
from explorer.models.registry import MODELS, kind_of
from tests import tiny

# One small model of every kind; a kind without a line here fails.
SMALL = {"vae": tiny.model, "program": tiny.program_vae}
N, K = 4, 3


@pytest.fixture(params=MODELS)
def model(request):
    return SMALL[request.param]()


@pytest.fixture
def saved(model, tmp_path):
    checkpoints.save(tmp_path / "saved", model, {"data": "digits"})
    return tmp_path / "saved"


def test_a_checkpoint_is_the_same_model_again(model, saved):
    found = checkpoints.load(saved)
    assert type(found.model) is type(model)
    assert found.config["model_type"] == kind_of(model)
    assert found.n_parameters == sum(p.numel() for p in model.parameters())
    z = torch.randn(N, model.latent_dim, generator=torch.Generator().manual_seed(0))
    assert torch.equal(found.model.likelihood(z).mean, model.likelihood(z).mean)


def test_densities_have_the_shapes_of_the_protocol(model):
    x = torch.rand(N, *model.data_spec.shape).round()
    q = model.posterior(x)
    assert (*q.batch_shape, *q.event_shape) == (N, model.latent_dim)
    z = q.sample((K,))
    assert q.log_prob(z).shape == model.prior().log_prob(z).shape == (K, N)
    assert model.likelihood(z).log_prob(x).shape == (K, N)
    assert model.likelihood(z).mean.shape == (K, N, *model.data_spec.shape)


def test_every_entry_that_is_required_is_missed_by_its_name(model, saved):
    assert model.REQUIRED
    config = json.loads((saved / CONFIG_FILE).read_text())
    for key in model.REQUIRED:
        (saved / CONFIG_FILE).write_text(json.dumps({k: v for k, v in config.items() if k != key}))
        with pytest.raises(CheckpointError) as caught:
            checkpoints.load(saved)
        assert caught.value.key == key


@pytest.mark.parametrize("found", ["bert", "", None, 3, ["vae"], {"vae": 1}])
def test_an_unknown_kind_lists_the_known_ones(found, tmp_path):
    tiny.save(tmp_path)
    config = json.loads((tmp_path / CONFIG_FILE).read_text())
    (tmp_path / CONFIG_FILE).write_text(json.dumps({**config, "model_type": found}))
    with pytest.raises(CheckpointError, match="one of: vae") as caught:
        checkpoints.load(tmp_path)
    assert caught.value.key == "model_type"
