"""A model whose codes are images of hundreds of numbers: imported, an atlas built, and every page opened."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.atlas import AtlasSettings
from explorer.atlas.build.builder import build
from explorer.bounds.stand_ins import load_checkpoint
from explorer.datasets import load
from explorer.importing.makes import diffusers
from explorer.importing.readings import candidates, with_scale
from explorer.importing.settled import store
from explorer.models.capabilities import MOST_FITTED, TOO_LONG
from explorer.models.fit_data import fitted
from explorer.ui.example import uncalibrated
from explorer.ui.pages.registry import PAGES
from explorer.workspace import Workspace
from tests.importing.discs import discs
from tests.ui.conftest import whole

FIXTURE = Path(__file__).parents[1] / "importing" / "fixtures" / "diffusers-kl"
MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"
N = 60


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    file = folder / "discs.npy"
    np.save(file, np.round(255 * discs(N)).astype(np.uint8).transpose(0, 2, 3, 1))
    data = load(f"{file}", "all")
    draft = diffusers.read(FIXTURE)
    candidate = with_scale(candidates(draft, data)[0], 0.1)
    made = store(draft, candidate, folder / "checkpoints" / "kl", data.name)
    checkpoint = load_checkpoint(made)
    assert checkpoint.model.latent_dim > MOST_FITTED
    settings = AtlasSettings(n_samples=32, max_samples=256, maps=("pca",))
    build(checkpoint, fitted(data, checkpoint.model), made / "atlas", settings)
    return folder / "checkpoints"


def test_its_numbers_are_of_the_encoders_draws_and_none_is_trusted_wrongly(root):
    entry = Workspace(root).open("kl")
    scores = entry.atlas.columns(["elbo_nats", "log_px_nats", "proposal", "trust"])
    assert set(scores["proposal"]) == {"encoder"}
    assert np.isfinite(scores["elbo_nats"]).all()
    assert set(scores["trust"]) == {"unreliable"}


def script(page: str) -> None:
    from explorer.ui.pages.registry import PAGES

    PAGES[page].draw()


@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"open"}))
def test_every_page_opens_on_it(root, at, page):
    at(root)
    app = AppTest.from_function(script, args=(page,), default_timeout=120)
    entry = Workspace(root).open("kl")
    for key, value in {"model": "kl", "example": str(entry.dataset.example_ids[3])}.items():
        app.query_params[key] = value
    app = whole(app.run())
    assert len(app.main) > 1
    assert not app.exception


def test_no_calibration_is_offered_that_cannot_be_made(root, at):
    at(root)
    entry = Workspace(root).open("kl")
    assert "The page Open does that" not in uncalibrated.warning(entry)
    assert "not calibrated" in uncalibrated.warning(entry)
    main = whole(AppTest.from_file(MAIN, default_timeout=120).run())
    said = unescape("".join(each.proto.body for each in main.get("html")))
    assert "explorer calibrate" not in said
    assert TOO_LONG in said
