import re

import pytest
import torch

from explorer.models.latent_model import DataSpec
from explorer.models.vae import VAE
from explorer.training.recipes import RECIPES, fitting

# Where a likelihood is of real values.
N_LEVELS = {"unit-16": None, "vector-8": None}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_a_model_of_its_latent_size(name):
    recipe = RECIPES[name]
    with torch.device("meta"):
        model = VAE(recipe.model_config((1, 28, 28), "grey image", N_LEVELS.get(name, 256)))
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


# which fits what


def spec(shape, kind, n_levels):
    return DataSpec(shape, kind, n_levels)


GREY = (1, 28, 28)


@pytest.mark.parametrize(
    ("data", "value_range", "usual"),
    [
        (spec(GREY, "grey image", 256), (0, 1), "conv-16"),
        (spec((3, 32, 32), "colour image", 256), (0, 1), "conv-16"),
        (spec((1, 30, 30), "grey image", 256), (0, 1), "mlp-2"),
        (spec((1, 8, 8), "grey image", 17), (0, 1), "mlp-2"),
        (spec((64,), "vector", 256), (0, 1), "mlp-2"),
        (spec(GREY, "grey image", 2), (0, 1), "iwae-50"),
        (spec((64,), "vector", 2), (0, 1), "iwae-50"),
        (spec(GREY, "grey image", None), (0, 1), "unit-16"),
        (spec((1, 30, 30), "grey image", None), (0, 1), "vector-8"),
        (spec(GREY, "grey image", None), (-3, 3), "vector-8"),
        (spec((5,), "vector", None), (-3, 3), "vector-8"),
        (spec((5,), "vector", None), (0, 1), "vector-8"),
    ],
)
def test_the_usual_recipe_for_a_kind_of_data_fits_it(data, value_range, usual):
    assert fitting(data, value_range)[0] == usual


@pytest.mark.parametrize("value_range", [(0, 1), (-3, 3)])
def test_something_fits_all_that_is_finite(value_range):
    assert "linear-8" in fitting(spec((5,), "vector", None), value_range)


def test_a_recipe_says_why_it_does_not_fit():
    assert "needs images" in RECIPES["conv-16"].misfit(spec((64,), "vector", 17), (0, 1))
    assert "needs data with levels" in RECIPES["mlp-2"].misfit(spec((64,), "vector", None), (0, 1))
    reals = spec(GREY, "grey image", None)
    assert "finite values in [0, 1], found -3 to 1" in RECIPES["unit-16"].misfit(reals, (-3, 1))
    assert RECIPES["unit-16"].misfit(reals, (0, 1)) == ""


def test_values_that_are_not_finite_fit_nothing():
    assert fitting(spec((5,), "vector", None), (0.0, float("nan"))) == ()


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_is_for(name):
    assert RECIPES[name].data
    assert re.match(r"\d+, of [\d,]+ ", RECIPES[name].minutes)


def test_likelihoods_are_named_in_words():
    names = {name: recipe.likelihood_name for name, recipe in RECIPES.items()}
    assert names["vector-8"] == "gaussian, learned scale"
    assert names["unit-16"] == "continuous bernoulli"
    assert names["iwae-50"] == "bernoulli, binarised"
