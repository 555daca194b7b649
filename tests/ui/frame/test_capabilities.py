"""A model that lacks something is opened all the same, and the page says what stands in its place."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.atlas import Atlas, AtlasSettings
from explorer.atlas.build.builder import build
from explorer.bounds.stand_ins import load_checkpoint
from explorer.models import checkpoints
from explorer.models.capabilities import NO_DENSITY, NO_ENCODER, NO_GRADIENTS, Capabilities
from explorer.models.registry import MODELS
from explorer.models.vae import VAE
from tests import tiny
from tests.ui.conftest import whole

MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"
N = 20


class WithoutEncoder(VAE):
    """A decoder."""

    capabilities = Capabilities(encoder=False)

    def posterior(self, x):
        raise AssertionError("there is no encoder to ask")


class WithoutDensity(VAE):
    """An encoder whose q can be drawn from only."""

    capabilities = Capabilities(density=False)

    def posterior(self, x):
        q = super().posterior(x)
        q.log_prob = None
        return q


class WithoutGradients(VAE):
    """A decoder that cannot be differentiated."""

    capabilities = Capabilities(gradients=False)

    def likelihood(self, z):
        return super().likelihood(z.detach())


@pytest.mark.slow
@pytest.mark.parametrize(
    "family, note",
    [(WithoutEncoder, NO_ENCODER), (WithoutDensity, NO_DENSITY), (WithoutGradients, NO_GRADIENTS)],
)
def test_it_is_opened_and_the_page_says_what_it_lacks(family, note, at, tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "lacking", family)
    model = family(tiny.config())
    model.load_state_dict(tiny.model().state_dict())
    checkpoints.save(tmp_path / "tiny", model, {"data": "digits", "split": "train"})
    settings = AtlasSettings(64, max_samples=1024, maps=("pca",))
    build(load_checkpoint(tmp_path / "tiny"), tiny.digits(N), tmp_path / "tiny" / "atlas", settings)
    at(tmp_path)
    app = whole(AppTest.from_file(MAIN, default_timeout=60).run())
    said = unescape("".join(each.proto.body for each in app.get("html")))
    assert note in said
    columns = Atlas.open(tmp_path / "tiny" / "atlas").columns(["elbo_nats", "log_px_nats", "proposal"])
    assert np.isfinite(columns["elbo_nats"]).all()
    assert np.isfinite(columns["log_px_nats"]).all()
    if family is WithoutGradients:
        assert set(columns["proposal"]) == {"encoder"}
