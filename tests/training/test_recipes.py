import pytest
import torch

from explorer.models.vae import VAE
from explorer.training.recipes import RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_a_model_of_its_latent_size(name):
    recipe = RECIPES[name]
    with torch.device("meta"):
        model = VAE(recipe.model_config((1, 28, 28), "grey image", 256))
        assert model.posterior(torch.zeros(2, 1, 28, 28)).mean.shape == (2, recipe.latent_dim)
        assert model.likelihood(torch.zeros(3, 2, recipe.latent_dim)).mean.shape == (3, 2, 1, 28, 28)


def test_levels_are_those_of_the_data():
    config = RECIPES["conv-16"].model_config((1, 28, 28), "grey image", 17)
    assert config.likelihood["n_levels"] == config.data.n_levels == 17
    assert "n_levels" not in RECIPES["conv-16"].likelihood


def test_binarised_pixels_have_two_levels():
    config = RECIPES["iwae-50"].model_config((1, 28, 28), "grey image", 256)
    assert config.data.n_levels == 2
    assert config.data.binarise


def test_a_recipe_of_levels_refuses_real_values():
    with pytest.raises(ValueError, match="needs data with levels; use a gaussian recipe"):
        RECIPES["conv-16"].model_config((1, 28, 28), "grey image", None)


def test_a_recipe_for_images_refuses_vectors():
    with pytest.raises(ValueError, match="needs images"):
        VAE(RECIPES["conv-16"].model_config((64,), "vector", 17))
