"""What several tests of the bounds are held against, made once."""

from pathlib import Path

import pytest
import torch

from explorer import datasets
from explorer.bounds import Examples
from explorer.models import checkpoints
from explorer.models.latent_model import LatentModel
from tests.quadrature import log_px_by_grid

SHIPPED = Path(__file__).parents[2] / "checkpoints"


@pytest.fixture(scope="session")
def digits_2d() -> LatentModel:
    """The shipped model of two latent dimensions."""
    return checkpoints.load(SHIPPED / "digits-2d").model


@pytest.fixture(scope="session")
def few_digits() -> Examples:
    """Five test digits."""
    data = datasets.load("digits").take(slice(5))
    return Examples(torch.from_numpy(data.x(slice(None))), data.example_ids)


@pytest.fixture(scope="session")
def digits_log_px(digits_2d, few_digits) -> torch.Tensor:
    """Their log p(x), (5,), nats."""
    return log_px_by_grid(digits_2d, few_digits.x, 6.0, 401)
