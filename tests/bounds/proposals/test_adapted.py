"""Moment matching: it moves to the posterior's moments, shrinks where little is known, and survives bad weights."""

import numpy as np
import torch

from explorer.bounds.engine import Examples, draw
from explorer.bounds.noise import Source, Stream
from explorer.bounds.proposals import FullGaussian, adapted
from tests.exact import LinearGaussian

MODEL = LinearGaussian.random(12, 3)
X = MODEL.sample(6)
ALL = torch.arange(3)


def exact():
    covariance = torch.linalg.inv(MODEL.precision)
    return MODEL.posterior_mean(X), covariance


def poor():
    """Off by a standard deviation in every direction, and too wide."""
    mean, covariance = exact()
    factor = torch.linalg.cholesky(covariance).expand(6, -1, -1)
    return FullGaussian(mean + factor.sum(-1), 1.5 * factor)


def drawn(q, n):
    return draw(MODEL, Examples(X, np.arange(6)), q, n, Source(0, Stream.PILOT))


def test_it_moves_to_the_posteriors_moments():
    start = poor()
    found = adapted.fit(start, *drawn(start, 40_000), ALL)
    mean, covariance = exact()
    spread = covariance.diagonal().sqrt()
    assert ((found.mean - mean) / spread).abs().max() < 0.1
    torch.testing.assert_close(
        found.factor @ found.factor.mT,
        covariance.expand(6, -1, -1),
        rtol=0.15,
        atol=0.1 * float(spread.max()) ** 2,
    )


def test_few_draws_move_it_less():
    start = poor()
    mean, _ = exact()
    before = (start.mean - mean).norm(dim=-1)
    few, many = ((adapted.fit(start, *drawn(start, n), ALL).mean - mean).norm(dim=-1) for n in (20, 4000))
    assert (many < few).double().mean() > 0.8
    assert (few < before).double().mean() > 0.8


def test_collapsed_dimensions_stay_as_they_are():
    start = FullGaussian(
        torch.zeros(6, 3, dtype=torch.float64), torch.eye(3, dtype=torch.float64).repeat(6, 1, 1)
    )
    z, log_w = drawn(start, 500)
    found = adapted.fit(start, z, log_w, torch.tensor([0, 2]))
    assert (found.mean[:, 1] == 0).all()
    assert (found.factor[:, 1, 1] == 1).all()
    assert (found.factor[:, 1, 0] == 0).all()
    assert (found.factor[:, 2, 1] == 0).all()
    assert (found.mean[:, [0, 2]] != 0).all()


def test_weights_that_are_not_numbers_leave_it_where_it_was():
    start = poor()
    z, log_w = drawn(start, 100)
    log_w[:, 1], log_w[:, 2], log_w[::2, 3] = torch.nan, -torch.inf, torch.inf
    found = adapted.fit(start, z, log_w, ALL)
    assert torch.isfinite(found.factor).all()
    assert torch.isfinite(found.mean).all()


def test_no_draw_decides_alone():
    start = poor()
    z, log_w = drawn(start, 400)
    log_w[0] += 1000
    found = adapted.fit(start, z, log_w, ALL)
    shift = torch.linalg.solve_triangular(start.factor, (found.mean - start.mean)[..., None], upper=False)
    alone = torch.linalg.solve_triangular(start.factor, (z[0] - start.mean)[..., None], upper=False)
    assert (shift.norm(dim=1) < 0.5 * alone.norm(dim=1)).all()
