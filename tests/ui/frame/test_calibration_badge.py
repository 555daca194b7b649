"""The badge of the model: calibrated, badly, not at all, or a file that says nothing."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.atlas import calibration
from explorer.atlas.build.builder import build
from explorer.bounds.calibration import Calibration, CalibrationSettings
from explorer.models import checkpoints
from explorer.ui.frame import calibration_badge
from tests import tiny
from tests.conftest import SETTINGS
from tests.ui.conftest import whole


def script() -> None:
    from explorer.ui.frame import calibration_badge
    from explorer.ui.state import workspace

    calibration_badge.badge(workspace.current().open("tiny"))


@pytest.fixture
def good() -> Calibration:
    settings = CalibrationSettings()
    known: dict[str, Any] = {
        "n_examples": settings.n_examples,
        "n_trusted": 190,
        "seed": settings.seed,
        "sandwich_n_samples": settings.sandwich_n_samples,
        "log_px_nats": -93.2,
        "sandwich_nats": 0.02,
        "sandwich_se": 0.003,
        "coverage": 0.953,
        "coverage_se": 0.0151,
    }
    unknown: dict[str, Any] = {f.name: 0 if f.type == "int" else math.nan for f in fields(Calibration)}
    return Calibration(**{**unknown, **known})


@pytest.fixture
def shown(at, copied):
    """Writes a file beside the atlas and shows the badge."""

    def show(text: str | None) -> AppTest:
        at(copied)
        path = copied / "tiny" / "atlas" / calibration.CALIBRATION_FILE
        if text is not None:
            path.write_text(text)
        app = AppTest.from_function(script, default_timeout=30).run()
        assert not app.exception
        return app

    return show


def test_a_calibrated_model_says_how_well(good):
    html = calibration_badge.html(good, "checkpoints/tiny")
    assert ">calibrated<" in html
    assert (
        "95% intervals cover 95 ± 2%; lower and upper bound 0.02 nats apart (200 simulated examples)" in html
    )
    assert "lx-good" in html


def test_a_loose_one_is_hollow_and_says_why(good):
    html = calibration_badge.html(replace(good, sandwich_nats=1.5), "checkpoints/tiny")
    assert "Upper and lower bound are 1.50 nats apart" in html
    assert "lx-unreliable" in html
    assert ">calibrated<" not in html


def test_none_gives_the_command():
    html = calibration_badge.html(None, "check<points/tiny")
    assert "not calibrated" in html
    assert "python -m explorer calibrate check&lt;points/tiny" in html


def test_the_page_reads_what_the_command_writes(shown, good, copied):
    digest = checkpoints.load(copied / "tiny").digest
    stored = calibration.StoredCalibration(digest, CalibrationSettings(), good)
    app = shown(stored.to_json())
    whole(app)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 99}', "\x00" * 100])
def test_a_damaged_file_is_told_and_nothing_else_happens(shown, text):
    (error,) = shown(text).error
    assert "calibration" in error.value


def test_no_file_is_no_fault(shown):
    whole(shown(None))


@pytest.mark.parametrize(("trained_on", "is_told"), [("mnist", True), ("digits", False)])
def test_figures_of_other_data_than_those_of_the_training_are_told(at, tmp_path, trained_on, is_told):
    checkpoints.save(tmp_path / "tiny", tiny.model(), {"data": trained_on, "split": "train"})
    build(checkpoints.load(tmp_path / "tiny"), tiny.digits(10), tmp_path / "tiny" / "atlas", SETTINGS)
    at(tmp_path)
    app = whole(AppTest.from_function(script, default_timeout=30).run())
    said = "".join(each.proto.body for each in app.get("html"))
    assert ("tiny was trained on mnist, and these are digits" in said) is is_told
