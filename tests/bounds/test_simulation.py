"""Simulated data: draws of the model, in its convention, the same for a seed."""

from dataclasses import replace

import torch

from explorer.bounds.simulation import simulate
from tests import tiny
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(8, 3)


def test_simulated_data_have_the_moments_of_the_model():
    data = simulate(MODEL, 3000, 0)
    covariance = MODEL.loadings @ MODEL.loadings.T + MODEL.sigma**2 * torch.eye(8, dtype=torch.float64)
    half = torch.linalg.cholesky(covariance)
    standard = torch.linalg.solve_triangular(half, (data.examples.x - MODEL.offset).T, upper=False)
    assert float(standard.mean(1).abs().max()) < 4 / 3000**0.5
    assert float((standard @ standard.T / 3000 - torch.eye(8)).abs().max()) < 5 / 3000**0.5
    # And z is the posterior's: its offset from the posterior mean has the posterior's covariance.
    offset = data.z - MODEL.posterior_mean(data.examples.x)
    exact = torch.linalg.inv(MODEL.precision)
    torch.testing.assert_close(offset.T @ offset / 3000, exact, rtol=0.15, atol=0.01)


def test_simulated_pixels_are_in_the_convention_of_the_model():
    levels = simulate(tiny.model(), 3, 0).examples.x * 16
    assert levels.shape == (3, 1, 8, 8)
    assert bool((levels == levels.round()).all())
    assert float(levels.min()) >= 0
    assert float(levels.max()) <= 16
    assert len(levels.unique()) > 2
    binary = tiny.config({"kind": "bernoulli"}, replace(tiny.DIGITS, n_levels=2, binarise=True))
    assert set(simulate(tiny.model(binary), 3, 0).examples.x.unique().tolist()) == {0.0, 1.0}


def test_a_longer_simulation_begins_with_a_shorter_one():
    short, long = simulate(tiny.model(), 3, 5), simulate(tiny.model(), 9, 5)
    assert torch.equal(long.examples.x[:3], short.examples.x)
    assert torch.equal(long.z[:3], short.z)
    assert not torch.equal(simulate(tiny.model(), 3, 6).z, short.z)
    assert len(long.z.unique()) == long.z.numel()
