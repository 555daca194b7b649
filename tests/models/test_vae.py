import pytest
import torch
from torch.distributions import Normal

from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE, ModelConfig
from tests import tiny

VECTOR = DataSpec((5,), "vector", None)
LINEAR = {"kind": "linear"}


def test_the_prior_is_standard_normal(checkpoint):
    prior = checkpoint.model.prior()
    z = torch.randn(4, tiny.LATENT_DIM, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(prior.log_prob(z), Normal(0.0, 1.0).log_prob(z).sum(-1))
    assert prior.event_shape == (tiny.LATENT_DIM,)


def test_the_posterior_reads_means_and_log_variances_off_the_encoder(checkpoint, digits):
    x = torch.from_numpy(digits.x(slice(6)))
    q = checkpoint.model.posterior(x)
    mean, log_variance = checkpoint.model.encoder(x).chunk(2, -1)
    assert q.batch_shape == (6,)
    assert q.event_shape == (tiny.LATENT_DIM,)
    torch.testing.assert_close(q.mean, mean)
    torch.testing.assert_close(q.variance, log_variance.exp())


@pytest.mark.parametrize("leading", [(4,), (7, 4), (2, 7, 4)])
def test_the_likelihood_takes_any_number_of_draws(checkpoint, leading):
    z = torch.randn(*leading, tiny.LATENT_DIM, generator=torch.Generator().manual_seed(0))
    likelihood = checkpoint.model.likelihood(z)
    assert likelihood.mean.shape == (*leading, 1, 8, 8)
    assert likelihood.log_prob(torch.zeros(4, 1, 8, 8)).shape == leading


def test_a_code_decodes_the_same_in_any_batch(checkpoint):
    z = torch.randn(7, 4, tiny.LATENT_DIM, generator=torch.Generator().manual_seed(0))
    whole = checkpoint.model.likelihood(z).mean
    torch.testing.assert_close(checkpoint.model.likelihood(z[3, 2][None]).mean[0], whole[3, 2])


def test_a_scale_an_element_doubles_what_the_decoder_gives():
    likelihood = {"kind": "gaussian", "scale": "per_element"}
    model = VAE(ModelConfig(2, VECTOR, likelihood, LINEAR, LINEAR))
    made = model.likelihood(torch.zeros(3, 2))
    assert made.mean.shape == (3, 5)
    assert made.log_scale.shape == (3, 5)


def test_the_prior_has_the_weights_precision():
    model = VAE(ModelConfig(2, VECTOR, {"kind": "gaussian", "scale": 1.0}, LINEAR, LINEAR)).double()
    assert model.prior().mean.dtype == torch.float64


@pytest.mark.parametrize("latent_dim", [0, -1, 2.0, "2", None])
def test_a_latent_space_has_a_dimension(latent_dim):
    with pytest.raises(ValueError, match="latent_dim"):
        VAE(ModelConfig(latent_dim, VECTOR, {"kind": "gaussian", "scale": 1.0}, LINEAR, LINEAR))


@pytest.mark.parametrize("n_levels", [None, 17, 256])
def test_a_bernoulli_is_refused_for_data_that_are_not_binary(n_levels):
    data = DataSpec((5,), "vector", n_levels)
    with pytest.raises(ValueError, match=f"bernoulli likelihood needs data of 2 levels, found {n_levels}"):
        VAE(ModelConfig(2, data, {"kind": "bernoulli"}, LINEAR, LINEAR))


def test_levels_of_the_likelihood_are_those_of_the_data():
    with pytest.raises(ValueError, match="needs data of 17 levels, found 256"):
        tiny.model(tiny.config(data=DataSpec((1, 8, 8), "grey image", 256)))
