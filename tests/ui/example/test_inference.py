"""What the pages ask of a model, on the shipped two-dimensional one."""

from pathlib import Path

import numpy as np
import pytest

from explorer.ui.example import inference, stored_score
from explorer.ui.state import opening
from explorer.workspace import Workspace

SHIPPED = Path(__file__).parents[3] / "checkpoints"


@pytest.fixture(scope="module")
def entry():
    return Workspace(SHIPPED).open("digits-2d")


@pytest.fixture(scope="module")
def view(entry):
    return opening.default_view(entry)


def test_running_bounds_end_at_the_atlas_figures(entry, view):
    *_, found = inference.bound_curves(entry, view.selected, entry.atlas.manifest.settings.n_samples)
    stored = stored_score.read(entry, view.selected)
    assert float(found.encoder.last.elbo_nats) == pytest.approx(stored.elbo_nats, abs=1e-3)
    assert float(found.encoder.last.log_px_nats) == pytest.approx(stored.encoder_log_px_nats, abs=1e-3)
    assert found.prior.n_samples.tolist() == found.encoder.n_samples.tolist()


def test_the_bound_of_draws_of_which_one_carries_the_sum_has_no_error():
    garments = Workspace(SHIPPED).open("fashion-mnist-16d")
    *_, found = inference.bound_curves(garments, 5073, 512)
    assert np.isfinite(found.encoder.log_px_nats).all()
    assert np.isnan(found.encoder.log_px_se).all()


def test_samples_are_data_and_the_seed_fixes_them(entry):
    draws = inference.draw(entry, entry.atlas.means[0], 3, seed=1)
    np.testing.assert_allclose(draws * 16, np.round(draws * 16), atol=1e-5)
    np.testing.assert_array_equal(draws, inference.draw(entry, entry.atlas.means[0], 3, seed=1))
    assert np.abs(draws - inference.draw(entry, entry.atlas.means[0], 3, seed=2)).max() > 0
