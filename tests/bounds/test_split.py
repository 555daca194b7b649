"""The three parts of a gap, held against a linear model where each is known in closed form."""

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer import datasets
from explorer.bounds import Examples, ScoreSettings, score_all
from explorer.bounds.proposals import modes
from explorer.bounds.split import NEEDED, split
from explorer.models import checkpoints
from explorer.steps import last
from tests.exact import LinearGaussian

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[2] / "checkpoints"
MODEL = LinearGaussian.random(8, 4)
IDS = np.arange(300, 308)


class Bent(LinearGaussian):
    """The same with a decoder that is not linear: its posterior is not Gaussian."""

    def likelihood(self, z):
        return super().likelihood(z + 0.6 * torch.sin(2 * z))


def scored(model, examples, n_samples=512):
    return score_all(model, examples, ScoreSettings(n_samples))


def parts(model, x, ids=IDS, n_samples=512):
    examples = Examples(x, ids)
    columns = scored(model, examples, n_samples)
    return last(split(model, examples, columns)).columns() | columns


def assert_within_errors(found, name, wanted, n_errors=4.5):
    error = np.abs(found[f"{name}_nats"] - wanted)
    assert (error <= n_errors * found[f"{name}_se"] + 1e-8).all(), (name, error, found[f"{name}_se"])


@pytest.mark.parametrize("width", [1.0, 0.5, 2.0])
def test_each_part_is_the_closed_form(width):
    model = LinearGaussian(MODEL.loadings, MODEL.offset, MODEL.sigma, width)
    x = model.sample(8)
    found = parts(model, x)
    q, best = model.posterior(x), MODEL.posterior(x)
    amortization = _scale_kl(model, q.stddev) - _scale_kl(model, best.stddev)
    assert_within_errors(found, "amortization", amortization.numpy())
    assert_within_errors(found, "mean_field", model.mean_field_gap())
    assert_within_errors(found, "residual", 0.0)
    np.testing.assert_allclose(found["mean_field_nats"], model.mean_field_gap(), rtol=0, atol=1e-8)
    np.testing.assert_allclose(found["elbo_full_nats"], model.log_px(x), rtol=0, atol=1e-8)


def _scale_kl(model, scale):
    """KL[N(m, diag scale^2) || p(z|x)] with the same mean."""
    precision = model.precision
    inside = (precision.diagonal() * scale**2).sum(-1) - model.latent_dim
    return 0.5 * (inside - torch.logdet(precision) - 2 * scale.log().sum(-1))


@pytest.mark.parametrize("model", [MODEL, Bent(MODEL.loadings, MODEL.offset, MODEL.sigma, 0.7)])
def test_the_parts_add_up_to_the_gap(model):
    found = parts(model, model.sample(4), IDS[:4], n_samples=32)
    total = found["amortization_nats"] + found["mean_field_nats"] + found["residual_nats"]
    np.testing.assert_allclose(total, found["log_px_nats"] - found["elbo_nats"], rtol=0, atol=1e-10)


def test_a_model_limited_by_its_family_and_one_limited_by_its_encoder_are_told_apart():
    correlated = LinearGaussian(MODEL.loadings, MODEL.offset, MODEL.sigma)
    free = LinearGaussian.random(8, 4, orthogonal=True, width=0.3)
    by_family, by_encoder = (parts(m, m.sample(8), n_samples=4096) for m in (correlated, free))
    assert (by_family["mean_field_nats"] > 5 * np.abs(by_family["amortization_nats"])).all()
    assert (by_encoder["amortization_nats"] > 5 * np.abs(by_encoder["mean_field_nats"])).all()
    np.testing.assert_allclose(by_encoder["mean_field_nats"], 0, atol=1e-8)


def test_the_errors_are_those_of_repeated_draws():
    model = Bent(MODEL.loadings, MODEL.offset, MODEL.sigma)
    x = model.sample(1).expand(40, -1)
    zero = {k: np.zeros(40) for k in ("elbo_nats", "elbo_se", "log_px_nats", "log_px_se")}
    found = last(split(model, Examples(x, np.arange(40)), zero))
    for name in ("elbo_diagonal", "elbo_full"):
        value, se = getattr(found, f"{name}_nats"), getattr(found, f"{name}_se")
        # Each climb ends a little elsewhere, so the spread is at least the error, and not much more.
        assert 0.7 < value.std(ddof=1) / se.mean() < 2.0


def test_errors_of_parts_combine_those_of_their_sides():
    x = MODEL.sample(8)
    ones = {k: np.ones(8) for k in ("elbo_nats", "elbo_se", "log_px_nats", "log_px_se")}
    s = last(split(Bent(MODEL.loadings, MODEL.offset, MODEL.sigma), Examples(x, IDS), ones))
    np.testing.assert_allclose(s.amortization_se, np.hypot(1, s.elbo_diagonal_se))
    np.testing.assert_allclose(s.mean_field_se, np.hypot(s.elbo_full_se, s.elbo_diagonal_se))
    np.testing.assert_allclose(s.residual_se, np.hypot(1, s.elbo_full_se))


def test_an_example_is_split_alike_alone_and_in_company():
    model = Bent(MODEL.loadings, MODEL.offset, MODEL.sigma)
    # Two batches; what is known of the examples does not matter to the parts that are found here.
    x, ids = model.sample(34), np.arange(34)
    columns = {k: np.linspace(0, 1, 34) for k in NEEDED}
    whole = last(split(model, Examples(x, ids), columns))
    rows = [33, 2]
    part = last(split(model, Examples(x[rows], ids[rows]), {k: v[rows] for k, v in columns.items()}))
    for name, value in part.columns().items():
        np.testing.assert_allclose(value, whole.columns()[name][rows], rtol=0, atol=1e-9, err_msg=name)


def test_progress_rises_to_one_and_only_the_last_has_the_result():
    x = MODEL.sample(34)
    columns = {k: np.zeros(34) for k in NEEDED}
    steps = list(split(MODEL, Examples(x, np.arange(34)), columns, survey=modes.survey(MODEL)))
    fractions = [s.fraction for s in steps]
    assert fractions == sorted(fractions)
    assert all(0 < f < 1 for f in fractions[:-1])
    assert fractions[-1] == 1.0
    assert [s.result is None for s in steps[:-1]] == [True] * (len(steps) - 1)
    assert steps[-1].result is not None


def test_the_parts_of_digits_are_not_negative_and_a_full_gaussian_leaves_little():
    model = checkpoints.load(SHIPPED / "digits-2d").model
    data = datasets.load("digits").take(slice(16))
    found = parts(model, torch.from_numpy(data.x(slice(None))), data.example_ids)
    for name in ("amortization", "mean_field", "residual"):
        assert (found[f"{name}_nats"] >= -4 * found[f"{name}_se"]).all(), name
    assert np.median(found["residual_nats"]) < 0.2
    assert found["amortization_nats"].mean() > found["mean_field_nats"].mean()
