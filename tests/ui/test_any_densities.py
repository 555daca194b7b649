"""Models whose posterior or prior is no diagonal Gaussian: an atlas is built of them, and every page opens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.bounds.stand_ins import load_checkpoint
from explorer.live.round_trip import encoded
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.flows import Flip, InverseAutoregressive, Planar, Radial
from explorer.models.posteriors.flow import FlowPosterior
from explorer.models.posteriors.full_covariance import FullCovariance
from explorer.models.priors import MixtureOfGaussians
from explorer.ui.pages.registry import PAGES
from explorer.workspace import Workspace
from tests import tiny
from tests.ui.conftest import whole

D = tiny.LATENT_DIM


def weighted(layer):
    for parameter in layer.parameters():
        parameter.data.normal_().mul_(0.2)
    return layer


def folded():
    """Two places become one, so that q has no density that a layer says."""
    layer = Planar(D)
    layer.w.data[0], layer.u.data[0] = 1.0, -2.0
    return layer


def made(name):
    layers = {
        "flow": lambda: [
            Flip(),
            weighted(InverseAutoregressive(D, [8])),
            weighted(Planar(D)),
            weighted(Radial(D)),
        ],
        "folded": lambda: [folded()],
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        if name == "full":
            return tiny.program_vae(posterior=FullCovariance())
        if name == "vamp":
            return tiny.program_vae(
                prior=MixtureOfGaussians.of(torch.randn(5, D), torch.randn(5, D) / 4 - 0.5)
            )
        return tiny.program_vae(posterior=FlowPosterior(layers[name]()))


NAMES = ("full", "vamp", "flow", "folded")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("densities") / "checkpoints"
    for name in NAMES:
        checkpoints.save(folder / name, made(name), {"data": "digits", "split": "test"})
        checkpoint = load_checkpoint(folder / name)
        data = fitted(tiny.digits(), checkpoint.model)
        build(checkpoint, data, folder / name / "atlas", AtlasSettings(n_samples=32, maps=("pca",)))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_an_atlas_has_its_codes_and_scores(root, name):
    entry = Workspace(root).open(name)
    model, x = entry.checkpoint.model, torch.from_numpy(entry.dataset.x(slice(None)))
    with torch.no_grad():
        drawn = model.posterior(x).sample((20_000,))
    # What stands in for a q without a density is known by 512 draws.
    close = 0.25 if name == "folded" else 0.1
    np.testing.assert_allclose(entry.atlas.means, drawn.mean(0), atol=close)
    np.testing.assert_allclose(np.exp(entry.atlas.log_variances / 2), drawn.std(0), rtol=close)
    np.testing.assert_allclose(encoded(model, x.numpy()), entry.atlas.means, atol=close)
    scores = entry.atlas.columns(["elbo_nats", "elbo_se", "log_px_nats", "kl_nats"])
    assert all(np.isfinite(scores[key]).all() for key in scores)
    assert (scores["elbo_nats"] < scores["log_px_nats"] + 4 * scores["elbo_se"] + 0.5).all()


def script(page: str) -> None:
    from explorer.ui.pages.registry import PAGES

    PAGES[page].draw()


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"open"}))
@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens_on_it(root, at, name, page):
    at(root)
    app = AppTest.from_function(script, args=(page,), default_timeout=60)
    entry = Workspace(root).open(name)
    for key, value in {"model": name, "example": str(entry.dataset.example_ids[3])}.items():
        app.query_params[key] = value
    assert len(whole(app.run()).main) > 1
