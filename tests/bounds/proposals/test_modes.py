"""Several modes: found from far-apart starts, told apart, and weighted by their evidence."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.bounds import Examples, LadderSettings, ScoreSettings, score_all
from explorer.bounds.proposals import modes
from explorer.likelihoods import Likelihood
from explorer.models.latent_model import DataSpec
from tests.exact import LinearGaussian


@dataclass(frozen=True)
class Folded(LinearGaussian):
    """x depends on |z_1| alone, so that every posterior has a mirrored mode; the encoder sees only one side."""

    def likelihood(self, z: Tensor) -> Likelihood:
        return super().likelihood(torch.cat([z[..., :1].abs(), z[..., 1:]], -1))

    @property
    def data_spec(self) -> DataSpec:
        return DataSpec((len(self.offset),), "vector", None)


def folded(n):
    """A model and examples whose z_1 is well away from zero; log p(x) is that of the two halves."""
    base = LinearGaussian.random(10, 2, seed=3)
    model = Folded(base.loadings, base.offset, 0.2)
    z = torch.tensor([1.5, 0.3]) + 0.2 * torch.randn(n, 2, generator=torch.Generator().manual_seed(1))
    noise = torch.randn(n, 10, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    x = z.double() @ base.loadings.T + base.offset + 0.2 * noise
    half = LinearGaussian(base.loadings, base.offset, 0.2)
    # Each half holds the mass of z_1 > 0 under the linear model; here that is all of it.
    return model, x, half.log_px(x) + np.log(2)


def test_a_mirrored_mode_is_found_with_an_equal_share():
    model, x, _ = folded(12)
    known = modes.survey(model)
    starts, _ = modes.surveyed(model, x, known)
    encoder_start = model.posterior(x).mean[None]
    found = modes.fit(model, x, torch.cat([encoder_start, starts]), known)
    assert (found.shares > 0).sum(1).eq(2).all()
    torch.testing.assert_close(
        found.shares.amax(1), torch.full((12,), 0.5, dtype=torch.float64), atol=0.05, rtol=0
    )


def test_log_px_holds_both_modes_where_the_encoder_sees_one():
    model, x, exact = folded(40)
    found = score_all(model, Examples(x, np.arange(40)))
    error = found["log_px_nats"] - exact.numpy()
    assert (np.abs(error) < 4 * found["log_px_se"] + 0.01).all()
    # One side alone is log 2 too low.
    assert np.median(found["encoder_log_px_nats"] - exact.numpy()) < -0.5
    assert set(found["trust"]) == {"good"}


def test_one_mode_stays_one():
    model = LinearGaussian.random(12, 3)
    x = model.sample(10)
    known = modes.survey(model)
    starts, _ = modes.surveyed(model, x, known)
    found = modes.fit(model, x, torch.cat([model.posterior(x).mean[None], starts]), known)
    assert found.is_single.all()
    torch.testing.assert_close(found.best.mean, model.posterior_mean(x), rtol=1e-6, atol=1e-6)


def test_the_survey_is_the_naive_estimate():
    model = LinearGaussian.random(3, 1)
    x = model.sample(20)
    _, sums = modes.surveyed(model, x, modes.survey(model))
    naive = sums.peak + torch.log(sums.w / sums.n)
    assert float((naive - model.log_px(x)).abs().median()) < 0.1


def test_starts_lie_apart():
    model = LinearGaussian.random(6, 2)
    starts, _ = modes.surveyed(model, model.sample(5), modes.survey(model))
    for i in range(len(starts)):
        for j in range(i):
            distance = (starts[i] - starts[j]).norm(dim=-1) / 2**0.5
            assert (distance >= modes.APART).all()


def test_without_annealing_the_last_round_is_reported():
    model, x, _ = folded(3)
    settings = ScoreSettings(ladder=LadderSettings(annealing=False))
    batch = score_all(model, Examples(x, np.arange(3)), settings)
    assert np.isfinite(batch["log_px_nats"]).all()
    assert "annealed" not in batch["proposal"]
