"""A loss that is no likelihood is recognised: converted with its constant, explained, or refused."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from explorer.bounds import Examples, score_all
from explorer.likelihoods import Gaussian
from explorer.models import checkpoints, conventions
from explorer.models.checkpoints import CheckpointError
from explorer.models.conventions import ConventionError
from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE
from tests import tiny

VECTOR = DataSpec((6,), "vector", None)


@pytest.mark.parametrize("reduction, beta", [("sum", 1.0), ("mean", 1.0), ("mean", 0.25), ("sum", 4.0)])
def test_the_converted_elbo_is_the_loss_up_to_its_constant(reduction, beta):
    """-loss/beta, with squared errors reduced as said, differs from the Gaussian ELBO by one constant for every x."""
    sigma = conventions.sigma_of_loss(reduction, beta, 6)
    x, location = torch.randn(2, 5, 6, dtype=torch.float64)
    kl = torch.rand(5, dtype=torch.float64)
    squares = ((x - location) ** 2).sum(-1) / (6 if reduction == "mean" else 1)
    loss = squares + beta * kl
    log_px = Gaussian(location, torch.tensor(math.log(sigma), dtype=torch.float64), 1).log_prob(x)
    constant = log_px - kl + loss / beta
    torch.testing.assert_close(constant, constant[:1].expand(5))
    assert float(constant[0]) == pytest.approx(-6 / 2 * math.log(2 * math.pi * sigma**2))


@pytest.mark.parametrize("beta", [0, -1.0, math.inf, "one"])
def test_a_beta_that_means_nothing_is_refused(beta):
    with pytest.raises(ConventionError, match="beta"):
        conventions.sigma_of_loss("sum", beta, 3)


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ConventionError, match="sum, mean"):
        conventions.sigma_of_loss("max", 1.0, 3)


def test_the_likeliest_sigma_is_the_root_of_the_mean_squared_error():
    x, reconstruction = torch.randn(2, 50, 6, dtype=torch.float64)
    best = conventions.maximum_likelihood_sigma(x, reconstruction)

    def log_px(sigma):
        return float(Gaussian(reconstruction, torch.tensor(math.log(sigma)), 1).log_prob(x).sum())

    assert log_px(best) > max(log_px(1.01 * best), log_px(0.99 * best))


def test_log_p_of_rescaled_data():
    x, location = torch.randn(2, 1, 6, dtype=torch.float64)
    narrow = Gaussian(location, torch.tensor(0.0, dtype=torch.float64), 1).log_prob(x)
    wide = Gaussian(255 * location, torch.tensor(math.log(255.0), dtype=torch.float64), 1).log_prob(255 * x)
    assert conventions.rescaled_nats(float(narrow), 6, 255.0) == pytest.approx(float(wide))


def foreign(path, likelihood, objective=None):
    """A checkpoint as another program would write it: a squared-error loss, no sigma."""
    made = tiny.config({"kind": "gaussian", "scale": 1.0}, VECTOR)
    checkpoints.save(path, VAE(made), {})
    config = json.loads((path / "config.json").read_text())
    config["likelihood"] = likelihood
    if objective is not None:
        config["objective"] = objective
    (path / "config.json").write_text(json.dumps(config))
    return path


def test_a_squared_error_loss_becomes_a_gaussian_with_the_constant_stated(tmp_path):
    path = foreign(tmp_path / "m", {"kind": "mse"}, {"reduction": "mean", "beta": 2.0})
    checkpoint = checkpoints.load(path)
    assert checkpoint.model.head.kind == "gaussian"
    assert checkpoint.model.head.scale == pytest.approx(math.sqrt(6))
    (note,) = conventions.notes(checkpoint.config)
    assert "sigma 2.449" in note
    assert f"{-3 * math.log(2 * math.pi * 6):.4f} nats" in note


def test_a_squared_error_without_a_sigma_is_refused_with_the_way_out(tmp_path):
    path = foreign(tmp_path / "m", {"kind": "gaussian"})
    with pytest.raises(CheckpointError, match=r"config\.json.*sigma.*objective"):
        checkpoints.load(path)


def test_beta_on_a_normalised_likelihood_is_explained(tmp_path):
    path = foreign(tmp_path / "m", {"kind": "gaussian", "scale": 0.5}, {"beta": 4.0})
    (note,) = conventions.notes(checkpoints.load(path).config)
    assert "beta = 4" in note
    assert "3 KL" in note


def test_nothing_to_say_of_our_own():
    assert conventions.notes(tiny.config().to_dict()) == []


def test_batch_norm_in_training_mode_is_refused_by_the_layers_name():
    model = tiny.model()
    model.decoder.append(nn.BatchNorm2d(1))
    x = torch.rand(2, 1, 8, 8).mul(16).round().div(16)
    model.train()
    with pytest.raises(ConventionError, match=r"decoder\.\d+ \(BatchNorm2d\).*eval"):
        score_all(model, Examples(x, np.arange(2)), tiny_settings())
    model.eval()
    assert np.isfinite(score_all(model, Examples(x, np.arange(2)), tiny_settings())["log_px_nats"]).all()


def tiny_settings():
    from explorer.bounds import LadderSettings, ScoreSettings

    return ScoreSettings(64, ladder=LadderSettings(target_se=0.5, annealing=False))


def test_grey_values_under_a_bernoulli_are_refused():
    model = tiny.model(tiny.config({"kind": "bernoulli"}, DataSpec((1, 8, 8), "grey image", 2)))
    with pytest.raises(ConventionError, match="Binarise"):
        conventions.check_data(model, torch.full((1, 1, 8, 8), 0.5))
    conventions.check_data(model, torch.ones(1, 1, 8, 8))


def test_bytes_are_recognised_and_the_shift_is_stated():
    with pytest.raises(ConventionError, match=r"divide by 255.*354\.6 nats"):
        conventions.check_data(tiny.model(), torch.randint(0, 256, (3, 1, 8, 8)).float())


def test_values_out_of_range_are_named():
    with pytest.raises(ConventionError, match=r"\[0, 1\], found -3 to"):
        conventions.check_data(tiny.model(), torch.linspace(-3, 1, 64).reshape(1, 1, 8, 8))


def test_any_real_value_suits_a_gaussian():
    model = tiny.model(tiny.config({"kind": "gaussian", "scale": 1.0}, VECTOR))
    conventions.check_data(model, torch.randn(3, 6) * 1e6)


def test_counts_are_whole_numbers_from_zero_on():
    model = tiny.model(tiny.config({"kind": "negative_binomial"}, VECTOR))
    conventions.check_data(model, torch.tensor([[0.0, 1, 2, 3, 4, 70_000]]))
    with pytest.raises(ConventionError, match=r"whole numbers, found 0\.69.*neither normalised nor on a log"):
        conventions.check_data(model, torch.tensor([[0.0, 1, 2, 3, 4, math.log(2)]]))
    with pytest.raises(ConventionError, match=r"\[0, inf\], found -1 to"):
        conventions.check_data(model, torch.tensor([[-1.0, 1, 2, 3, 4, 5]]))


def test_a_library_size_that_is_read_off_x_is_said():
    likelihood = {"kind": "negative_binomial", "typical_library": 4200.0}
    (note,) = conventions.notes(tiny.config(likelihood, VECTOR).to_dict())
    assert "conditional on library size" in note
    assert "4,200" in note
    assert conventions.notes(tiny.config({"kind": "negative_binomial"}, VECTOR).to_dict()) == []


def test_counts_have_no_levels():
    with pytest.raises(ConventionError, match="needs counts"):
        tiny.model(tiny.config({"kind": "negative_binomial"}, DataSpec((6,), "vector", 256)))
