"""Files that are replaced while the app runs: said on the page, and loaded when a person wants it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import explorer.ui
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.ui.state import workspace
from explorer.ui.state.history import Steps
from tests import tiny
from tests.conftest import SETTINGS
from tests.ui.conftest import kept, look_at, view_in, whole

MAIN = Path(explorer.ui.__file__).parent / "frame" / "main.py"


@pytest.fixture
def root(copied, at):
    """A folder of checkpoints that the pages look at."""
    at(copied)
    return copied


def opened(**query):
    app = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return whole(app.run())


def rebuild(root, n=40):
    """Other weights and their atlas, of the first n digits."""
    checkpoint = checkpoints.load(tiny.save(root / "tiny", seed=1))
    shutil.rmtree(root / "tiny" / "atlas")
    build(checkpoint, tiny.digits(n), root / "tiny" / "atlas", SETTINGS)


def notices(app):
    return [each.value for each in app.markdown if "since they were read" in each.value]


def is_offered(app):
    return any(button.key == "load_again" for button in app.button)


def load_again(app):
    return app.button(key="load_again").click().run()


def test_nothing_is_said_of_files_that_are_as_they_were(root):
    app = opened()
    (root / "tiny" / "model.safetensors").touch()
    whole(app.run())
    assert not notices(app)
    assert not is_offered(app)


def test_replaced_files_are_named_and_loaded_and_the_view_is_kept(root, digits):
    example = int(digits.example_ids[7])
    app = opened(example=str(example), colour="gap_nats")
    before = workspace.current().open("tiny")
    rebuild(root)
    whole(app.run())
    assert "weights, atlas" in notices(app)[0]
    assert workspace.current().open("tiny") is before
    whole(load_again(app))
    assert not notices(app)
    assert workspace.current().open("tiny").checkpoint.digest != before.checkpoint.digest
    assert (view_in(app).selected, view_in(app).colour) == (example, "gap_nats")


def test_what_the_new_files_do_not_have_is_left_out_of_the_view_and_named(root, digits):
    gone = int(digits.example_ids[-1])
    app = opened(example=str(gone), labels="3")
    rebuild(root, n=30)
    whole(load_again(app.run()))
    assert view_in(app).selected == int(digits.example_ids[0])
    assert view_in(app).labels == (3,)
    assert any(
        f"there is no example '{gone}'".replace("'", "") in w.value.replace("'", "") for w in app.warning
    )
    assert kept(app, Steps) == Steps()


def test_new_files_that_cannot_be_used_are_told_and_the_earlier_ones_stay(root):
    app = opened()
    before = workspace.current().open("tiny")
    (root / "tiny" / "model.safetensors").write_bytes(b"no weights")
    whole(load_again(app.run()))
    assert any("Nothing was loaded" in warning.value for warning in app.warning)
    assert "weights" in notices(app)[0]
    assert workspace.current().open("tiny") is before
    checkpoints.save(root / "tiny", tiny.model(), dict(before.checkpoint.config["training"]))
    whole(app.run())
    assert not notices(app)


def test_a_model_that_was_removed_stays_as_it_was_read(root):
    app = opened()
    shutil.rmtree(root / "tiny")
    whole(app.run())
    assert "replaced or removed" in notices(app)[0]
    whole(load_again(app))
    assert any("Nothing was loaded" in warning.value for warning in app.warning)


def test_another_tab_shows_what_it_read_until_it_is_drawn_anew_and_then_the_new_files(root, digits):
    gone = int(digits.example_ids[-1])
    one, other = opened(), opened(example=str(gone))
    rebuild(root, n=30)
    whole(load_again(one.run()))
    look_at(other, replace(view_in(other), selected=gone))
    whole(other.run())
    assert view_in(other).selected == int(digits.example_ids[0])
    assert not notices(other)
