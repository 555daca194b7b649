"""The page Open: every model with its state and the next thing to do."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer import builder
from explorer.atlas import calibration
from explorer.models import checkpoints
from explorer.ui.pages.open import calibrating
from tests import tiny

PAGE = "from explorer.ui.pages.open.page import page\npage()\n"


@pytest.fixture
def root(copied, at, monkeypatch, tmp_path):
    """One model with an atlas, one without, one that cannot be read."""
    tiny.save(copied / "bare", seed=1)
    (copied / "broken").mkdir()
    (copied / "broken" / "config.json").write_text("{")
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    at(copied)
    return copied


def opened():
    app = AppTest.from_string(PAGE, default_timeout=30).run()
    assert not app.exception
    return app


def keys(app):
    return {button.key for button in app.button}


def test_each_model_has_its_state(root):
    app = opened()
    assert {"explore_tiny", "build_bare"} <= keys(app)
    assert not {"build_tiny", "explore_bare", "build_broken"} & keys(app)
    assert any("config.json" in error.value for error in app.error)
    assert any("40 examples of digits" in each.value for each in app.markdown)


def test_a_map_is_built_of_the_data_that_are_chosen(root, monkeypatch):
    begun = []
    monkeypatch.setattr(builder, "start", lambda out, model, data, **_: begun.append((out, model, data)))
    app = opened()
    app.button(key="build_bare").click().run()
    assert begun == [(root / "bare" / "atlas", root / "bare", "digits")]


def test_a_model_comes_in_by_its_path_and_another_path_is_told(root, tmp_path, monkeypatch):
    elsewhere = tiny.save(tmp_path / "here" / "mine")
    monkeypatch.chdir(tmp_path / "here")
    app = opened()
    app.text_input(key="open_path").set_value("mine").run()
    app.button(key="open_add").click().run()
    assert "build_mine" in keys(app)
    app.text_input(key="open_path").set_value("/etc").run()
    app.button(key="open_add").click().run()
    assert any("expected a file or folder in one of" in each.value.replace("\\", "") for each in app.warning)
    assert elsewhere.is_dir()


def test_calibration_from_the_page_is_kept_with_the_weights(root, monkeypatch):
    small = calibrating.CalibrationSettings(n_examples=4, n_annealed=0)
    monkeypatch.setattr(calibrating, "_SETTINGS", small)
    calibrating._start("bare")
    job = calibrating._jobs.pop("bare")
    assert job.wait(120)
    assert job.error is None
    checkpoint = checkpoints.load(root / "bare")
    found = calibration.of(root / "bare" / "atlas", checkpoint.path, checkpoint.digest)
    assert found.settings == small


def test_what_a_model_was_trained_on_is_offered_where_it_may_be_read(root, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    np.save(tmp_path / "here" / "x.npy", np.zeros((3, 8, 8), np.uint8))
    np.save(tmp_path / "secret.npy", np.zeros((3, 8, 8), np.uint8))
    monkeypatch.chdir(tmp_path / "here")
    for name, data in (("near", "x.npy"), ("far", str(tmp_path / "secret.npy"))):
        checkpoints.save(root / name, tiny.model(), {"data": data})
    app = opened()
    assert app.selectbox(key="open_data_near").value == "x.npy"
    assert app.selectbox(key="open_data_far").value == "digits"
    assert str(tmp_path / "secret.npy") not in app.selectbox(key="open_data_far").options
